// gzip (RFC 1952) by zlib: several members one after the other, zero bytes after the last. Anything else after it, a
// damaged member or an end in the middle of one is an error, after what came before it. One thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "collect/byte_stream.h"

namespace tocsin {

bool is_gzip(std::string_view head);
std::unique_ptr<ByteStream> make_gzip_stream(std::unique_ptr<ByteStream> source);
/// zlib's own format (RFC 1950), which HTTP calls "deflate"; the same rules.
std::unique_ptr<ByteStream> make_zlib_stream(std::unique_ptr<ByteStream> source);

}  // namespace tocsin
