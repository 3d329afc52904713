#include "respond/executor/poll_executor.h"

#include <fmt/format.h>

#include "respond/executor/poll_gate.h"

namespace tocsin::executor {

namespace {

constexpr TimeUs kDay = 86'400'000'000;

/// TAXII 2.1, 1.6.8: a server refuses what does not ask for it.
std::string_view accepted(PollKind kind) { return kind == PollKind::kTaxii ? "application/taxii+json;version=2.1" : "application/json"; }

PollAnswer trouble(PollTrouble kind, std::string words) {
  PollAnswer answer;
  answer.trouble = kind;
  answer.words = std::move(words);
  return answer;
}

}  // namespace

Result<std::unique_ptr<PollExecutor>> PollExecutor::open(Env& env, std::vector<PollerSettings> pollers) {
  if (pollers.size() > kPollersMax) return Error{Code::kLimit, fmt::format("more than {} pollers", kPollersMax)};
  std::unique_ptr<PollExecutor> executor(new PollExecutor(env));
  for (PollerSettings& settings : pollers) {
    auto one = std::make_unique<One>();
    one->settings = std::move(settings);
    const std::string& file = one->settings.value("ca_file");
    Result<std::unique_ptr<oidc::HttpsFetch>> fetch = oidc::HttpsFetch::open(file.empty() ? "" : TRY(env.read_file(file, kAuthoritiesBytesMax)));
    if (!fetch) return Error{fetch.error().code, fmt::format("{}: {}", file, fetch.error().message)};
    one->fetch = std::move(*fetch);
    one->credential = std::make_unique<PollCredential>(env, one->settings, *one->fetch);
    executor->pollers_.push_back(std::move(one));
  }
  return executor;
}

void PollExecutor::stop() {
  for (const auto& one : pollers_) one->fetch->stop();
}

/// False if it has made as many today, in UTC, as it may.
bool PollExecutor::count(One& one) {
  const std::int64_t day = env_.now_us() / kDay;
  if (one.day != day) one.requests = 0;
  one.day = day;
  if (one.requests >= one.settings.requests_a_day) return false;
  ++one.requests;
  return true;
}

PollAnswer PollExecutor::ask(std::size_t poller, const PollRequest& request) {
  if (poller >= pollers_.size()) return trouble(PollTrouble::kForbidden, "there is no such poller");
  One& one = *pollers_[poller];
  const Result<std::string> url = allowed_url(one.settings, request);
  if (!url) return trouble(PollTrouble::kForbidden, url.error().message);
  if (!count(one)) return trouble(PollTrouble::kQuota, fmt::format("it has made the {} requests that it may in a day (requests_per_day); it goes on at midnight, UTC", one.settings.requests_a_day));
  Result<Headers> headers = one.credential->headers(*url, env_.now_us());
  if (!headers) return trouble(PollTrouble::kCredential, headers.error().message);
  Result<oidc::HttpAnswer> got = one.fetch->ask({.url = *url, .post = request.post, .accept = std::string(accepted(one.settings.kind())), .headers = std::move(*headers), .answer_bytes_max = kPollBodyBytesMax, .packed = true, .most_ms = kPollRequestMs});
  if (!got) return trouble(PollTrouble::kNetwork, got.error().message);
  if (got->status == 401) one.credential->was_refused();
  PollAnswer answer;
  answer.status = got->status;
  answer.headers = std::move(got->headers);
  answer.body = std::move(got->body);
  return answer;
}

}  // namespace tocsin::executor
