#include "collect/byte_stream.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <optional>
#include <vector>

namespace tocsin {

namespace {

constexpr std::size_t kInputBytes = 128 << 10;

/// The file, with the bytes that were read to recognise it put back in front.
class PlainStream : public ByteStream {
 public:
  PlainStream(std::unique_ptr<File> file, std::string head) : file_(std::move(file)), head_(std::move(head)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    if (head_at_ < head_.size()) {
      done = std::min(size, head_.size() - head_at_);
      std::memcpy(into, head_.data() + head_at_, done);
      head_at_ += done;
    }
    while (done < size) {
      if (trouble_) break;
      Result<std::size_t> got = file_->read(into + done, size - done);
      if (!got) {
        trouble_ = got.error();
        break;
      }
      if (*got == 0) return done;
      done += *got;
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 private:
  std::unique_ptr<File> file_;
  std::string head_;
  std::size_t head_at_ = 0;
  std::optional<Error> trouble_;
};

/// What gzip and zstd have in common: compressed bytes in, a bound on the ratio, and errors that wait their turn.
class InflatingStream : public ByteStream {
 public:
  explicit InflatingStream(std::unique_ptr<PlainStream> source) : source_(std::move(source)), input_(kInputBytes) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size && !trouble_ && !ended_) {
      const std::size_t before = done;
      step(into, size, done);
      out_total_ += done - before;
      if (out_total_ > kInflateFreeBytes && out_total_ / kInflateRatioMax > in_total_) {
        trouble_ = Error{Code::kLimit, fmt::format("expands more than {} to 1: not read further", kInflateRatioMax)};
      }
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 protected:
  /// Appends some output at into[done]; sets ended_ or trouble_ when there is no more.
  virtual void step(char* into, std::size_t size, std::size_t& done) = 0;

  /// False at the end of the file.
  bool refill() {
    Result<std::size_t> got = source_->read(input_.data(), input_.size());
    if (!got) {
      trouble_ = got.error();
      return false;
    }
    in_size_ = *got;
    in_at_ = 0;
    in_total_ += *got;
    return *got > 0;
  }

  std::unique_ptr<PlainStream> source_;
  std::vector<char> input_;
  std::size_t in_at_ = 0, in_size_ = 0;
  std::uint64_t in_total_ = 0, out_total_ = 0;
  bool ended_ = false;
  bool full_ = false;  // the last step filled its output, so more may wait inside although no input is left
  std::optional<Error> trouble_;
};

class GzipStream : public InflatingStream {
 public:
  explicit GzipStream(std::unique_ptr<PlainStream> source) : InflatingStream(std::move(source)) {
    inflateInit2(&zlib_, 15 + 16);
  }
  ~GzipStream() override { inflateEnd(&zlib_); }
  GzipStream(const GzipStream&) = delete;

 protected:
  void step(char* into, std::size_t size, std::size_t& done) override {
    if (between_members_) full_ = false;
    if (in_at_ == in_size_ && !full_ && !refill()) {
      if (!between_members_ && !trouble_) trouble_ = Error{Code::kInvalid, "gzip: the file ends in the middle of a member"};
      ended_ = true;
      return;
    }
    if (between_members_) {
      // Zero bytes may pad a tape block; anything that is not a member is trailing rubbish, as gzip(1) has it.
      if (input_[in_at_] == 0) {
        ++in_at_;
        return;
      }
      inflateReset(&zlib_);
      between_members_ = false;
    }
    zlib_.next_in = reinterpret_cast<Bytef*>(input_.data() + in_at_);
    zlib_.avail_in = static_cast<uInt>(in_size_ - in_at_);
    zlib_.next_out = reinterpret_cast<Bytef*>(into + done);
    zlib_.avail_out = static_cast<uInt>(std::min<std::size_t>(size - done, 1u << 30));
    const uInt room = zlib_.avail_out;
    const int status = inflate(&zlib_, Z_NO_FLUSH);
    done += room - zlib_.avail_out;
    full_ = zlib_.avail_out == 0;
    in_at_ = in_size_ - zlib_.avail_in;
    if (status == Z_STREAM_END) {
      between_members_ = true;
      ++members_;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      if (members_ > 0 && zlib_.total_out == 0) {
        trouble_ = Error{Code::kInvalid, "gzip: something that is not gzip follows the last member"};
      } else {
        trouble_ = Error{Code::kInvalid, fmt::format("gzip: damaged ({})", zlib_.msg == nullptr ? "no detail" : zlib_.msg)};
      }
    }
  }

 private:
  z_stream zlib_{};
  bool between_members_ = false;
  int members_ = 0;
};

class ZstdStream : public InflatingStream {
 public:
  explicit ZstdStream(std::unique_ptr<PlainStream> source) : InflatingStream(std::move(source)), zstd_(ZSTD_createDStream()) {
    // A frame may ask for a window of 2 GB; 128 MB covers every level of the reference encoder short of --ultra --long.
    ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, 27);
  }
  ~ZstdStream() override { ZSTD_freeDStream(zstd_); }
  ZstdStream(const ZstdStream&) = delete;

 protected:
  void step(char* into, std::size_t size, std::size_t& done) override {
    if (in_at_ == in_size_ && !full_ && !refill()) {
      if (!between_frames_ && !trouble_) trouble_ = Error{Code::kInvalid, "zstd: the file ends in the middle of a frame"};
      ended_ = true;
      return;
    }
    ZSTD_inBuffer in{input_.data(), in_size_, in_at_};
    ZSTD_outBuffer out{into, size, done};
    const std::size_t status = ZSTD_decompressStream(zstd_, &out, &in);
    done = out.pos;
    in_at_ = in.pos;
    full_ = out.pos == out.size;
    if (ZSTD_isError(status)) {
      trouble_ = Error{Code::kInvalid, fmt::format("zstd: damaged ({})", ZSTD_getErrorName(status))};
    } else {
      between_frames_ = status == 0;
    }
  }

 private:
  ZSTD_DStream* zstd_;
  bool between_frames_ = false;
};

bool is_gzip(std::string_view head) { return head.starts_with("\x1f\x8b"); }
bool is_zstd(std::string_view head) {
  if (head.starts_with("\x28\xb5\x2f\xfd")) return true;
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18";
}

}  // namespace

Result<std::unique_ptr<ByteStream>> ByteStream::open(Env& env, const std::string& path) {
  std::unique_ptr<File> file = TRY(env.open(path));
  std::string head(4, '\0');
  std::size_t have = 0;
  while (have < head.size()) {
    const std::size_t got = TRY(file->read(head.data() + have, head.size() - have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  const bool gzip = is_gzip(head), zstd = is_zstd(head);
  auto plain = std::make_unique<PlainStream>(std::move(file), std::move(head));
  if (gzip) return std::unique_ptr<ByteStream>(new GzipStream(std::move(plain)));
  if (zstd) return std::unique_ptr<ByteStream>(new ZstdStream(std::move(plain)));
  return std::unique_ptr<ByteStream>(std::move(plain));
}

}  // namespace tocsin
