#include "collect/capture_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace tocsin {

namespace {

constexpr std::uint32_t kMicroseconds = 0xA1B2C3D4, kNanoseconds = 0xA1B23C4D, kSection = 0x0A0D0D0A, kByteOrder = 0x1A2B3C4D;
constexpr std::size_t kFileHead = 24, kPacketHead = 16, kBlockHead = 8, kBlockEnd = 4;
constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::int64_t kSecondNs = 1'000'000'000;
/// Beyond this, in 2200, no clock stands.
constexpr std::int64_t kTimeNsMax = 7'258'118'400 * kSecondNs;

bool is_classic(std::uint32_t magic) { return magic == kMicroseconds || magic == kNanoseconds || magic == __builtin_bswap32(kMicroseconds) || magic == __builtin_bswap32(kNanoseconds); }

std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

}  // namespace

bool is_capture(std::string_view head) {
  if (head.size() < 4) return false;
  const auto magic = number_at<std::uint32_t>(head, 0);
  if (is_classic(magic)) return true;
  if (magic != kSection || head.size() < kCaptureHeadBytes) return false;
  const auto order = number_at<std::uint32_t>(head, 8);
  return order == kByteOrder || order == __builtin_bswap32(kByteOrder);
}

CaptureReader::CaptureReader(std::unique_ptr<ByteStream> source) : source_(std::move(source)) {}

std::uint16_t CaptureReader::number16(std::size_t at) const {
  const auto number = number_at<std::uint16_t>(buffer_, at_ + at);
  return swapped_ ? __builtin_bswap16(number) : number;
}

std::uint32_t CaptureReader::number32(std::size_t at) const {
  const auto number = number_at<std::uint32_t>(buffer_, at_ + at);
  return swapped_ ? __builtin_bswap32(number) : number;
}

/// That so many bytes are in the buffer; false if the capture ends before.
bool CaptureReader::have(std::size_t bytes) {
  if (buffer_.size() - at_ >= bytes) return true;
  buffer_.erase(0, std::exchange(at_, 0));
  while (buffer_.size() < bytes && !ended_) {
    const std::size_t from = buffer_.size();
    buffer_.resize(std::max(bytes, from + kReadBytes));
    const Result<std::size_t> got = source_->read(buffer_.data() + from, buffer_.size() - from);
    buffer_.resize(from + (got ? *got : 0));
    if (!got) trouble_ = got.error();
    ended_ = !got || *got == 0;
  }
  return buffer_.size() >= bytes;
}

void CaptureReader::use(std::size_t bytes) {
  at_ += bytes;
  offset_ += bytes;
}

bool CaptureReader::skip(std::size_t bytes) {
  while (bytes > 0) {
    const std::size_t now = std::min(bytes, kReadBytes);
    if (!have(now)) return fail("ends inside a block");
    use(now);
    bytes -= now;
  }
  return true;
}

bool CaptureReader::fail(const char* what) {
  if (!trouble_) trouble_ = Error{Code::kInvalid, fmt::format("capture: {}, at byte {}; everything before was read", what, offset_)};
  ended_ = true;
  return false;
}

bool CaptureReader::begin() {
  started_ = true;
  if (!have(4)) return fail("too short");
  const std::uint32_t magic = number32(0);
  classic_ = is_classic(magic);
  if (!classic_) return true;
  if (!have(kFileHead)) return fail("ends inside its header");
  swapped_ = magic != kMicroseconds && magic != kNanoseconds;
  fraction_ns_ = number32(0) == kNanoseconds ? 1 : 1'000;
  link_ = static_cast<std::uint16_t>(number32(20) & 0xFFFF);
  use(kFileHead);
  return true;
}

bool CaptureReader::next(CapturedPacket& packet) {
  if (!started_ && !begin()) return false;
  if (trouble_) return false;
  use(std::exchange(done_, 0));
  return classic_ ? next_classic(packet) : next_block(packet);
}

bool CaptureReader::next_classic(CapturedPacket& packet) {
  if (!have(kPacketHead)) return buffer_.size() == at_ && !trouble_ ? false : fail("ends inside the head of a packet");
  const std::uint32_t captured = number32(8);
  if (captured > kCapturePacketBytesMax) return fail("a packet that cannot be so large");
  if (!have(kPacketHead + captured)) return fail("ends inside a packet");
  packet.time_ns = number32(0) * kSecondNs + std::min<std::int64_t>(std::int64_t{number32(4)} * fraction_ns_, kSecondNs - 1);
  packet.length = number32(12);
  packet.link = link_;
  packet.bytes = view(kPacketHead + captured).substr(kPacketHead);
  done_ = kPacketHead + captured;
  return true;
}

bool CaptureReader::next_block(CapturedPacket& packet) {
  for (;;) {
    if (!have(kBlockHead)) return buffer_.size() == at_ && !trouble_ ? false : fail("ends inside the head of a block");
    std::uint32_t type = number32(0);
    if (type == kSection) {
      // Its size can be read once the order of bytes is known.
      if (!have(kCaptureHeadBytes)) return fail("ends inside the head of a section");
      const auto order = number_at<std::uint32_t>(buffer_, at_ + 8);
      if (order != kByteOrder && order != __builtin_bswap32(kByteOrder)) return fail("a section of no known order of bytes");
      swapped_ = order != kByteOrder;
    }
    const std::uint32_t size = number32(4);
    if (size < kBlockHead + kBlockEnd || size % 4 != 0 || size > kCaptureBlockBytesMax) return fail("a block that cannot have this size");
    switch (type) {
      case kSection:
        if (!section(size)) return false;
        break;
      case 1:
        if (!interface(size)) return false;
        break;
      case 2:
      case 6: return enhanced(size, type == 2, packet);
      case 3: return simple(size, packet);
      default:
        if (!skip(size)) return false;
    }
  }
}

bool CaptureReader::section(std::uint32_t size) {
  interfaces_.clear();
  return skip(size);
}

bool CaptureReader::interface(std::uint32_t size) {
  if (size < kBlockHead + 8 + kBlockEnd || size > kCapturePacketBytesMax || !have(size)) return fail("an interface that is not whole");
  if (interfaces_.size() == kCaptureInterfacesMax) return fail("too many interfaces");
  Interface about{.link = number16(8), .snapshot = number32(12)};
  options(view(size - kBlockEnd).substr(kBlockHead + 8), about);
  interfaces_.push_back(about);
  use(size);
  return true;
}

void CaptureReader::options(std::string_view body, Interface& about) const {
  const auto swap16 = [this](std::uint16_t number) { return swapped_ ? __builtin_bswap16(number) : number; };
  while (body.size() >= 4) {
    const std::uint16_t kind = swap16(number_at<std::uint16_t>(body, 0)), size = swap16(number_at<std::uint16_t>(body, 2));
    if (kind == 0 || padded(size) > body.size() - 4) return;
    const std::string_view value = body.substr(4, size);
    if (kind == 9 && size == 1) {
      const unsigned n = static_cast<unsigned char>(value[0]) & 0x7F;
      const bool binary = (value[0] & 0x80) != 0;
      about.units = 1;
      for (unsigned i = 0; i < n && about.units <= UINT64_MAX / 10; ++i) about.units *= binary ? 2 : 10;
    } else if (kind == 14 && size == 8) {
      const auto seconds = number_at<std::uint64_t>(value, 0);
      about.offset_s = static_cast<std::int64_t>(swapped_ ? __builtin_bswap64(seconds) : seconds);
    }
    body.remove_prefix(4 + padded(size));
  }
}

std::int64_t CaptureReader::time_of(const Interface& about, std::uint64_t count) const {
  __extension__ using Wide = __int128;
  const Wide ns = static_cast<Wide>(count) * kSecondNs / about.units + static_cast<Wide>(about.offset_s) * kSecondNs;
  return static_cast<std::int64_t>(std::clamp<Wide>(ns, 0, kTimeNsMax));
}

bool CaptureReader::enhanced(std::uint32_t size, bool old, CapturedPacket& packet) {
  constexpr std::size_t kHead = kBlockHead + 20;
  if (size < kHead + kBlockEnd || size > kCapturePacketBytesMax + 4'096) return fail("a packet that cannot be so large");
  if (!have(size)) return fail("ends inside a packet");
  const std::uint32_t which = old ? number16(8) : number32(8), captured = number32(20);
  if (which >= interfaces_.size()) return fail("a packet of no interface");
  if (captured > size - kHead - kBlockEnd) return fail("a packet that is larger than its block");
  packet.time_ns = last_ns_ = time_of(interfaces_[which], std::uint64_t{number32(12)} << 32 | number32(16));
  packet.length = number32(24);
  packet.link = interfaces_[which].link;
  packet.bytes = view(kHead + captured).substr(kHead);
  done_ = size;
  return true;
}

bool CaptureReader::simple(std::uint32_t size, CapturedPacket& packet) {
  constexpr std::size_t kHead = kBlockHead + 4;
  if (size < kHead + kBlockEnd || size > kCapturePacketBytesMax + 4'096) return fail("a packet that cannot be so large");
  if (!have(size)) return fail("ends inside a packet");
  if (interfaces_.empty()) return fail("a packet of no interface");
  const Interface& about = interfaces_.front();
  packet.length = number32(8);
  std::size_t captured = std::min<std::size_t>(packet.length, size - kHead - kBlockEnd);
  if (about.snapshot != 0) captured = std::min<std::size_t>(captured, about.snapshot);
  packet.time_ns = last_ns_;
  packet.link = about.link;
  packet.bytes = view(kHead + captured).substr(kHead);
  done_ = size;
  return true;
}

}  // namespace tocsin
