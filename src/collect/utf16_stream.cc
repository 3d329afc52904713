#include "collect/utf16_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin {

namespace {

constexpr std::uint32_t kMark = 0xfeff, kReplacement = 0xfffd;
constexpr std::size_t kInputBytes = 64 << 10;
/// The longest character in UTF-8.
constexpr std::size_t kCharBytesMax = 4;

bool is_high(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

bool is_ascii_text(char c) { return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\n' || c == '\r'; }

std::size_t put(char* out, std::uint32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xc0 | (code >> 6));
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xe0 | (code >> 12));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | (code >> 18));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

class Utf16Stream : public ByteStream {
 public:
  Utf16Stream(std::unique_ptr<ByteStream> source, Utf16 order)
      : source_(std::move(source)), big_(order == Utf16::kBig), input_(kInputBytes) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      if (torn_at_ < torn_size_) {
        into[done++] = torn_[torn_at_++];
        continue;
      }
      if (!has_character() && !refill()) break;
      done += run(into + done, size - done);
      if (done < size && has_character()) done += one(into + done, size - done);
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 private:
  std::uint32_t unit(std::size_t at) const {
    const auto first = static_cast<std::uint8_t>(input_[at]), second = static_cast<std::uint8_t>(input_[at + 1]);
    return big_ ? std::uint32_t{first} << 8 | second : std::uint32_t{second} << 8 | first;
  }
  std::size_t left() const { return size_ - at_; }

  /// True if the next character can be told from what was read: all of it is here, or nothing follows.
  bool has_character() const {
    if (left() < 2) return left() > 0 && ended_;
    return ended_ || left() >= 4 || !is_high(unit(at_));
  }

  /// False if there is nothing more.
  bool refill() {
    while (!ended_ && !has_character()) {
      std::memmove(input_.data(), input_.data() + at_, left());
      size_ -= std::exchange(at_, 0);
      const Result<std::size_t> got = source_->read(input_.data() + size_, input_.size() - size_);
      if (!got) trouble_ = got.error();
      ended_ = !got || *got == 0;
      if (got) size_ += *got;
      skip_mark();
    }
    return has_character();
  }

  void skip_mark() {
    if (begun_ || (left() < 2 && !ended_)) return;
    begun_ = true;
    if (left() >= 2 && unit(at_) == kMark) at_ += 2;
  }

  /// ASCII, four characters a step; logs are ASCII nearly always.
  std::size_t run(char* into, std::size_t size) {
    constexpr std::uint64_t kHighBits = 0xff80ff80ff80ff80, kHighBitsBig = 0x80ff80ff80ff80ff;
    std::size_t done = 0;
    for (; size - done >= 4 && left() >= 8; done += 4, at_ += 8) {
      const char* const from = input_.data() + at_;
      std::uint64_t four = 0;
      std::memcpy(&four, from, sizeof four);
      if ((four & (big_ ? kHighBitsBig : kHighBits)) != 0) break;
      for (std::size_t i = 0; i < 4; ++i) into[done + i] = from[2 * i + (big_ ? 1 : 0)];
    }
    return done;
  }

  /// One character, as much of it as there is room for; the rest waits in torn_.
  std::size_t one(char* into, std::size_t size) {
    torn_size_ = put(torn_, next_code());
    torn_at_ = std::min(size, torn_size_);
    std::memcpy(into, torn_, torn_at_);
    return torn_at_;
  }

  std::uint32_t next_code() {
    if (left() < 2) {
      ++at_;
      return kReplacement;
    }
    const std::uint32_t code = unit(at_);
    at_ += 2;
    if (!is_high(code) && !is_low(code)) return code;
    if (is_low(code) || left() < 2 || !is_low(unit(at_))) return kReplacement;
    const std::uint32_t low = unit(at_);
    at_ += 2;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }

  std::unique_ptr<ByteStream> source_;
  bool big_;
  bool begun_ = false;  // what may be a mark was looked at
  bool ended_ = false;  // the source has no more
  std::vector<char> input_;
  std::size_t at_ = 0, size_ = 0;  // in input_
  char torn_[kCharBytesMax] = {};
  std::size_t torn_at_ = 0, torn_size_ = 0;
  std::optional<Error> trouble_;
};

}  // namespace

Utf16 utf16_order(std::string_view head) {
  if (head.starts_with("\xff\xfe")) {
    return head.substr(0, 4) == std::string_view("\xff\xfe\0\0", 4) ? Utf16::kNone : Utf16::kLittle;
  }
  if (head.starts_with("\xfe\xff")) return Utf16::kBig;
  if (head.size() < kUtf16HeadBytes) return Utf16::kNone;
  if (is_ascii_text(head[0]) && head[1] == 0 && is_ascii_text(head[2]) && head[3] == 0) return Utf16::kLittle;
  if (head[0] == 0 && is_ascii_text(head[1]) && head[2] == 0 && is_ascii_text(head[3])) return Utf16::kBig;
  return Utf16::kNone;
}

std::unique_ptr<ByteStream> make_utf16_stream(std::unique_ptr<ByteStream> source, Utf16 order) {
  return std::make_unique<Utf16Stream>(std::move(source), order);
}

}  // namespace tocsin
