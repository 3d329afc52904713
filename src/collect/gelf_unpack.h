// One GELF message as it was before its sender compressed it: gzip (RFC 1952, one member), zlib (RFC 1950), or nothing done to it, told apart by the first two
// bytes. One thread at a time; warm, it allocates nothing. What is no gzip, damaged, or too large gives nothing.
//
//   std::string_view text;
//   if (!unpacker.unpack(packed, text)) ++bad;      // `text` is good until the next call, or as long as `packed`
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "collect/received.h"

namespace tocsin {

/// Beyond kGelfFreeBytes, what unpacks to more than so many times its size is taken for a bomb: log text packs 5 to 20 to 1.
inline constexpr std::size_t kGelfRatioMax = 200;
inline constexpr std::size_t kGelfFreeBytes = 64 << 10;

class GelfUnpacker {
 public:
  GelfUnpacker();
  ~GelfUnpacker();
  GelfUnpacker(const GelfUnpacker&) = delete;
  GelfUnpacker& operator=(const GelfUnpacker&) = delete;

  /// False: it cannot be read, or has more than kReceivedBytesMax or that ratio allows.
  bool unpack(std::string_view packed, std::string_view& text);

 private:
  struct Zlib;
  bool inflate_all(std::string_view packed, int window_bits, std::string_view& text);

  std::unique_ptr<Zlib> zlib_;
  std::string room_;
};

}  // namespace tocsin
