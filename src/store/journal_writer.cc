#include "store/journal_writer.h"

#include <algorithm>

#include "base/check.h"
#include "base/memory.h"

namespace tocsin::journal {

Result<std::unique_ptr<Writer>> Writer::open(Env& env, std::string folder, Seal& master, WriterOptions options) {
  TRY(env.make_folder(folder));
  std::unique_ptr<Writer> writer(new Writer(env, std::move(folder), master, options));
  TRY(writer->recover());
  return writer;
}

Status Writer::recover() {
  const std::vector<std::uint64_t> numbers = TRY(list_segments(env_, folder_));
  Standing standing = TRY(read_standing(env_, folder_, master_));
  // A start that was not finished: what its header says of others must not stand.
  for (const std::uint64_t number : standing.unfinished) TRY(remove_segment(number));
  newest_ = numbers.empty() ? 0 : numbers.back();
  TRY(remove_segment(newest_ + 1));  // a key whose segment was not made any more
  before_ = standing.segment;
  frames_before_ = standing.frames;
  // Perhaps the bytes left were records, acknowledged, whose frame was damaged since: their numbers are not given to others.
  passed_over_ = standing.left / kRecordOverheadBytes;
  next_ = committed_ = opened_ = standing.next + passed_over_;
  ledger_ = std::move(standing.ledger);
  for (SourceId i = 0; i < ledger_.size(); ++i) sources_.emplace(ledger_[i].name, i);
  pending_.resize(ledger_.size());
  return {};
}

Result<SourceId> Writer::source(std::string_view name) {
  const auto found = sources_.find(std::string(name));
  if (found != sources_.end()) return found->second;
  if (ledger_.size() >= kSourcesMax) return Error{Code::kLimit, "the journal has as many sources as it can name"};
  if (name.size() > kSourceNameBytesMax) return Error{Code::kLimit, "the name of a source has more than 512 bytes"};
  const auto source = static_cast<SourceId>(ledger_.size());
  ledger_.push_back({std::string(name), {}});
  pending_.emplace_back();
  sources_.emplace(name, source);
  return source;
}

bool Writer::has_room(const Record& record) const {
  return has_room_for(kRecordOverheadBytes + record.details.size() + record.raw.size());
}

Sequence Writer::append(const Record& record) {
  TOCSIN_CHECK(record.source < ledger_.size() && has_room(record));
  payload_.add(record);
  ++pending_[record.source].stored;
  return next_++;
}

bool Writer::has_pending() const {
  return payload_.records() > 0 || (file_ != nullptr && declared_ < ledger_.size()) ||
         std::ranges::any_of(pending_, [](const Counts& counts) { return counts != Counts{}; });
}

Status Writer::write_frame(const Payload& payload, Sequence first, bool last) {
  FrameHeader header;
  header.number = frames_;
  header.first = first;
  header.records = payload.records();
  header.lines = payload.lines();
  header.written = env_.now_us();
  seal_frame(*seal_, newest_, header, payload.bytes(), frame_);
  TRY(file_->append(frame_));
  TRY(file_->sync());
  bytes_ += frame_.size();
  empty(frame_);
  ++frames_;
  if (last) file_.reset();
  return {};
}

Status Writer::start_segment() {
  const std::uint64_t number = ++newest_;
  const SealKey key = TRY(SealKey::random());
  const std::string wrapped = TRY(wrap_key(master_, number, key));
  {
    const std::unique_ptr<DurableFile> key_file = TRY(env_.create_durable(key_path(folder_, number)));
    TRY(key_file->append(wrapped));
    TRY(key_file->sync());
  }
  std::unique_ptr<DurableFile> file = TRY(env_.create_durable(segment_path(folder_, number)));
  frame_.clear();
  append_header(frame_, SegmentHeader{number, committed_, before_, frames_before_, env_.now_us()});
  TRY(file->append(frame_));
  frame_.clear();
  file_ = std::move(file);
  seal_ = std::make_unique<Seal>(key);
  frames_ = bytes_ = 0;
  Payload start;
  for (SourceId i = 0; i < ledger_.size(); ++i) {
    start.add_source(i, ledger_[i].name);
    start.add_counts(i, ledger_[i].counts, true);
  }
  TRY(write_frame(start, committed_, false));
  declared_ = ledger_.size();
  return env_.sync_folder(folder_);
}

/// The frame at hand into the segment at hand.
Status Writer::write_pending(bool last) {
  if (file_ == nullptr) TRY(start_segment());
  Payload payload = payload_;
  for (std::size_t i = declared_; i < ledger_.size(); ++i) payload.add_source(static_cast<SourceId>(i), ledger_[i].name);
  for (SourceId i = 0; i < pending_.size(); ++i) {
    if (pending_[i] != Counts{}) payload.add_counts(i, pending_[i], false);
  }
  last = last || bytes_ + payload.bytes().size() >= options_.segment_bytes;
  if (last) payload.add_end();
  TRY(write_frame(payload, committed_, last));
  before_ = newest_;
  frames_before_ = frames_;
  declared_ = ledger_.size();
  return {};
}

/// What was written of the segment at hand and not acknowledged counts no more. A segment of which nothing counts goes: on a full disk, with senders that
/// try again and again, there would be many.
void Writer::give_up() {
  file_.reset();
  if (newest_ != before_) (void)remove_segment(newest_);
  seal_.reset();
  empty(frame_);
  declared_ = 0;
}

Status Writer::commit() {
  if (!has_pending()) return {};
  Status written = write_pending(false);
  if (!written) {
    give_up();
    written = write_pending(false);
  }
  if (!written) {
    give_up();
    for (Counts& counts : pending_) counts.stored = 0;
    next_ = committed_;
  } else {
    for (std::size_t i = 0; i < pending_.size(); ++i) ledger_[i].counts += std::exchange(pending_[i], {});
    committed_ = next_;
  }
  payload_.clear();
  return written;
}

Status Writer::close() {
  TRY(commit());
  if (file_ == nullptr) return {};
  const Status written = write_pending(true);
  give_up();
  return written;
}

Status Writer::remove_segment(std::uint64_t number) {
  {
    Result<std::unique_ptr<DurableFile>> key = env_.open_durable(key_path(folder_, number), true);
    if (key) {
      TRY((*key)->append(std::string(kKeyFileBytes, '\0')));
      TRY((*key)->sync());
    } else if (key.error().code != Code::kNotFound) {
      return key.error();
    }
  }
  for (const std::string& path : {segment_path(folder_, number), key_path(folder_, number)}) {
    const Status removed = env_.remove_file(path);
    if (!removed && removed.error().code != Code::kNotFound) return removed.error();
  }
  return {};
}

/// A new segment without records.
Status Writer::roll() {
  TRY(close());
  const Status started = start_segment();
  if (!started) {
    give_up();
    return started;
  }
  before_ = newest_;
  frames_before_ = frames_;
  rolled_ = committed_;
  return {};
}

Status Writer::remove_before(Sequence keep_from) {
  if (keep_from >= committed_ && committed_ > 0 && rolled_ != committed_) TRY(roll());
  std::vector<std::uint64_t> behind;  // segments of which all is before the next header that checks
  bool removed = false;
  for (const std::uint64_t number : TRY(list_segments(env_, folder_))) {
    const auto header = TRY(read_segment_header(env_, folder_, number));
    if (header && header->first > keep_from) break;
    if (header) {
      for (const std::uint64_t old : std::exchange(behind, {})) {
        TRY(remove_segment(old));
        removed = true;
      }
    }
    if (number >= before_) break;
    behind.push_back(number);
  }
  return removed ? env_.sync_folder(folder_) : Status();
}

}  // namespace tocsin::journal
