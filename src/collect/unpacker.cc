#include "collect/unpacker.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "collect/gzip_stream.h"

namespace tocsin {

namespace {

constexpr std::size_t kOutputBytes = 32 << 10;
constexpr std::string_view kMemberMark = "PK\x03\x04", kDirectoryMark = "PK\x01\x02";

class Plain : public Unpacker {
 public:
  Status read(std::string_view bytes, UnpackerSink& sink) override { return sink.bytes(bytes); }
  Status finish(UnpackerSink& sink) override { return sink.member_end(); }
};

/// One deflated stream after the other.
class Inflater {
 public:
  /// As zlib's inflateInit2 has them: 31 for gzip, -15 for bare deflate.
  explicit Inflater(int window_bits) { inflateInit2(&zlib_, window_bits); }
  ~Inflater() { inflateEnd(&zlib_); }
  Inflater(const Inflater&) = delete;

  void reset() { inflateReset(&zlib_); }

  /// Takes from the beginning of `bytes` what it can; true at the end of the stream.
  Result<bool> take(std::string_view& bytes, UnpackerSink& sink) {
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib_.avail_in = static_cast<uInt>(bytes.size());
    while (true) {
      zlib_.next_out = reinterpret_cast<Bytef*>(output_.data());
      zlib_.avail_out = static_cast<uInt>(output_.size());
      const int status = inflate(&zlib_, Z_NO_FLUSH);
      const std::size_t made = output_.size() - zlib_.avail_out;
      bytes.remove_prefix(bytes.size() - zlib_.avail_in);
      if (made > 0) TRY(sink.bytes({output_.data(), made}));
      if (status == Z_STREAM_END) return true;
      if (status != Z_OK && status != Z_BUF_ERROR) return Error{Code::kInvalid, fmt::format("packed data is damaged ({})", zlib_.msg == nullptr ? "no detail" : zlib_.msg)};
      if (made < output_.size()) return false;
    }
  }

 private:
  z_stream zlib_{};
  std::array<char, kOutputBytes> output_;
};

class Gzip : public Unpacker {
 public:
  Status read(std::string_view bytes, UnpackerSink& sink) override {
    while (!bytes.empty()) {
      if (between_) {
        // As with files: zeros may pad it, and what is no member is rubbish behind it.
        if (bytes.front() != '\x1f') return {};
        inflater_.reset();
        between_ = false;
      }
      between_ = TRY(inflater_.take(bytes, sink));
    }
    return {};
  }

  Status finish(UnpackerSink& sink) override {
    if (!between_) return Error{Code::kInvalid, "gzip: it ends in the middle of a member"};
    return sink.member_end();
  }

 private:
  Inflater inflater_{15 + 16};
  bool between_ = false;
};

class Zip : public Unpacker {
 public:
  Status read(std::string_view bytes, UnpackerSink& sink) override {
    while (!bytes.empty() && state_ != State::kEnd) {
      switch (state_) {
        case State::kHeader: TRY(header(bytes)); break;
        case State::kNames: names(bytes); break;
        case State::kStored: TRY(stored(bytes, sink)); break;
        case State::kDeflated: TRY(deflated(bytes, sink)); break;
        case State::kBehind: TRY(behind(bytes)); break;
        case State::kEnd: break;
      }
    }
    return {};
  }

  Status finish(UnpackerSink&) override {
    if (state_ == State::kEnd || state_ == State::kBehind) return {};
    return Error{Code::kInvalid, "zip: it ends in the middle of a member"};
  }

 private:
  enum class State : std::uint8_t { kHeader, kNames, kStored, kDeflated, kBehind, kEnd };
  static constexpr std::size_t kHeaderBytes = 30, kDescriptorBytesMax = 24;

  /// Fills held_ up to `size`; false if more has to come.
  bool hold(std::string_view& bytes, std::size_t size) {
    const std::size_t now = std::min(bytes.size(), size - std::min(size, held_.size()));
    held_.append(bytes.substr(0, now));
    bytes.remove_prefix(now);
    return held_.size() >= size;
  }

  Status header(std::string_view& bytes) {
    if (!hold(bytes, kHeaderBytes)) return {};
    const unsigned flags = number_at<std::uint16_t>(held_, 6), method = number_at<std::uint16_t>(held_, 8);
    left_ = number_at<std::uint32_t>(held_, 18);
    skip_ = std::size_t{number_at<std::uint16_t>(held_, 26)} + number_at<std::uint16_t>(held_, 28);
    if (!held_.starts_with(kMemberMark)) return Error{Code::kInvalid, "zip: no member where one should begin"};
    if ((flags & 1) != 0) return Error{Code::kUnsupported, "zip: it is encrypted"};
    if (method != 0 && method != 8) return Error{Code::kUnsupported, fmt::format("zip: packed by method {}; 0 and 8 are read", method)};
    const bool sized_behind = (flags & 8) != 0;
    if ((method == 0 && sized_behind) || left_ == 0xffffffff) return Error{Code::kUnsupported, "zip: its sizes are not where a stream can know them"};
    if (skip_ > kZipHeaderBytesMax) return Error{Code::kLimit, fmt::format("zip: a member's header is longer than {} bytes", kZipHeaderBytesMax)};
    if (++members_ > kZipMembersMax) return Error{Code::kLimit, fmt::format("zip: more than {} members", kZipMembersMax)};
    next_ = method == 0 ? State::kStored : State::kDeflated;
    inflater_.reset();
    held_.clear();
    state_ = State::kNames;
    return {};
  }

  void names(std::string_view& bytes) {
    const std::size_t now = std::min(skip_, bytes.size());
    bytes.remove_prefix(now);
    skip_ -= now;
    if (skip_ == 0) state_ = next_;
  }

  Status stored(std::string_view& bytes, UnpackerSink& sink) {
    const std::size_t now = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    if (now > 0) TRY(sink.bytes(bytes.substr(0, now)));
    bytes.remove_prefix(now);
    left_ -= now;
    return left_ == 0 ? end_member(sink) : Status();
  }

  Status deflated(std::string_view& bytes, UnpackerSink& sink) { return TRY(inflater_.take(bytes, sink)) ? end_member(sink) : Status(); }

  Status end_member(UnpackerSink& sink) {
    state_ = State::kBehind;
    held_.clear();
    return sink.member_end();
  }

  /// Behind a member stands the next one or the directory, perhaps with a descriptor of 12 to 24 bytes before it.
  Status behind(std::string_view& bytes) {
    hold(bytes, held_.size() + 1);
    const std::string_view held = held_;
    if (held.ends_with(kDirectoryMark)) {
      state_ = State::kEnd;
    } else if (held.ends_with(kMemberMark)) {
      held_ = kMemberMark;
      state_ = State::kHeader;
    } else if (held.size() > kDescriptorBytesMax + kMemberMark.size()) {
      return Error{Code::kInvalid, "zip: neither a member nor the directory behind a member"};
    }
    return {};
  }

  State state_ = State::kHeader, next_ = State::kStored;
  std::string held_;
  std::size_t skip_ = 0, members_ = 0;
  std::uint64_t left_ = 0;
  Inflater inflater_{-15};
};

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(std::string_view head) {
  if (is_gzip(head)) return std::make_unique<Gzip>();
  if (head.starts_with(kMemberMark)) return std::make_unique<Zip>();
  return std::make_unique<Plain>();
}

}  // namespace tocsin
