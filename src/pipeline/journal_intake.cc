#include "pipeline/journal_intake.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin {

namespace {

/// Without work: how much of the disk is free, and whether what was in the way is over.
constexpr std::chrono::milliseconds kLook{500};

std::uint64_t received(const std::vector<journal::SourceCounts>& ledger) {
  std::uint64_t records = 0;
  for (const journal::SourceCounts& source : ledger) records += source.counts.stored + source.counts.refused + source.counts.dropped;
  return records;
}

}  // namespace

JournalIntake::JournalIntake(std::unique_ptr<journal::Writer> writer, std::size_t queue_bytes_max, std::uint64_t backlog_bytes_max, std::uint64_t unseen_bytes_max)
    : queue_bytes_max_(std::max<std::size_t>(queue_bytes_max, 1)),
      backlog_bytes_max_(backlog_bytes_max),
      shares_(queue_bytes_max_),
      committed_(writer->committed()),
      ledger_(writer->ledger()),
      backlog_(backlog_bytes_max),
      unseen_(unseen_bytes_max),
      writer_(std::move(writer)) {
  thread_ = std::thread([this] { run(); });
}

JournalIntake::~JournalIntake() { stop(); }

Result<std::uint32_t> JournalIntake::source(std::string_view name) {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  return writer_->source(name);
}

bool JournalIntake::submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::size_t memory = std::min(batch->memory(), queue_bytes_max_);  // one that is larger than the queue has it alone
    if (stopping_ || !has_room(*batch) || !shares_.take(batch->source(), memory)) return false;
    queue_.push_back({std::move(batch), std::move(done), memory, 0});
  }
  work_.notify_one();
  return true;
}

void JournalIntake::refuse(std::uint32_t source, std::uint64_t records) {
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_[source].refused += records;
  work_.notify_one();
}

void JournalIntake::drop(std::uint32_t source, std::uint64_t records) {
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_[source].dropped += records;
  work_.notify_one();
}

void JournalIntake::run() {
  while (true) {
    std::deque<Queued> batches;
    std::map<std::uint32_t, journal::Counts> counts;
    bool stopping = false;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      // Where records are refused, what is counted goes together: however many they are, the ledger hardly grows.
      const bool takes = trouble_.empty() && !free_bytes_;
      work_.wait_for(lock, kLook, [&] { return stopping_ || !queue_.empty() || (takes && !counts_.empty()); });
      batches.swap(queue_);
      counts.swap(counts_);
      stopping = stopping_;
    }
    {
      const std::lock_guard<std::mutex> lock(writer_mutex_);
      for (const auto& [source, count] : counts) {
        writer_->count_refused(source, count.refused);
        writer_->count_dropped(source, count.dropped);
      }
    }
    write(batches);
    look_at_space();
    if (!stopping) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (queue_.empty() && counts_.empty()) return;
  }
}

/// All batches, in as few commits as they fit into.
void JournalIntake::write(std::deque<Queued>& batches) {
  std::vector<Queued> written;
  const auto record_of = [](const IntakeBatch& batch, const IntakeBatch::Entry& entry) {
    return journal::Record{batch.source(), entry.received, batch.details(entry), batch.raw(entry)};
  };
  for (Queued& queued : batches) {
    const IntakeBatch& batch = *queued.batch;
    const auto fits = [&] {
      const std::lock_guard<std::mutex> lock(writer_mutex_);
      return writer_->has_room_for(batch.entries().size() * journal::kRecordOverheadBytes + batch.bytes());
    };
    if (!fits()) commit(written);
    {
      const std::lock_guard<std::mutex> lock(writer_mutex_);
      bool first = true;
      for (const IntakeBatch::Entry& entry : batch.entries()) {
        const journal::Sequence sequence = writer_->append(record_of(batch, entry));
        if (std::exchange(first, false)) queued.first = sequence;
      }
    }
    written.push_back(std::move(queued));
  }
  commit(written);
}

/// Shares are given back before anybody hears an answer, so that a sender that waits for it finds its room.
void JournalIntake::commit(std::vector<Queued>& written) {
  Status status;
  {
    const std::lock_guard<std::mutex> lock(writer_mutex_);
    const std::uint64_t before = written.empty() ? received(writer_->ledger()) : 0;
    status = writer_->commit();
    if (written.empty() && status && received(writer_->ledger()) == before) return;  // nothing was written, and nothing new is known of the disk
  }
  publish(status);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Queued& queued : written) {
      shares_.give(queued.batch->source(), queued.memory);
      if (!status) continue;
      taken_records_ += queued.batch->entries().size();
      taken_bytes_ += queued.batch->bytes();
      if (stored_) backlog_.add(queued.batch->source(), committed_, queued.batch->bytes());
      if (is_watched_) unseen_.add(queued.batch->source(), committed_, queued.batch->bytes());
    }
  }
  for (Queued& queued : written) queued.done({status.has_value(), queued.first, status ? nullptr : std::move(queued.batch)});
  written.clear();
}

/// On the disk, and for this source in what store and rules have still to do.
bool JournalIntake::has_room(const IntakeBatch& batch) const {
  if (free_bytes_ || is_behind()) return false;
  return backlog_.has_room(batch.source(), batch.bytes()) && unseen_.has_room(batch.source(), batch.bytes());
}

/// Under the mutex. With what was left from before the start, whoever's that is.
bool JournalIntake::is_behind() const {
  if (!stored_ || committed_ <= *stored_ || taken_records_ == 0) return false;
  return (committed_ - *stored_) * (taken_bytes_ / taken_records_) > backlog_bytes_max_;
}

void JournalIntake::stored(journal::Sequence below) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stored_ = below;
  backlog_.done(below);
}

void JournalIntake::seen(journal::Sequence below) {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_watched_ = true;
  unseen_.done(below);
}

void JournalIntake::publish(const Status& status) {
  {
    const std::lock_guard<std::mutex> writer_lock(writer_mutex_);
    const std::lock_guard<std::mutex> lock(mutex_);
    committed_ = writer_->committed();
    ledger_ = writer_->ledger();
    trouble_ = status ? "" : "records are not taken, senders are told to wait: " + status.error().message;
  }
  safe_.notify_all();
}

void JournalIntake::keep_free(Space space) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    space_ = std::move(space);
  }
  look_at_space();
}

void JournalIntake::look_at_space() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!space_.free_bytes) return;
  const std::uint64_t free = space_.free_bytes();
  free_bytes_.reset();
  if (free < space_.keep_bytes) free_bytes_ = free;
}

journal::Sequence JournalIntake::wait_beyond(journal::Sequence sequence, std::chrono::milliseconds most) {
  std::unique_lock<std::mutex> lock(mutex_);
  safe_.wait_for(lock, most, [&] { return stopping_ || committed_ > sequence; });
  return committed_;
}

journal::Sequence JournalIntake::committed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return committed_;
}

Status JournalIntake::release(journal::Sequence below) {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  return writer_->remove_before(below);
}

void JournalIntake::between_commits(const std::function<void()>& what) {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  what();
}

JournalIntake::Snapshot JournalIntake::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string trouble = trouble_;
  if (trouble.empty() && free_bytes_) {
    trouble = fmt::format("the disk is full: {:.1f} MB are free and {:.1f} MB are to be kept (--keep-free); records are not taken, senders are told to wait; make room, or keep less "
                          "(--keep-days, --keep-bytes)",
                          static_cast<double>(*free_bytes_) / 1e6, static_cast<double>(space_.keep_bytes) / 1e6);
  }
  if (trouble.empty() && is_behind()) trouble = "the store is behind: senders are told to wait, and datagrams are dropped";
  if (trouble.empty() && backlog_.is_full()) trouble = "the store is behind: those who send most are told to wait, or their datagrams are dropped";
  if (trouble.empty() && unseen_.is_full()) trouble = "detection is behind: those who send most are told to wait, or their datagrams are dropped";
  return {ledger_, shares_.used(), committed_, trouble};
}

void JournalIntake::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  work_.notify_all();
  safe_.notify_all();
  thread_.join();
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  const Status closed = writer_->close();
  const std::lock_guard<std::mutex> state_lock(mutex_);
  committed_ = writer_->committed();
  ledger_ = writer_->ledger();
  if (!closed) trouble_ = closed.error().message;
}

}  // namespace tocsin
