// For tests: text as gzip and zlib pack it.
//
//   env.add_file("app.log.gz", packed("a line\n"));
#pragma once

#include <zlib.h>

#include <string>

namespace tocsin {

/// `window_bits` 31: gzip, 15: zlib.
inline std::string packed(const std::string& text, int window_bits = 31) {
  z_stream zlib{};
  deflateInit2(&zlib, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&zlib, text.size()), 0);
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  deflate(&zlib, Z_FINISH);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

}  // namespace tocsin
