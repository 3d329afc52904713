#include "collect/gelf_unpack.h"

#include <zlib.h>

#include <algorithm>

namespace tocsin {

namespace {

constexpr int kZlibWindow = 15, kGzipWindow = 15 + 16;

bool is_gzip_message(std::string_view packed) { return packed.starts_with("\x1f\x8b"); }

/// RFC 1950, 2.2: deflate, with a window of up to 32 KB; both bytes together are a multiple of 31. No JSON text begins so.
bool is_zlib_message(std::string_view packed) {
  if (packed.size() < 2) return false;
  const auto first = static_cast<unsigned char>(packed[0]), second = static_cast<unsigned char>(packed[1]);
  return (first & 0x0f) == 8 && first >> 4 <= 7 && (first * 256 + second) % 31 == 0;
}

}  // namespace

struct GelfUnpacker::Zlib {
  z_stream stream{};
  bool good = false;
};

GelfUnpacker::GelfUnpacker() : zlib_(std::make_unique<Zlib>()) { zlib_->good = inflateInit2(&zlib_->stream, kGzipWindow) == Z_OK; }

GelfUnpacker::~GelfUnpacker() {
  if (zlib_->good) inflateEnd(&zlib_->stream);
}

bool GelfUnpacker::unpack(std::string_view packed, std::string_view& text) {
  if (is_gzip_message(packed)) return inflate_all(packed, kGzipWindow, text);
  if (is_zlib_message(packed)) return inflate_all(packed, kZlibWindow, text);
  text = packed;
  return text.size() <= kReceivedBytesMax;
}

bool GelfUnpacker::inflate_all(std::string_view packed, int window_bits, std::string_view& text) {
  z_stream& stream = zlib_->stream;
  if (!zlib_->good || inflateReset2(&stream, window_bits) != Z_OK) return false;
  const std::size_t most = std::min(kReceivedBytesMax, std::max(kGelfFreeBytes, packed.size() * kGelfRatioMax));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  for (std::size_t size = 0;;) {
    if (size == room_.size()) room_.resize(std::max(kGelfFreeBytes, 2 * size));
    // One byte more than it may have, so that the end is seen where it has just as many.
    const std::size_t now = std::min(room_.size(), most + 1) - size;
    stream.next_out = reinterpret_cast<Bytef*>(room_.data() + size);
    stream.avail_out = static_cast<uInt>(now);
    const int status = inflate(&stream, Z_NO_FLUSH);
    size += now - stream.avail_out;
    if (size > most) return false;
    if (status == Z_STREAM_END) {
      text = std::string_view(room_).substr(0, size);
      return true;
    }
    if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) return false;
  }
}

}  // namespace tocsin
