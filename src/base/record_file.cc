#include "base/record_file.h"

#include <algorithm>
#include <cstring>

namespace tocsin {

namespace {
constexpr std::size_t kBufferBytes = 64 << 10;
using Length = std::uint32_t;
}  // namespace

Status RecordFile::flush() {
  if (file_ == nullptr) file_ = TRY(env_.make_scratch_file());
  TRY(file_->append(buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

/// Flushes before, not after, so that a failure is that of this record and never takes back one that was accepted. After
/// a failure the file may be longer than `written_`: it takes no more.
Status RecordFile::append(std::string_view record) {
  if (buffer_.size() >= kBufferBytes) TRY(flush());
  const auto size = static_cast<Length>(record.size());
  buffer_.append(reinterpret_cast<const char*>(&size), sizeof size);
  buffer_.append(record);
  return {};
}

Status RecordFile::read(std::uint64_t offset, char* into, std::size_t size) {
  if (offset < written_) {
    const std::size_t on_disk = static_cast<std::size_t>(std::min<std::uint64_t>(size, written_ - offset));
    TRY(file_->read_at(offset, into, on_disk));
    offset += on_disk;
    into += on_disk;
    size -= on_disk;
  }
  if (size > 0) std::memcpy(into, buffer_.data() + (offset - written_), size);
  return {};
}

/// At least `size` bytes ahead in the buffer.
Status RecordFile::Reader::ensure(std::size_t size) {
  if (buffer_.size() - used_ >= size) return {};
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t have = buffer_.size();
  const std::size_t more = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, kBufferBytes) - have, to_ - at_));
  buffer_.resize(have + more);
  if (Status status = file_->read(at_, buffer_.data() + have, more); !status) {
    buffer_.resize(have);
    return status;
  }
  at_ += more;
  return {};
}

Result<bool> RecordFile::Reader::next(std::string_view& record) {
  if (used_ == buffer_.size() && at_ == to_) return false;
  TRY(ensure(sizeof(Length)));
  Length size = 0;
  std::memcpy(&size, buffer_.data() + used_, sizeof size);
  TRY(ensure(sizeof size + size));
  record = std::string_view(buffer_).substr(used_ + sizeof size, size);
  used_ += sizeof size + size;
  return true;
}

}  // namespace tocsin
