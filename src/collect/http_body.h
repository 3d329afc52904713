// The body of a request as it was before the client compressed it. Used by the HTTP listener, once the packed body is whole. Pure, safe from
// any thread; what is no gzip, damaged or too large comes back as the reason to be told.
//
//   Status status = unpack_http_body(head.content_encoding, bytes_max, body);
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// Replaces `body` by what it unpacks to; `encoding` is the Content-Encoding: "gzip", "deflate" (zlib's format), "identity" or
/// nothing. kLimit if that is more than `bytes_max`, which stops the work there, so that a bomb costs no more than an honest body of
/// that size; deflate's own 1,032 to 1 bounds the ratio. kUnsupported for another encoding, kInvalid for damage.
Status unpack_http_body(std::string_view encoding, std::size_t bytes_max, std::string& body);

}  // namespace tocsin
