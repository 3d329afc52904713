#include "pipeline/retro_search.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "detect/intel/known_indicators.h"
#include "pipeline/indicator_cards.h"
#include "pipeline/message_queue.h"
#include "pipeline/retro_child.h"
#include "report/alert_writer.h"
#include "report/json_text.h"
#include "store/accounts.h"
#include "store/alert_reach.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kLook{250};
/// After a search that did not end well.
constexpr milliseconds kRetry{60'000};
constexpr std::int64_t kDayUs = std::int64_t{86'400} * 1'000'000;
constexpr std::string_view kKnown = "looked-for", kMemo = "retro.json";
constexpr std::size_t kMemoBytesMax = 64u << 10;

const json::value* member(const json::value& object, std::string_view name) { return object.is_object() ? object.get_object().if_contains(name) : nullptr; }

std::string text_in(const json::value& object, std::string_view name) {
  const json::value* const value = member(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_in(const json::value& object, std::string_view name) {
  const json::value* const value = member(object, name);
  return value != nullptr && value->is_int64() ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, value->get_int64())) : 0;
}

std::string time_text(TimeUs time) {
  std::string text;
  append_time_or_null(text, time);
  return text;
}

/// Of what one search left out.
std::string limits_of(const RetroDone& done) {
  std::string text;
  const auto add = [&text](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (done.full) add(fmt::format("it ended after {} alerts, so later events were not asked", kRetroAlertsMax));
  if (done.left_out > 0) {
    std::string named;
    for (const std::string& one : done.common) named += one.empty() ? "" : (named.empty() ? " (" : ", ") + terminal_safe(one);
    add(fmt::format("{} events of indicators{} that more than {} events name made no alert", done.left_out, named.empty() ? "" : named + ")", kRetroHitsOfIndicatorMax));
  }
  if (done.too_large > 0) add(fmt::format("{} alerts were too large", done.too_large));
  if (!text.empty()) text += "; `tocsin search --indicators FILE` finds all";
  for (const std::string& trouble : done.troubles) add(terminal_safe(trouble));
  return text;
}

std::string in_words(const RetroRun& run) {
  std::string text = fmt::format("{} new indicators were looked for in {} stored events: {} alerts", run.indicators, run.events, run.alerts);
  if (run.repeated > 0) text += fmt::format(", {} that there were already", run.repeated);
  text += fmt::format("; {:.1f} s", run.seconds);
  return run.limits.empty() ? text : text + "; " + run.limits;
}

}  // namespace

RetroSearch::RetroSearch(const Place& place, Options options) : place_(place), options_(std::move(options)), cards_(indicator_cards()) {}

RetroSearch::~RetroSearch() { stop(); }

void RetroSearch::start() {
  recall();
  thread_ = std::thread([this] { run(); });
}

void RetroSearch::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (process_ != nullptr) process_->kill();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool RetroSearch::is_stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

/// False once it is time to stop.
bool RetroSearch::rest(milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

RetroNews RetroSearch::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  RetroNews now = now_;
  now.days = options_.days();
  return now;
}

void RetroSearch::run() {
  while (rest(kLook)) {
    const std::uint64_t days = options_.days();
    Enricher enricher = place_.stream.enricher();
    if (days == 0 || (enricher == done_ && done_days_ > 0)) {
      done_days_ = days;
      continue;
    }
    const Status looked = look(enricher);
    if (!looked && looked.error().code == Code::kDenied) continue;  // others came meanwhile, or it is time to stop
    std::string trouble = looked || is_stopping() ? std::string() : looked.error().message;
    bool is_news = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_news = trouble != now_.trouble;
      now_.trouble = trouble;
      now_.searches = false;
    }
    if (is_news && !trouble.empty()) options_.say("new indicators were not looked for in what is stored, it is tried again: " + trouble);
    if (looked) {
      done_ = std::move(enricher);
      done_days_ = days;
    } else if (!rest(kRetry)) {
      return;
    }
  }
}

/// What of the indicators is new, and its search if there is any.
Status RetroSearch::look(const Enricher& enricher) {
  const std::vector<intel::KnownIndicator> all = enricher == nullptr ? std::vector<intel::KnownIndicator>() : intel::known_indicators(enricher->indicators());
  Result<intel::KnownIndicators> known = intel::KnownIndicators::read(place_.env, folder() + "/" + std::string(kKnown));
  if (!known && known.error().code == Code::kNotFound) {
    if (all.empty()) return {};
    known = intel::KnownIndicators();
  }
  if (!known && known.error().code == Code::kInvalid) {
    options_.say(known.error().message + "; all are looked for");
    known = intel::KnownIndicators();
  }
  if (!known) return known.error();
  const TimeUs now = place_.env.now_us();
  const auto count = static_cast<std::uint64_t>(std::ranges::count_if(all, [&](const intel::KnownIndicator& one) { return !known->covers(one, now); }));
  if (count > 0) TRY(search(enricher, *known, count));
  const std::string bytes = intel::known_bytes(all);
  if (!known->is_the_same(bytes)) {
    TRY(make_folders(place_.env, folder()));
    TRY(put_file(place_.env, folder(), kKnown, bytes));
  }
  if (count == 0) return {};
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_.arrived = kNoTime;
  }
  return keep_memo();
}

Status RetroSearch::search(const Enricher& enricher, const intel::KnownIndicators& known, std::uint64_t count) {
  const std::int64_t began_ns = place_.env.monotonic_ns();
  RetroRun run;
  run.indicators = count;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (now_.arrived == kNoTime) now_.arrived = place_.env.now_us();
    run.arrived = now_.arrived;
    now_.searches = true;
    now_.indicators = count;
    now_.events = 0;
  }
  TRY(make_folders(place_.env, folder()));
  TRY(keep_memo());
  const std::uint64_t before = TRY(wait_for_stream(enricher));
  if (before == 0) return {};  // nothing came in before: there is nothing to look for them in
  TRY(place_.archiver.store_now([this] { return is_stopping(); }));  // what a policy puts in place of names is known from then on
  StartedProgram process;
  Result<Descriptor> socket = start_process(process);
  Result<RetroDone> done = socket ? Result<RetroDone>(RetroDone()) : Result<RetroDone>(socket.error());
  if (done) {
    // Who ends before it has heard all says why on standard error; what it says over its socket counts first.
    const Status sent = send(socket->get(), enricher, known, before);
    done = sent ? receive(socket->get(), before, run) : Result<RetroDone>(sent.error());
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    process_ = nullptr;
  }
  if (process.is_open()) {
    if (!done) process.kill();
    const std::optional<int> status = process.wait();
    if (!done && status && done.error().code == Code::kIo) done = Error{Code::kIo, "the process that searches " + end_text(*status)};
  }
  return finish(run, TRY(done), began_ns);
}

/// Up to where the stream did not ask these: all of it has been looked at, and its alerts are in the state.
Result<std::uint64_t> RetroSearch::wait_for_stream(const Enricher& enricher) {
  while (true) {
    if (const std::optional<journal::Sequence> from = place_.stream.asked_from(enricher.get())) return *from;
    if (place_.stream.enricher() != enricher) return Error{Code::kDenied, "other indicators came meanwhile"};
    if (!rest(kLook)) return Error{Code::kDenied, "the service stops"};
  }
}

Result<Descriptor> RetroSearch::start_process(StartedProgram& process) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, std::string("no socket pair: ") + std::strerror(errno)};
  Descriptor own(ends[0]);
  const Descriptor other(ends[1]);
  std::vector<std::string> words = {"tocsin", std::string(kRetroVerb), "--data", options_.data.path, "--key-file", options_.key_file};
  for (const std::string& path : options_.mappings) words.insert(words.end(), {"--mappings", path});
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return Error{Code::kDenied, "the service stops"};
  process = TRY(place_.starter.start({.words = std::move(words), .descriptors = {other.get()}, .environment = true}));
  process_ = &process;
  return own;
}

Status RetroSearch::send(int socket, const Enricher& enricher, const intel::KnownIndicators& known, std::uint64_t before) {
  const intel::IndicatorSet& set = enricher->indicators();
  const TimeUs now = place_.env.now_us();
  RetroStart start;
  start.since = now - static_cast<std::int64_t>(options_.days()) * kDayUs;
  start.before = before;
  start.sources = set.sources();
  for (const intel::AllowFile& file : set.allowed().files()) start.allowed.push_back(file.file);
  bool sent = send_all(socket, retro_start_message(start));
  IndicatorRows rows;
  set.each([&](const intel::Found& found) {
    if (!sent || !found.source->alerts || known.covers(intel::known_indicator(found), now)) return;
    rows.add(found);
    if (rows.is_full()) sent = send_all(socket, rows.take());
  });
  if (sent && !rows.empty()) sent = send_all(socket, rows.take());
  if (!sent || !send_all(socket, retro_empty_message(RetroKind::kGo))) return Error{Code::kIo, "the process that searches is gone"};
  return {};
}

Result<RetroDone> RetroSearch::receive(int socket, std::uint64_t before, RetroRun& run) {
  found_.clear();
  while (true) {
    std::uint8_t kind = 0;
    std::string payload;
    TRY(read_message(socket, kRetroAnswerBytesMax, kind, payload));
    switch (static_cast<RetroKind>(kind)) {
      case RetroKind::kReady: break;
      case RetroKind::kFound: {
        const RetroFound found = TRY(read_retro_found(payload));
        TRY(take(found, before, run));
        break;
      }
      case RetroKind::kProgress: {
        TRY(flush(run));
        const std::uint64_t events = TRY(read_retro_progress(payload));
        const std::lock_guard<std::mutex> lock(mutex_);
        now_.events = events;
        break;
      }
      case RetroKind::kDone: {
        TRY(flush(run));
        return read_retro_done(payload);
      }
      default: return Error{Code::kInvalid, "the process that searches says what it cannot"};
    }
  }
}

/// Believed is what an alert says of its event, and that it is one of a kind of indicators; not which alert it is.
Status RetroSearch::take(const RetroFound& found, std::uint64_t before, RetroRun& run) {
  const RuleCard& card = cards_[found.card];
  boost::system::error_code failed;
  const json::value body = json::parse(found.body, failed);
  StoredAlert alert;
  alert.id = alert_id(card.id, {{found.source, found.sequence}});
  const json::value* const rule = failed ? nullptr : member(body, "rule");
  const bool is_alert = rule != nullptr && text_in(body, "id") == alert.id && text_in(*rule, "id") == card.id && text_in(*rule, "level") == card.level && member(body, "retro") == nullptr;
  if (!is_alert || found.sequence >= before) return Error{Code::kInvalid, "the process that searches says an alert that is none"};
  alert.sequence = found.sequence;
  alert.time = found.time;
  alert.rule_id = card.id;
  alert.title = card.title;
  alert.level = card.level;
  alert.body = found.body.substr(0, found.body.rfind('}')) + ",\"retro\":{\"found\":" + time_text(place_.env.now_us()) + ",\"known_since\":" + time_text(run.arrived) + "}}";
  found_.push_back(std::move(alert));
  if (found_.size() < kRetroAlertsAtOnce) return {};
  return flush(run);
}

Status RetroSearch::flush(RetroRun& run) {
  if (found_.empty()) return {};
  const std::size_t added = TRY(AlertReach::add_late(place_.state, found_, place_.env.now_us()));
  run.alerts += added;
  run.repeated += found_.size() - added;
  found_.clear();
  return {};
}

/// Audited, told, and counted.
Status RetroSearch::finish(RetroRun& run, const RetroDone& done, std::int64_t began_ns) {
  run.events = done.events;
  run.limits = limits_of(done);
  run.ended = place_.env.now_us();
  run.seconds = static_cast<double>(place_.env.monotonic_ns() - began_ns) / 1e9;
  Accounts accounts(place_.state);
  const std::string text = in_words(run);
  TRY(accounts.note({"service", "", run.ended}, "intel.retro", "", text));
  if (run.alerts > 0 || !run.limits.empty()) options_.say(text);
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.last = run;
  ++now_.searched;
  now_.alerts += run.alerts;
  return {};
}

/// When what is looked for arrived, and the last search, over restarts. One that cannot be read costs that.
void RetroSearch::recall() {
  const Result<std::string> text = place_.env.read_file(folder() + "/" + std::string(kMemo), kMemoBytesMax);
  if (!text) return;
  boost::system::error_code failed;
  const json::value memo = json::parse(*text, failed);
  if (failed) return;
  const auto time = [](const json::value& object, std::string_view name) { return parse_time(text_in(object, name)).value_or(kNoTime); };
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.arrived = time(memo, "arrived");
  const json::value* const last = member(memo, "last");
  if (last == nullptr || !last->is_object()) return;
  RetroRun& run = now_.last;
  run.arrived = time(*last, "arrived");
  run.ended = time(*last, "ended");
  run.seconds = static_cast<double>(number_in(*last, "milliseconds")) / 1e3;
  run.indicators = number_in(*last, "indicators");
  run.events = number_in(*last, "events");
  run.alerts = number_in(*last, "alerts");
  run.repeated = number_in(*last, "repeated");
  run.limits = text_in(*last, "limits");
}

Status RetroSearch::keep_memo() {
  std::string text;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const RetroRun& run = now_.last;
    text = fmt::format(R"({{"arrived":{},"last":)", time_text(now_.arrived));
    if (run.ended == kNoTime) {
      text += "null";
    } else {
      text += fmt::format(R"({{"arrived":{},"ended":{},"milliseconds":{:.0f},"indicators":{},"events":{},"alerts":{},"repeated":{},"limits":)", time_text(run.arrived), time_text(run.ended), run.seconds * 1e3,
                          run.indicators, run.events, run.alerts, run.repeated);
      append_string(text, run.limits);
      text += '}';
    }
    text += "}\n";
  }
  return put_file(place_.env, folder(), kMemo, text);
}

}  // namespace tocsin
