// An answer of HTTP/1.1 (RFC 9112) out of the bytes of a connection that is used for one request: its status and its body, by length, in chunks, or up to the
// connection's end. No sockets here. One reader belongs to one answer; what comes out does not depend on how the bytes were cut. What two readers could
// understand differently is refused, and so is what is larger than it may be.
//
//   HttpAnswerReader reader(kAnswerBytesMax);
//   while (TRY(reader.feed(bytes)) == HttpAnswerReader::Step::kMore) …   // at the connection's end: reader.end()
//   reader.answer()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/http_chunks.h"

namespace tocsin::oidc {

/// Status line and headers.
inline constexpr std::size_t kAnswerHeadBytesMax = 32 << 10;

struct HttpAnswer {
  int status = 0;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case, as often as they came
};

class HttpAnswerReader {
 public:
  enum class Step : std::uint8_t { kMore, kWhole };
  /// `packed`: a body with a Content-Encoding is taken as it comes; else it is refused, since none was asked for.
  explicit HttpAnswerReader(std::uint64_t body_bytes_max, bool packed = false) : body_bytes_max_(body_bytes_max), packed_(packed), chunks_(body_bytes_max) {}

  /// After kWhole, or an error, it is not called again.
  Result<Step> feed(std::string_view bytes);
  /// The other side has ended the connection. kIo if the answer is not whole.
  Status end();
  HttpAnswer& answer() { return answer_; }

 private:
  Status read_head(std::string_view head);
  Status read_header(std::string_view name, std::string_view value);
  Result<Step> read_body();

  const std::uint64_t body_bytes_max_;
  const bool packed_;
  std::string held_;
  bool head_done_ = false, chunked_ = false;
  std::optional<std::uint64_t> length_;
  ChunkedBody chunks_;
  HttpAnswer answer_;
};

}  // namespace tocsin::oidc
