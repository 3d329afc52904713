#include "collect/zstd_stream.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>

#include "collect/inflating_stream.h"

namespace tocsin {

namespace {

class ZstdStream : public InflatingStream {
 public:
  explicit ZstdStream(std::unique_ptr<ByteStream> source)
      : InflatingStream(std::move(source)), zstd_(ZSTD_createDStream()) {
    // A frame may ask for a window of 2 GB; 128 MB covers every level of the reference encoder short of --ultra --long.
    ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, 27);
  }
  ~ZstdStream() override { ZSTD_freeDStream(zstd_); }
  ZstdStream(const ZstdStream&) = delete;

 protected:
  void step(char* into, std::size_t size, std::size_t& done) override {
    if (between_frames_) full_ = false;  // a call without input would begin a frame that is not there
    if (in_at_ == in_size_ && !full_ && !refill()) {
      if (!between_frames_ && !trouble_)
        trouble_ = Error{Code::kInvalid, "zstd: the file ends in the middle of a frame"};
      ended_ = true;
      return;
    }
    // libzstd forgets what it has written in a call that fails. So that nothing readable is lost, a call either empties
    // what waits inside or takes one block at most: what libzstd asks for, less the header of the block after it.
    const std::size_t block = wanted_ > kBlockHeaderBytes ? wanted_ - kBlockHeaderBytes : wanted_;
    const std::size_t taken = full_ ? 0 : std::min(in_size_ - in_at_, block);
    ZSTD_inBuffer in{input_.data(), in_at_ + taken, in_at_};
    ZSTD_outBuffer out{into, size, done};
    const std::size_t status = ZSTD_decompressStream(zstd_, &out, &in);
    done = out.pos;
    in_at_ = in.pos;
    full_ = out.pos == out.size;
    if (ZSTD_isError(status)) {
      trouble_ = Error{Code::kInvalid, fmt::format("zstd: damaged ({})", ZSTD_getErrorName(status))};
    } else {
      between_frames_ = status == 0;
      wanted_ = between_frames_ ? kFrameStartBytes : status;
    }
  }

 private:
  /// Less than the shortest frame.
  static constexpr std::size_t kFrameStartBytes = 5;
  static constexpr std::size_t kBlockHeaderBytes = 3;

  ZSTD_DStream* zstd_;
  bool between_frames_ = false;
  std::size_t wanted_ = kFrameStartBytes;
};

}  // namespace

bool is_zstd(std::string_view head) {
  if (head.starts_with("\x28\xb5\x2f\xfd")) return true;
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18";
}

std::unique_ptr<ByteStream> make_zstd_stream(std::unique_ptr<ByteStream> source) {
  return std::make_unique<ZstdStream>(std::move(source));
}

}  // namespace tocsin
