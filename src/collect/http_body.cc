#include "collect/http_body.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "collect/gzip_stream.h"

namespace tocsin {

namespace {

/// How much room is made at a time: zlib's window is 32 KB, and most bodies unpack to less than a megabyte.
constexpr std::size_t kUnpackBytes = 256 << 10;

class TextStream : public ByteStream {
 public:
  explicit TextStream(std::string_view text) : text_(text) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    size = std::min(size, text_.size());
    std::memcpy(into, text_.data(), size);
    text_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view text_;
};

}  // namespace

Status unpack_http_body(std::string_view encoding, std::size_t bytes_max, std::string& body) {
  const std::string name = folded(encoding);
  if (name.empty() || name == "identity" || body.empty()) return {};
  const bool is_gzip = name == "gzip" || name == "x-gzip";
  if (!is_gzip && name != "deflate") return Error{Code::kUnsupported, "Content-Encoding is neither gzip nor deflate"};
  auto source = std::make_unique<TextStream>(body);
  const auto stream = is_gzip ? make_gzip_stream(std::move(source)) : make_zlib_stream(std::move(source));
  std::string unpacked;
  for (std::size_t size = 0;;) {
    unpacked.resize(std::min(size + kUnpackBytes, bytes_max + 1));
    const Result<std::size_t> got = stream->read(unpacked.data() + size, unpacked.size() - size);
    if (!got) return Error{Code::kInvalid, "the body is not what its Content-Encoding says: " + got.error().message};
    size += *got;
    if (size > bytes_max) return Error{Code::kLimit, "the unpacked body is too large"};
    if (*got > 0) continue;
    unpacked.resize(size);
    break;
  }
  body = std::move(unpacked);
  return {};
}

}  // namespace tocsin
