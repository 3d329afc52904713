#include "collect/http_body.h"

#include <utility>

#include "base/text.h"
#include "collect/unpacked.h"

namespace tocsin {

Status unpack_http_body(std::string_view encoding, std::size_t bytes_max, std::string& body) {
  const std::string name = folded(encoding);
  if (name.empty() || name == "identity" || body.empty()) return {};
  const bool is_gzip = name == "gzip" || name == "x-gzip";
  if (!is_gzip && name != "deflate") return Error{Code::kUnsupported, "Content-Encoding is neither gzip nor deflate"};
  Result<std::string> text = unpacked(body, is_gzip ? Packing::kGzip : Packing::kZlib, bytes_max);
  if (!text && text.error().code == Code::kLimit) return Error{Code::kLimit, "the unpacked body is too large"};
  if (!text) return Error{Code::kInvalid, "the body is not what its Content-Encoding says: " + text.error().message};
  body = std::move(*text);
  return {};
}

}  // namespace tocsin
