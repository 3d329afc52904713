#include "store/journal_reader.h"

#include <algorithm>
#include <utility>

#include "base/memory.h"

namespace tocsin::journal {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

/// What a frame's lines say to the reader itself; all is passed on.
class Passing : public PayloadVisitor {
 public:
  Passing(PayloadVisitor& to, Sequence from, bool& ended) : to_(to), from_(from), ended_(ended) {}
  void record(Sequence sequence, const Record& record) override {
    if (sequence >= from_) to_.record(sequence, record);
  }
  void source(SourceId source, std::string_view name) override { to_.source(source, name); }
  void counts(SourceId source, const Counts& counts, bool before) override { to_.counts(source, counts, before); }
  void end() override {
    ended_ = true;
    to_.end();
  }

 private:
  PayloadVisitor& to_;
  const Sequence from_;
  bool& ended_;
};

}  // namespace

Result<SegmentReader> SegmentReader::open(Env& env, const std::string& folder, std::uint64_t number, Seal& master) {
  const std::string wrapped = TRY(env.read_file(key_path(folder, number), kKeyFileBytes));
  Result<SealKey> key = unwrap_key(master, number, wrapped);
  if (!key) return Error{key.error().code, key_path(folder, number) + ": " + key.error().message};
  SegmentReader reader(number, TRY(env.open(segment_path(folder, number))), Seal(*key));
  TRY(reader.ensure(kSegmentHeaderBytes));
  reader.header_ = read_header(reader.buffer_);
  if (reader.header_ && reader.header_->number != number) reader.header_.reset();
  reader.at_ = std::min(kSegmentHeaderBytes, reader.buffer_.size());
  return reader;
}

/// False if the file has no `size` bytes behind the place reached.
Result<bool> SegmentReader::ensure(std::size_t size) {
  if (buffer_.size() - at_ >= size) return true;
  if (at_ > kReadBytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    if (buffer_.capacity() > kKeptBufferBytesMax && size < kReadBytes) buffer_.shrink_to_fit();
  }
  while (buffer_.size() - at_ < size) {
    const std::size_t from = buffer_.size(), wanted = std::max(kReadBytes, size - (from - at_));
    buffer_.resize(from + wanted);
    Result<std::size_t> got = file_->read(buffer_.data() + from, wanted);
    buffer_.resize(from + (got ? *got : 0));
    if (!got) return got.error();
    if (*got == 0) return false;
  }
  return true;
}

/// A segment is closed long before this; what is longer is none of ours.
Status SegmentReader::read_rest() {
  constexpr std::size_t kRestBytesMax = 128u << 20;
  while (buffer_.size() - at_ < kRestBytesMax && TRY(ensure(buffer_.size() - at_ + 1))) {
  }
  return {};
}

Result<SegmentReader::Found> SegmentReader::next(FrameHeader& header, std::string& payload) {
  empty(payload);
  if (TRY(ensure(kFrameHeaderBytes))) {
    if (const auto found = read_frame_header(std::string_view(buffer_).substr(at_)); found && TRY(ensure(frame_bytes(*found)))) {
      if (open_frame(seal_, number_, *found, std::string_view(buffer_).substr(at_), payload)) {
        header = *found;
        at_ += frame_bytes(*found);
        return Found::kFrame;
      }
    }
  }
  // Not a frame. All that is left is read, at most a segment, to see whether one follows.
  TRY(read_rest());
  for (std::size_t at = buffer_.find(kFrameMark, at_ + 1); at < buffer_.size(); at = buffer_.find(kFrameMark, at + 1)) {
    const std::string_view bytes = std::string_view(buffer_).substr(at);
    const auto found = read_frame_header(bytes);
    if (!found || !open_frame(seal_, number_, *found, bytes, payload)) continue;
    header = *found;
    at_ = at + frame_bytes(*found);
    return Found::kFrameBehindDamage;
  }
  return Found::kEnd;
}

Result<std::vector<std::uint64_t>> list_segments(Env& env, const std::string& folder) {
  std::vector<std::uint64_t> numbers;
  if (!env.is_folder(folder)) return numbers;
  for (const FolderEntry& entry : TRY(env.list_folder(folder))) {
    if (const auto number = segment_number(entry.name); number && entry.is_file) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<std::optional<SegmentHeader>> read_segment_header(Env& env, const std::string& folder, std::uint64_t number) {
  Result<std::unique_ptr<File>> file = env.open(segment_path(folder, number));
  if (!file && file.error().code == Code::kNotFound) return std::optional<SegmentHeader>();
  if (!file) return file.error();
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const std::size_t got = TRY((*file)->read(bytes.data() + have, bytes.size() - have));
    if (got == 0) return std::optional<SegmentHeader>();
    have += got;
  }
  std::optional<SegmentHeader> header = read_header(bytes);
  if (header && header->number != number) header.reset();
  return header;
}

namespace {

/// What the frames say of the ledger, by source.
class LedgerReader : public PayloadVisitor {
 public:
  explicit LedgerReader(std::vector<SourceCounts>& ledger) : ledger_(ledger) {}
  void record(Sequence, const Record&) override {}
  void source(SourceId source, std::string_view name) override {
    if (source >= kSourcesMax) return;
    if (ledger_.size() <= source) ledger_.resize(source + 1);
    ledger_[source].name = name;
  }
  void counts(SourceId source, const Counts& counts, bool) override {
    if (source < ledger_.size()) ledger_[source].counts += counts;
  }
  void end() override {}

 private:
  std::vector<SourceCounts>& ledger_;
};

/// Everything in one segment. A key that does not open is kInvalid.
Result<Standing> standing_of(Env& env, const std::string& folder, std::uint64_t number, Seal& master) {
  SegmentReader segment = TRY(SegmentReader::open(env, folder, number, master));
  Standing standing;
  LedgerReader ledger(standing.ledger);
  FrameHeader header;
  std::string payload;
  while (TRY(segment.next(header, payload)) != SegmentReader::Found::kEnd) {
    read_payload(header, payload, ledger);
    standing.segment = number;
    standing.frames = header.number + 1;
    standing.next = std::max(standing.next, header.first + header.records);
  }
  if (segment.header()) standing.next = std::max(standing.next, segment.header()->first);
  standing.left = segment.left();
  return standing;
}

}  // namespace

/// From the newest segment back to one that says where the journal stands: the first frame of each says what was before it.
Result<Standing> read_standing(Env& env, const std::string& folder, Seal& master) {
  const std::vector<std::uint64_t> numbers = TRY(list_segments(env, folder));
  std::vector<std::uint64_t> unfinished;
  Sequence least = 0;
  Error wrong_key;
  bool any_key = numbers.empty();
  for (auto at = numbers.rbegin(); at != numbers.rend(); ++at) {
    Result<Standing> found = standing_of(env, folder, *at, master);
    if (!found && found.error().code == Code::kIo) return found.error();
    if (!found) {
      wrong_key = found.error();
      continue;
    }
    any_key = true;
    least = std::max(least, found->next + found->left / kRecordOverheadBytes);
    if (found->segment == 0) {
      unfinished.push_back(*at);
      continue;
    }
    found->next = std::max(found->next, least - found->left / kRecordOverheadBytes);
    found->unfinished = std::move(unfinished);
    return found;
  }
  if (!any_key) return wrong_key;
  Standing none;
  none.next = least;
  none.unfinished = std::move(unfinished);
  return none;
}

Result<Reader> Reader::open(Env& env, std::string folder, Seal& master, Sequence from) {
  Reader reader(env, std::move(folder), master, from);
  TRY(reader.find_start());
  return reader;
}

/// The last segment that begins at or before the record wanted; the first, if older ones are gone.
Status Reader::find_start() {
  const std::vector<std::uint64_t> numbers = TRY(list_segments(*env_, folder_));
  std::uint64_t start = 0;
  for (const std::uint64_t number : numbers) {
    const auto header = TRY(read_segment_header(*env_, folder_, number));
    if (!header) continue;
    if (number == numbers.front()) at_ = std::max(at_, header->first);
    if (header->first <= at_) start = number;
  }
  number_ = start == 0 ? 0 : start - 1;
  return {};
}

void Reader::missing(Sequence to, std::string what) {
  damage_.push_back({number_, at_, std::max(at_, to), std::move(what)});
  at_ = std::max(at_, to);
}

/// What the headers behind this segment say of it.
Result<std::uint64_t> Reader::frames_that_count(const std::vector<std::uint64_t>& numbers) const {
  for (const std::uint64_t number : numbers) {
    if (number <= number_) continue;
    const auto header = TRY(read_segment_header(*env_, folder_, number));
    if (!header) continue;
    if (header->before == number_) return header->frames_before;
    return header->before > number_ ? kAllFrames : 0;  // the header that would tell does not check; or nothing here counts
  }
  return kAllFrames;
}

/// The next segment that opens; false if there is none.
Result<bool> Reader::open_next() {
  const std::vector<std::uint64_t> numbers = TRY(list_segments(*env_, folder_));
  for (const std::uint64_t number : numbers) {
    if (number <= number_) continue;
    const std::uint64_t before = std::exchange(number_, number);
    const auto again = [&](const Error& error) {  // where the disk failed nothing was read, and the next try begins here
      number_ = before;
      return error;
    };
    const Result<std::uint64_t> frames = frames_that_count(numbers);
    if (!frames) return again(frames.error());
    frames_ = *frames;
    if (frames_ == 0) continue;
    Result<SegmentReader> segment = SegmentReader::open(*env_, folder_, number, *master_);
    if (!segment && segment.error().code == Code::kIo) return again(segment.error());
    if (!segment) {
      missing(at_, segment.error().message);
      continue;
    }
    segment_ = std::make_unique<SegmentReader>(std::move(*segment));
    next_frame_ = 0;
    ended_ = false;
    if (!segment_->header()) missing(at_, "the header of a segment does not check");
    return true;
  }
  return false;
}

/// A frame of the newest segment may be one whose sync failed. It counts no more once a newer segment says so, which it does before the numbers of its records,
/// given to others, are below any `until`.
Status Reader::look_for_newer() {
  if (segment_ == nullptr || frames_ != kAllFrames) return {};
  const std::vector<std::uint64_t> numbers = TRY(list_segments(*env_, folder_));
  frames_ = TRY(frames_that_count(numbers));
  if (held_ && header_.number >= frames_) held_ = false;
  return {};
}

/// Until a frame is held; false if there is none for now.
Result<bool> Reader::fill() {
  TRY(look_for_newer());
  while (!held_) {
    if (segment_ == nullptr && !TRY(open_next())) return false;
    if (ended_ || next_frame_ >= frames_) {
      segment_.reset();
      continue;
    }
    const SegmentReader::Found found = TRY(segment_->next(header_, payload_));
    if (found == SegmentReader::Found::kEnd) {
      const std::vector<std::uint64_t> numbers = TRY(list_segments(*env_, folder_));
      if (numbers.empty() || numbers.back() <= number_) return false;
      frames_ = TRY(frames_that_count(numbers));
      if (frames_ != kAllFrames && next_frame_ < frames_) missing(at_, "frames at the end of a segment do not check");
      segment_.reset();
      continue;
    }
    if (header_.number >= frames_) {
      segment_.reset();
      continue;
    }
    if (found == SegmentReader::Found::kFrameBehindDamage || header_.number != next_frame_) missing(at_, "frames within a segment do not check");
    next_frame_ = header_.number + 1;
    held_ = true;
  }
  return true;
}

Result<bool> Reader::next(Sequence until, PayloadVisitor& visitor) {
  if (at_ >= until || !TRY(fill()) || header_.first >= until) return false;
  held_ = false;
  if (header_.first > at_) missing(header_.first, "records are missing");
  Passing passing(visitor, at_, ended_);
  if (!read_payload(header_, payload_, passing)) missing(header_.first + header_.records, "a frame is not what its header says");
  at_ = std::max(at_, header_.first + header_.records);
  return true;
}

}  // namespace tocsin::journal
