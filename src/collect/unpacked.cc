#include "collect/unpacked.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "collect/gzip_stream.h"

namespace tocsin {

namespace {

/// How much room is made at a time: zlib's window is 32 KB, and most texts unpack to less than a megabyte.
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

Result<std::string> unpacked(std::string_view packed, Packing packing, std::size_t bytes_max) {
  auto source = std::make_unique<TextStream>(packed);
  const auto stream = packing == Packing::kGzip ? make_gzip_stream(std::move(source)) : make_zlib_stream(std::move(source));
  std::string text;
  for (std::size_t size = 0;;) {
    text.resize(std::min(size + kUnpackBytes, bytes_max + 1));
    const std::size_t got = TRY(stream->read(text.data() + size, text.size() - size));
    size += got;
    if (size > bytes_max) return Error{Code::kLimit, fmt::format("it unpacks to more than {} bytes", bytes_max)};
    if (got > 0) continue;
    text.resize(size);
    return text;
  }
}

}  // namespace tocsin
