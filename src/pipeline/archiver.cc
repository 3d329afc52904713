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
  const State::Stored stored = TRY(state_.stored());
  TRY(writer_.remove_strangers(stored.segments));
  position_ = stored.position;
  seen_.position = position_;
  if (const Status available = store::duck_available(); !available) {
    tell(available);
    return {};
  }
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
      if (unreleased_ && position_ > 0) tell(release());
      if (last_round) return;
      std::this_thread::sleep_for(kPause);
      intake_.wait_beyond(position_ + kSegmentRecords, std::min(kLook, kPause + std::chrono::duration_cast<std::chrono::milliseconds>(options_.wait_most)));
      continue;
    }
    const Status stored = store_next(committed);
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
  waiting_since_ns_ = 0;
  unreleased_ = true;
  return release();
}

/// Lets the journal go as far as all have read it; later, if a search is reading.
Status Archiver::release() {
  const Result<std::unique_ptr<FileLock>> alone = env_.lock_file(options_.data.readers());
  if (!alone && alone.error().code == Code::kDenied) return {};
  if (!alone) return alone.error();
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
