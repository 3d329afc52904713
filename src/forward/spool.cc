#include "forward/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/memory.h"
#include "forward/spool_format.h"

namespace tocsin::forward {

namespace {

constexpr std::string_view kSuffix = ".spool";
constexpr std::string_view kAcknowledged = "acknowledged";
constexpr std::size_t kDigits = 16;

/// The number of a segment's file, or 0.
std::uint64_t number_of(std::string_view name) {
  std::uint64_t number = 0;
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number, 16);
  return error == std::errc() && end == name.data() + kDigits ? number : 0;
}

}  // namespace

std::string Spool::path_of(std::uint64_t number) const { return fmt::format("{}/{:016x}{}", options_.folder, number, kSuffix); }

std::uint64_t Spool::segment_bytes() const { return std::min(kSpoolSegmentBytes, options_.bytes_max / 8); }

Result<std::unique_ptr<Spool>> Spool::open(Env& env, Options options) {
  options.bytes_max = std::max(options.bytes_max, kSpoolBytesMin);
  std::unique_ptr<Spool> spool(new Spool(env, std::move(options)));
  TRY(spool->recover());
  return spool;
}

/// What is there, in order. A file ends at the first frame that does not check: a write that was cut short, or damage; which of both, the next file's beginning tells.
Status Spool::recover() {
  acknowledged_ = read_acknowledged();
  for (const FolderEntry& entry : TRY(env_.list_folder(options_.folder))) {
    if (const std::uint64_t number = number_of(entry.name)) segments_.push_back({number, 0, 0});
  }
  std::ranges::sort(segments_, {}, &Segment::number);
  for (Segment& segment : segments_) TRY(recover_segment(segment));
  std::erase_if(segments_, [&](const Segment& segment) {
    if (segment.bytes > 0) return false;
    (void)env_.remove_file(path_of(segment.number));  // begun, and cut short
    return true;
  });
  if (!segments_.empty()) next_segment_ = segments_.back().number + 1;
  for (const Segment& segment : segments_) bytes_ += segment.bytes;
  next_ = std::max(next_, acknowledged_);  // a loss of power may take records that were acknowledged: their numbers are not given again
  if (!segments_.empty()) acknowledged_ = std::max(acknowledged_, segments_.front().first);
  remove_acknowledged();
  return {};
}

Status Spool::recover_segment(Segment& segment) {
  const std::string path = path_of(segment.number);
  const std::unique_ptr<WatchedFile> file = TRY(env_.open_watched(path));
  const std::uint64_t size = TRY(file->status()).size;
  char magic[kSpoolMagic.size()];
  if (TRY(file->read_at(0, magic, sizeof magic)) != sizeof magic || std::string_view(magic, sizeof magic) != kSpoolMagic) return {};
  std::uint64_t at = sizeof magic;
  std::string payload;
  while (TRY(read_frame(*file, at, size, payload))) {
    const Result<SpoolPayload> read = read_spool_payload(payload);
    if (!read || (segment.bytes == 0 && read->is_batch) || read->first < next_) break;
    if (segment.bytes == 0) {
      segment.first = read->first;
      marks_.clear();  // all that are in force follow
    }
    for (const auto& [key, mark] : read->marks) marks_[std::string(key)] = std::string(mark);
    next_ = read->first + read->records();
    at += kSpoolHeadBytes + payload.size();
    segment.bytes = at;
  }
  if (at < size) options_.say(fmt::format("{}: behind byte {} there is no whole frame; what follows is read again from its source, or counted as lost", path, at));
  return {};
}

/// False at the end, and where there is no whole frame.
Result<bool> Spool::read_frame(WatchedFile& file, std::uint64_t at, std::uint64_t end, std::string& payload) {
  char head[kSpoolHeadBytes];
  if (end - at < sizeof head || TRY(file.read_at(at, head, sizeof head)) != sizeof head) return false;
  const std::string_view bytes(head, sizeof head);
  const auto size = number_at<std::uint32_t>(bytes, 0);
  if (size > kSpoolFrameBytesMax || size > end - at - sizeof head) return false;
  payload.resize(size);
  if (TRY(file.read_at(at + sizeof head, payload.data(), size)) != size) return false;
  return spool_checksum(payload) == number_at<std::uint32_t>(bytes, 4);
}

std::uint64_t Spool::read_acknowledged() {
  const std::string text = env_.read_file(options_.folder + "/" + std::string(kAcknowledged), 64).value_or("");
  if (text.size() != 12 || spool_checksum(std::string_view(text).substr(0, 8)) != number_at<std::uint32_t>(text, 8)) return 0;
  return number_at<std::uint64_t>(text, 0);
}

/// Not synced: where it is lost, records are sent once more.
void Spool::write_acknowledged() {
  std::string text;
  append_number(text, acknowledged_);
  append_number(text, spool_checksum(text));
  const std::string path = options_.folder + "/" + std::string(kAcknowledged);
  Result<std::unique_ptr<DurableFile>> file = env_.exists(path) ? env_.open_durable(path, true) : env_.create_durable(path);
  if (file) (void)(*file)->append(text);
}

Status Spool::begin_segment() {
  const std::uint64_t number = next_segment_++;
  out_ = TRY(env_.create_durable(path_of(number)));
  frame_ = kSpoolMagic;
  append_marks_frame(frame_, next_, marks_);
  if (Status written = out_->append(frame_); !written) {
    out_ = nullptr;
    (void)env_.remove_file(path_of(number));
    return written;
  }
  segments_.push_back({number, next_, frame_.size()});
  bytes_ += frame_.size();
  unsynced_ = true;
  return env_.sync_folder(options_.folder);
}

Status Spool::append(const SpoolBatch& batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string frame;
  if (next_ + batch.records.size() > kSpoolNumberMax) {
    return Error{Code::kLimit, fmt::format("{}: the numbers of records are used up, which only a damaged buffer can say: move it away and begin anew", options_.folder)};
  }
  if (!append_batch_frame(frame, next_, batch)) return Error{Code::kInvalid, "a batch is larger than a frame of the spool can be"};
  // One that is larger than all of the buffer has it alone.
  const bool is_full = bytes_ + frame.size() > options_.bytes_max && acknowledged_ < next_;
  if (is_full) return Error{Code::kLimit, fmt::format("{}: the buffer is full ({} bytes)", options_.folder, bytes_)};
  if (out_ != nullptr && segments_.back().bytes >= segment_bytes()) {
    (void)out_->sync();
    out_ = nullptr;
  }
  if (out_ == nullptr) TRY(begin_segment());
  if (Status written = out_->append(frame); !written) {
    out_ = nullptr;  // what was written of it is behind the last whole frame, and passed over
    return written;
  }
  segments_.back().bytes += frame.size();
  bytes_ += frame.size();
  next_ += batch.records.size();
  if (!batch.key.empty()) marks_[std::string(batch.key)] = std::string(batch.mark);
  unsynced_ = true;
  return {};
}

Status Spool::sync(bool now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::int64_t time = env_.monotonic_ns();
  if (!unsynced_ || out_ == nullptr || (!now && time - synced_ns_ < kSpoolSyncNs)) return {};
  synced_ns_ = time;
  unsynced_ = false;
  Status synced = out_->sync();
  if (!synced) out_ = nullptr;  // nothing more goes where something may be missing
  return synced;
}

void Spool::set_mark(const std::string& key, std::string mark) {
  const std::lock_guard<std::mutex> lock(mutex_);
  marks_[key] = std::move(mark);
}

void Spool::forget(const std::string& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  marks_.erase(key);
}

std::map<std::string, std::string> Spool::marks() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return marks_;
}

void Spool::rewind() {
  const std::lock_guard<std::mutex> lock(mutex_);
  in_ = nullptr;
  read_segment_ = 0;
  read_next_ = acknowledged_;
}

Result<bool> Spool::next(SpoolFrame& frame) {
  const std::lock_guard<std::mutex> lock(mutex_);
  empty(frame.bytes);
  frame.places.clear();
  for (auto segment = std::ranges::find_if(segments_, [&](const Segment& each) { return each.number >= read_segment_; }); segment != segments_.end();) {
    if (in_ == nullptr || segment->number != read_segment_) {
      in_ = TRY(env_.open_watched(path_of(segment->number)));
      read_segment_ = segment->number;
      read_at_ = kSpoolMagic.size();
    }
    while (read_at_ < segment->bytes) {
      if (!TRY(read_frame(*in_, read_at_, segment->bytes, frame.bytes))) {
        options_.say(fmt::format("{}: is damaged behind byte {}", path_of(segment->number), read_at_));
        read_at_ = segment->bytes;
        break;
      }
      Result<SpoolPayload> payload = read_spool_payload(frame.bytes);
      read_at_ += kSpoolHeadBytes + frame.bytes.size();
      if (!payload) continue;
      if (payload->first > read_next_) note_gap(payload->first);
      if (!payload->is_batch || payload->first + payload->records() <= read_next_) continue;
      const std::uint64_t known = read_next_ - payload->first;  // acknowledged, or read before
      frame.first = read_next_;
      frame.places.assign(payload->places.begin() + static_cast<std::ptrdiff_t>(known), payload->places.end());
      read_next_ = payload->first + payload->records();
      return true;
    }
    if (++segment == segments_.end()) break;
  }
  if (read_next_ < next_) note_gap(next_);
  return false;
}

/// What stands from where reading is to `to` is not there.
void Spool::note_gap(std::uint64_t to) {
  if (gaps_.emplace(read_next_, to).second) {
    lost_ += to - read_next_;
    options_.say(fmt::format("{} records are lost: the buffer in {} was damaged", to - read_next_, options_.folder));
  }
  read_next_ = to;
  pass_gaps();
}

/// Nobody will acknowledge what is lost.
void Spool::pass_gaps() {
  for (auto gap = gaps_.begin(); gap != gaps_.end() && gap->first <= acknowledged_; gap = gaps_.erase(gap)) acknowledged_ = std::max(acknowledged_, gap->second);
}

void Spool::acknowledge(std::uint64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (number <= acknowledged_) return;
  acknowledged_ = number;
  pass_gaps();
  write_acknowledged();
  remove_acknowledged();
}

/// The last one stays, since it has the marks.
void Spool::remove_acknowledged() {
  while (segments_.size() > 1 && segments_[1].first <= acknowledged_) {
    const std::string path = path_of(segments_.front().number);
    if (!env_.remove_file(path)) return;  // the next time
    if (read_segment_ == segments_.front().number) in_ = nullptr;
    bytes_ -= std::min(bytes_, segments_.front().bytes);
    segments_.pop_front();
  }
}

Spool::Counts Spool::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {next_, acknowledged_, lost_, bytes_, options_.bytes_max};
}

}  // namespace tocsin::forward
