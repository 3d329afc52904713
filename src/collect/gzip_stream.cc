#include "collect/gzip_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "collect/inflating_stream.h"

namespace tocsin {

namespace {

class GzipStream : public InflatingStream {
 public:
  GzipStream(std::unique_ptr<ByteStream> source, int window_bits) : InflatingStream(std::move(source)) {
    inflateInit2(&zlib_, window_bits);
  }
  ~GzipStream() override { inflateEnd(&zlib_); }
  GzipStream(const GzipStream&) = delete;

 protected:
  void step(char* into, std::size_t size, std::size_t& done) override {
    if (between_members_) full_ = false;
    if (in_at_ == in_size_ && !full_ && !refill()) {
      if (!between_members_ && !trouble_)
        trouble_ = Error{Code::kInvalid, "gzip: the file ends in the middle of a member"};
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
        trouble_ =
            Error{Code::kInvalid, fmt::format("gzip: damaged ({})", zlib_.msg == nullptr ? "no detail" : zlib_.msg)};
      }
    }
  }

 private:
  z_stream zlib_{};
  bool between_members_ = false;
  int members_ = 0;
};

}  // namespace

bool is_gzip(std::string_view head) { return head.starts_with("\x1f\x8b"); }

std::unique_ptr<ByteStream> make_gzip_stream(std::unique_ptr<ByteStream> source) {
  return std::make_unique<GzipStream>(std::move(source), 15 + 16);
}

std::unique_ptr<ByteStream> make_zlib_stream(std::unique_ptr<ByteStream> source) {
  return std::make_unique<GzipStream>(std::move(source), 15);
}

}  // namespace tocsin
