#include "pipeline/feed_intake.h"

#include <fmt/format.h>

#include <utility>

#include "collect/poll_api.h"
#include "collect/poll_mark.h"
#include "event/details.h"
#include "store/data_folder.h"

namespace tocsin {

namespace {

constexpr std::int64_t kNsOfMs = 1'000'000;
/// After a file could not be written.
constexpr std::int64_t kRetryNs = std::int64_t{60} * 1'000'000'000;
constexpr std::chrono::milliseconds kLook{250};

std::string in_words(const std::string& name, const intel::FeedCounts& counts) {
  std::string text = fmt::format("feed {}: {} indicators; {} are new, {} have a new version, {} were taken back, {} have run out", name, counts.indicators, counts.added, counts.updated, counts.revoked, counts.expired);
  if (counts.refused > 0) text += fmt::format("; {} objects were no indicators with an id and a time of change", counts.refused);
  return text;
}

}  // namespace

std::string feed_path(const std::string& data, const std::string& name) { return fmt::format("{}/intel/{}.json", data, name); }

FeedIntake::FeedIntake(Place place, const std::vector<std::string>& names) : place_(std::move(place)) {
  for (const std::string& name : names) feeds_.push_back({.name = name, .kept = nullptr, .trouble = {}});
}

FeedIntake::~FeedIntake() { stop(); }

void FeedIntake::start() {
  if (!feeds_.empty()) thread_ = std::thread([this] { run(); });
}

void FeedIntake::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool FeedIntake::is_stopping() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

bool FeedIntake::submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) {
  if (batch->source() < kFeedSourceFirst) return place_.events.submit(std::move(batch), std::move(done));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || queue_.size() >= kFeedBatchesMax) return false;
    queue_.push_back({std::move(batch), std::move(done)});
  }
  work_.notify_all();
  return true;
}

/// What a feed does not keep is counted where it is kept (status of the poller), not as events.
void FeedIntake::refuse(std::uint32_t source, std::uint64_t records) {
  if (source < kFeedSourceFirst) place_.events.refuse(source, records);
}

void FeedIntake::drop(std::uint32_t source, std::uint64_t records) {
  if (source < kFeedSourceFirst) place_.events.drop(source, records);
}

/// What is queued when it is to stop is answered, too: nobody must wait for it.
void FeedIntake::run() {
  while (true) {
    std::deque<Queued> queue;
    bool stopping = false;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      work_.wait_for(lock, kLook, [this] { return stopping_ || !queue_.empty(); });
      queue.swap(queue_);
      stopping = stopping_;
    }
    for (const Queued& one : queue) keep(one);
    if (stopping && queue.empty()) return;
    if (!stopping) publish_due(place_.env.monotonic_ns());
  }
}

void FeedIntake::keep(const Queued& queued) {
  const std::size_t at = queued.batch->source() - kFeedSourceFirst;
  Status kept = Error{Code::kInvalid, "there is no such feed"};
  bool is_full = false;
  if (at < feeds_.size()) {
    const std::lock_guard<std::mutex> lock(files_);
    kept = append(feeds_[at], *queued.batch);
    feeds_[at].last_ns = place_.env.monotonic_ns();
    is_full = feeds_[at].kept != nullptr && feeds_[at].kept->is_full();
  }
  if (at < feeds_.size() && !kept) set_trouble(feeds_[at], kept.error().message);
  if (is_full) publish(feeds_[at]);
  queued.done({.safe = kept.has_value(), .batch = nullptr});
}

/// The mark stands beside the last record. It is believed only in its form, and only of the poller whose feed this is.
Status FeedIntake::append(Feed& feed, const IntakeBatch& batch) {
  intel::IndicatorFeed* const kept = TRY(opened(feed));
  std::vector<std::string_view> objects;
  std::string_view mark = kept->mark();
  for (const IntakeBatch::Entry& entry : batch.entries()) {
    objects.push_back(batch.raw(entry));
    const std::string_view written = detail(batch.details(entry), Detail::kPollMark);
    if (written.empty()) continue;
    const std::optional<PollMark> read = unpacked_poll_mark(written);
    if (!read || read->name != feed.name || cursor_time(read->cursor) == kNoTime) return Error{Code::kInvalid, "the process that parses gives a mark that is none"};
    mark = written;
  }
  return kept->append(objects, std::string(mark));
}

/// Whoever calls it holds files_.
Result<intel::IndicatorFeed*> FeedIntake::opened(Feed& feed) {
  if (feed.kept != nullptr) return feed.kept.get();
  const std::string path = feed_path(place_.data, feed.name);
  TRY(make_folders(place_.env, path.substr(0, path.rfind('/'))));
  feed.kept = TRY(intel::IndicatorFeed::open(place_.env, path));
  return feed.kept.get();
}

Result<std::string> FeedIntake::mark(std::size_t feed) {
  const std::lock_guard<std::mutex> lock(files_);
  const Result<intel::IndicatorFeed*> kept = opened(feeds_[feed]);
  if (!kept) set_trouble(feeds_[feed], kept.error().message);
  return TRY(kept)->mark();
}

void FeedIntake::publish_due(std::int64_t now_ns) {
  for (Feed& feed : feeds_) {
    bool is_due = false;
    {
      const std::lock_guard<std::mutex> lock(files_);
      if (feed.kept == nullptr) continue;
      const bool quiet = feed.kept->pending() > 0 && now_ns - feed.last_ns >= kFeedQuietMs * kNsOfMs;
      is_due = quiet || (feed.written_ns != 0 && now_ns - feed.written_ns >= kFeedRewriteNs);
      if (feed.written_ns == 0) feed.written_ns = now_ns;  // of this start
    }
    if (is_due) publish(feed);
  }
}

void FeedIntake::publish(Feed& feed) {
  const std::int64_t now_ns = place_.env.monotonic_ns();
  Result<intel::FeedCounts> counts = [&] {
    const std::lock_guard<std::mutex> lock(files_);
    return feed.kept->publish(place_.env.now_us(), [this] { return is_stopping(); });
  }();
  if (!counts) {
    feed.last_ns = now_ns + kRetryNs;  // the disk may have room again then
    feed.written_ns = now_ns;
    if (!is_stopping()) set_trouble(feed, counts.error().message);
    return;
  }
  feed.written_ns = now_ns;
  set_trouble(feed, counts->no_room == 0 ? "" : fmt::format("{} indicators were left out: a feed has {} at most", counts->no_room, intel::kFeedObjectsMax));
  if (!counts->changed()) return;
  place_.say(in_words(feed.name, *counts));
  place_.changed();
}

void FeedIntake::set_trouble(Feed& feed, std::string trouble) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (feed.trouble == trouble) return;
    feed.trouble = trouble;
  }
  place_.say(fmt::format("feed {}: {}", feed.name, trouble.empty() ? "it is well again" : trouble));
}

std::string FeedIntake::trouble(std::size_t feed) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return feeds_[feed].trouble;
}

}  // namespace tocsin
