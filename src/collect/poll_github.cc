// The audit log of an organization of GitHub ("REST API endpoints for organization audit logs", GET /orgs/{org}/audit-log): phrase, include, after, order, per_page; next pages by the Link
// header. Events have "@timestamp" (milliseconds) and "_document_id".
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "collect/poll_parts.h"

namespace tocsin {

namespace {

class GithubApi : public PollApi {
 public:
  explicit GithubApi(const PollerSettings& settings) : org_(settings.value("org")), slices_(settings) {}

  void resume(std::string_view cursor) override {
    slices_.resume(cursor);
    next_.clear();
  }

  PollRequest next(TimeUs now) override {
    slices_.begin(now);
    if (!next_.empty()) return {false, next_};
    const std::string from = second_text(slices_.from());
    const std::string phrase = slices_.to() == kNoTime ? "created:>=" + from : fmt::format("created:{}..{}", from, second_text(slices_.to()));
    return {false, fmt::format("/orgs/{}/audit-log?phrase={}&include=all&order=asc&per_page=100", org_, percent_encoded(phrase))};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds&, TimeUs) override {
    PollPage page;
    next_ = next_link(answer);
    page.body = std::move(answer.body);
    TRY(add_events(page, page.body, [](std::string_view event, PollRecord& record) {
      const std::string id = json_text(event, "_document_id");
      record.id = poll_id(id.empty() ? event : id);
      record.time = milliseconds(json_member(event, "@timestamp"));
    }));
    slices_.finish(page, next_.empty());
    return page;
  }

 private:
  static TimeUs milliseconds(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && number >= 0 && number < INT64_MAX / 1'000 ? number * 1'000 : kNoTime;
  }

  const std::string org_;
  PollSlices slices_;
  std::string next_;
};

}  // namespace

std::unique_ptr<PollApi> make_github_api(const PollerSettings& settings) { return std::make_unique<GithubApi>(settings); }

}  // namespace tocsin
