#include "pipeline/archiver.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/accounts.h"
#include "store/duck_api.h"

namespace tocsin {

namespace {

/// What one segment is made of, about: its writer holds a part of it in memory, and a day has a few hundred at most.
constexpr std::uint64_t kSegmentRawBytes = 128u << 20;
/// Records of 2.7 KB make such a segment of these.
constexpr journal::Sequence kSegmentRecords = 48'000;
/// So many, 16 MB, do not wait for more than a moment: a search has to unseal and parse every one of them. Small neighbours become one later.
constexpr journal::Sequence kSomeRecords = 6'000;
constexpr std::int64_t kMomentNs = 2'000'000'000;
/// Age and days go by without anything new.
constexpr TimeUs kLookAfterUs = 60'000'000;
constexpr std::chrono::milliseconds kLook{1'000}, kPause{20}, kRetry{2'000};

}  // namespace

Archiver::Archiver(Env& env, const Taxonomy& taxonomy, Protection& protection, JournalIntake& intake, State& state, Seal& master, DataFolder data, const ArchiverLimits& limits)
    : env_(env),
      protection_(protection),
      intake_(intake),
      state_(state),
      master_(master),
      data_(std::move(data)),
      writer_(env, data_.segments()),
      reader_(taxonomy, log_sources_),
      limits_(limits) {
  reader_.protect_with(protection.policy(), protection.tokens());
}

Archiver::~Archiver() { stop(); }

Status Archiver::start() {
  TRY(make_folders(env_, data_.segments()));
  position_ = TRY(state_.stored()).position;
  seen_.position = position_;
  if (const Status available = store::duck_available(); !available) {
    tell(available);
    return {};
  }
  intake_.stored(position_);
  thread_ = std::thread([this] { run(); });
  return {};
}

void Archiver::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Archiver::tell(const Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  seen_.position = position_;
  seen_.trouble = status ? "" : status.error().message;
  seen_.failures += status ? 0 : 1;
}

void Archiver::set_limits(const ArchiverLimits& limits) {
  const std::lock_guard<std::mutex> lock(mutex_);
  limits_ = limits;
}

ArchiverLimits Archiver::limits() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return limits_;
}

bool Archiver::is_due(journal::Sequence committed, bool stopping) {
  if (committed <= position_) {
    waiting_since_ns_ = 0;
    return false;
  }
  const std::int64_t now = env_.monotonic_ns();
  if (waiting_since_ns_ == 0) waiting_since_ns_ = now;
  const journal::Sequence waiting = committed - position_;
  const std::int64_t waited = now - waiting_since_ns_;
  if (waiting >= kSomeRecords && waited >= kMomentNs) return true;
  return stopping || position_ < wanted_ || waiting >= kSegmentRecords || waited >= limits().wait_most.count();
}

void Archiver::run() {
  while (true) {
    const bool last_round = stopping_;
    const journal::Sequence committed = intake_.committed();
    if (!is_due(committed, last_round)) {
      tell(last_round ? release() : look_after());
      if (last_round) return;
      std::this_thread::sleep_for(kPause);
      intake_.wait_beyond(position_ + kSomeRecords, std::min(kLook, kPause + std::chrono::duration_cast<std::chrono::milliseconds>(limits().wait_most)));
      continue;
    }
    Status stored = store_next(committed);
    const Status expired = expire();  // where nothing could be stored, too: it makes room
    if (stored) stored = expired;
    if (!stored && unreleased_) (void)release();
    tell(stored);
    if (stored) continue;
    if (last_round) return;
    std::this_thread::sleep_for(kRetry);
  }
}

/// What the stretch wants; `stretch` then ends where that did.
Status Archiver::store_group(JournalStretch& stretch, std::string_view group, std::vector<store::Segment>& segments) {
  JournalRows rows({env_, data_.journal(), master_}, reader_, log_sources_, stretch);
  std::optional<store::Segment> segment = TRY(writer_.write(rows, group));
  stretch.until = rows.end();
  if (segment) segments.push_back(std::move(*segment));
  return {};
}

Status Archiver::store_next(journal::Sequence committed) {
  const std::vector<store::RetentionRule> rules = limits().keep.rules;
  store::RetentionGroups groups(rules);
  std::vector<store::Segment> segments;
  JournalStretch stretch{.from = position_, .until = committed, .raw_bytes_max = kSegmentRawBytes, .one_day = true};
  // The first pass tells where the stretch ends, for all of them, and which records are of which retention group; each group has a pass of its own.
  std::vector<std::vector<journal::Sequence>> members(rules.size());
  if (!rules.empty()) {
    stretch.wants_event = [&](const store::EventRow& row) {
      const std::size_t group = groups.of(row.source, *row.log_source);
      if (group > 0) members[group - 1].push_back(row.sequence);
      return group == 0;
    };
  }
  TRY(store_group(stretch, "", segments));
  stretch.wants_event = {};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (members[i].empty()) continue;
    stretch.wants = [&](journal::Sequence sequence) { return std::ranges::binary_search(members[i], sequence); };
    TRY(store_group(stretch, group_name(rules[i]), segments));
  }
  TRY(protection_.tokens().flush());  // before anything that has them counts
  TRY(state_.store(segments, stretch.until));
  position_ = stretch.until;
  intake_.stored(position_);
  waiting_since_ns_ = 0;
  unreleased_ = changed_ = true;
  return release();
}

/// Takes what is too old or too much out of the catalogue; release() deletes it. However busy the service is, or the disk would fill.
Status Archiver::expire() {
  const bool more_alerts = TRY(expire_alerts()), more_tokens = TRY(expire_tokens());
  more_expire_ = more_alerts || more_tokens;
  const State::Stored stored = TRY(state_.stored());
  const std::vector<store::Segment> old = store::expired(stored.segments, limits().keep, env_.now_us());
  if (old.empty()) return {};
  unreleased_ = true;
  return state_.replace(old, std::nullopt);
}

/// Once in a while, and not many at once: detection writes alerts between. Whether there are more.
Result<bool> Archiver::expire_alerts() {
  const TimeUs now = env_.now_us();
  if (now - alerts_expired_ < kLookAfterUs) return false;
  if (TRY(state_.expire_alerts(limits().alerts, now))) return true;
  alerts_expired_ = now;
  return false;
}

/// The same, and when all are gone whose days are over, the audit log says how many.
Result<bool> Archiver::expire_tokens() {
  const TimeUs now = env_.now_us();
  if (now - tokens_expired_ < kLookAfterUs) return false;
  const std::int64_t gone = TRY(protection_.tokens().expire(now));
  tokens_gone_ += gone;
  if (gone == kTokensExpiredAtOnce) return true;
  tokens_expired_ = now;
  if (tokens_gone_ == 0) return false;
  const std::string detail = fmt::format("{} forgotten: their days were over (forget_after_days in the policy)", tokens_gone_);
  TRY(Accounts(state_).note({"service", "", now}, "token.expire", "", detail));
  tokens_gone_ = 0;
  return false;
}

/// What there is time for when nothing has to be stored.
Status Archiver::look_after() {
  const TimeUs now = env_.now_us();
  if (changed_ || more_expire_ || now - looked_after_ >= kLookAfterUs) {
    TRY(expire());
    const State::Stored stored = TRY(state_.stored());
    std::vector<store::Segment> sound;
    std::ranges::copy_if(stored.segments, std::back_inserter(sound), [&](const store::Segment& segment) {
      return std::ranges::find(unmergeable_, segment.file) == unmergeable_.end();
    });
    const std::vector<store::Segment> parts = store::mergeable(sound, now);
    if (!parts.empty()) return merge(parts);
    changed_ = false;
    looked_after_ = now;
  }
  return unreleased_ ? release() : Status();
}

Status Archiver::merge(std::span<const store::Segment> parts) {
  const Result<store::Segment> whole = writer_.merge(parts);
  if (!whole) {
    // Whichever of them is damaged, they are left alone until the next start; `tocsin verify` says which.
    if (whole.error().code == Code::kInvalid) {
      for (const store::Segment& part : parts) unmergeable_.push_back(part.file);
    }
    changed_ = false;
    looked_after_ = env_.now_us();
    return whole.error();
  }
  unreleased_ = true;
  return state_.replace(parts, *whole);
}

/// Lets go what nobody needs: of the journal what all have read, of the folder what the catalogue does not name. Later, if a search is reading.
Status Archiver::release() {
  const Result<std::unique_ptr<FileLock>> alone = env_.lock_file(data_.readers());
  if (!alone && alone.error().code == Code::kDenied) return {};
  if (!alone) return alone.error();
  const State::Stored stored = TRY(state_.stored());
  TRY(writer_.remove_strangers(stored.segments));
  const journal::Sequence looked_at = std::min<journal::Sequence>(TRY(state_.position()), intake_.needed_from());
  TRY(intake_.release(std::min(position_, looked_at)));
  unreleased_ = looked_at < position_;
  return {};
}

Result<journal::Sequence> Archiver::store_now(const std::function<bool()>& cancelled) {
  const journal::Sequence target = intake_.committed();
  const std::uint64_t failures = snapshot().failures;
  journal::Sequence wanted = wanted_;
  while (wanted < target && !wanted_.compare_exchange_weak(wanted, target)) {
  }
  while (true) {
    const Snapshot now = snapshot();
    if (now.position >= target) return now.position;
    if (now.failures > failures || !thread_.joinable()) return Error{Code::kIo, "cannot be stored: " + now.trouble};
    if (cancelled()) return Error{Code::kIo, "not all is stored yet"};
    std::this_thread::sleep_for(kPause);
  }
}

Archiver::Snapshot Archiver::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

}  // namespace tocsin
