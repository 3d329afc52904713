#include "pipeline/archiver.h"

#include <algorithm>

#include "pipeline/journal_rows.h"
#include "store/duck_api.h"

namespace tocsin {

namespace {

/// What one segment is made of, about: its writer holds a part of it in memory, and a day has a few hundred at most.
constexpr std::uint64_t kSegmentRawBytes = 128u << 20;
/// Records of 2.7 KB make such a segment of these.
constexpr journal::Sequence kSegmentRecords = 48'000;
/// Age and days go by without anything new.
constexpr TimeUs kLookAfterUs = 60'000'000;
constexpr std::chrono::milliseconds kLook{1'000}, kPause{20}, kRetry{2'000};

}  // namespace

Archiver::Archiver(Env& env, Engine& engine, JournalIntake& intake, State& state, Seal& master, const ArchiverOptions& options)
    : env_(env),
      engine_(engine),
      intake_(intake),
      state_(state),
      master_(master),
      options_(options),
      writer_(env, options.data.segments()),
      reader_(engine.taxonomy(), engine.log_sources()) {}

Archiver::~Archiver() { stop(); }

Status Archiver::start() {
  TRY(make_folders(env_, options_.data.segments()));
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
}

bool Archiver::is_due(journal::Sequence committed, bool stopping) {
  if (committed <= position_) {
    waiting_since_ns_ = 0;
    return false;
  }
  const std::int64_t now = env_.monotonic_ns();
  if (waiting_since_ns_ == 0) waiting_since_ns_ = now;
  return stopping || committed - position_ >= kSegmentRecords || now - waiting_since_ns_ >= options_.wait_most.count();
}

void Archiver::run() {
  while (true) {
    const bool last_round = stopping_;
    const journal::Sequence committed = intake_.committed();
    if (!is_due(committed, last_round)) {
      tell(last_round ? release() : look_after());
      if (last_round) return;
      std::this_thread::sleep_for(kPause);
      intake_.wait_beyond(position_ + kSegmentRecords, std::min(kLook, kPause + std::chrono::duration_cast<std::chrono::milliseconds>(options_.wait_most)));
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

Status Archiver::store_next(journal::Sequence committed) {
  JournalRows rows({env_, options_.data.journal(), master_}, reader_, engine_.log_sources(),
                   {.from = position_, .until = committed, .raw_bytes_max = kSegmentRawBytes, .one_day = true});
  const std::optional<store::Segment> segment = TRY(writer_.write(rows));
  const journal::Sequence end = rows.end();
  TRY(state_.store(segment, end));
  position_ = end;
  intake_.stored(position_);
  waiting_since_ns_ = 0;
  unreleased_ = changed_ = true;
  return release();
}

/// Takes what is too old or too much out of the catalogue; release() deletes it. However busy the service is, or the disk would fill.
Status Archiver::expire() {
  const State::Stored stored = TRY(state_.stored());
  const std::vector<store::Segment> old = store::expired(stored.segments, options_.keep, env_.now_us());
  if (old.empty()) return {};
  unreleased_ = true;
  return state_.replace(old, std::nullopt);
}

/// What there is time for when nothing has to be stored.
Status Archiver::look_after() {
  const TimeUs now = env_.now_us();
  if (changed_ || now - looked_after_ >= kLookAfterUs) {
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
  const Result<std::unique_ptr<FileLock>> alone = env_.lock_file(options_.data.readers());
  if (!alone && alone.error().code == Code::kDenied) return {};
  if (!alone) return alone.error();
  const State::Stored stored = TRY(state_.stored());
  TRY(writer_.remove_strangers(stored.segments));
  const journal::Sequence looked_at = TRY(state_.position());
  TRY(intake_.release(std::min(position_, looked_at)));
  unreleased_ = looked_at < position_;
  return {};
}

Archiver::Snapshot Archiver::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

}  // namespace tocsin
