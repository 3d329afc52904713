// HTTP/1.0 and 1.1 requests (RFC 9112) out of the bytes of a connection: heads by Beast's parser, behind a check of our own that refuses
// whatever two readers could understand differently; bodies by their length or by ChunkedBody. One reader belongs to one connection
// and one thread. No sockets here; what comes out does not depend on how the bytes were cut into reads. A request that is refused has
// a status and a reason, and its connection has to be closed, since nobody knows where the next request would begin.
//
// Beast lets through, and the check refuses: lines that continue the one before (obs-fold); a Transfer-Encoding other than
// "chunked", which Beast takes for "no body"; one in HTTP/1.0; a Content-Length that comes twice or as a list; no Host or two; two of
// a header that is used here. Both lengths in one request, spaces before a colon, bare line feeds and control characters are refused by
// both or by Beast. Beast's parser of chunks is not used: where a chunk's head comes in pieces it may abort, or count the size again.
//
//   HttpRequestReader reader(kHttpBodyBytesMax);
//   switch (reader.feed(bytes)) {
//     case HttpStep::kMore: …                  // read on
//     case HttpStep::kHead: …                  // look at head(), then feed({})
//     case HttpStep::kWhole: take_body(), …    // then next(), and feed({}) with what the client sent ahead
//     case HttpStep::kBad: problem()
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "collect/http_chunks.h"

namespace tocsin {

/// The request line and all headers. Clients send 300 to 2,000 bytes; Elasticsearch takes 4 KiB of line and 16 KiB of headers.
inline constexpr std::size_t kHttpHeadBytesMax = 16 << 10;
/// Headers of one request; clients send about 10.
inline constexpr std::size_t kHttpHeadersMax = 64;

/// What a request says before its body. Copies.
struct HttpHead {
  std::string method, path, query;  // of the target, as they came; `query` without the question mark
  std::string host, authorization, content_encoding;
  std::string channel;  // X-Splunk-Request-Channel
  std::string cookie, origin, content_type, last_event_id, accept;
  std::string mcp_version;  // MCP-Protocol-Version
  std::string guard;  // X-Tocsin-Request: no page of another site can make a browser send it
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool http10 = false;
  bool keep_alive = false;
  bool expects_continue = false;
};

struct HttpProblem {
  int status = 0;
  std::string_view reason;  // static text
};

enum class HttpStep : std::uint8_t { kMore, kHead, kWhole, kBad };

/// What is wrong with a head, which ends with its empty line; nothing if only Beast has to judge it.
std::optional<HttpProblem> check_http_head(std::string_view head);

class HttpRequestReader {
 public:
  explicit HttpRequestReader(std::uint64_t body_bytes_max);
  ~HttpRequestReader();
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

  /// kHead comes once for each request, and nothing of its body is read before the next call.
  HttpStep feed(std::string_view bytes);
  /// Behind kHead: the body is taken while it comes, so no room is made for all of it.
  void take_in_parts() { parts_ = true; }
  /// Behind kWhole: the next request begins.
  void next();

  const HttpHead& head() const { return head_; }
  const HttpProblem& problem() const { return problem_; }
  std::size_t body_bytes() const { return body_.size(); }
  /// What came of it so far; behind a head, more may come.
  std::string take_body() { return std::exchange(body_, {}); }
  /// Nothing of a request was read yet.
  bool between() const { return !head_done_ && held_.empty(); }

 private:
  struct Parser;
  HttpStep read_head();
  HttpStep read_body(std::string_view bytes, std::size_t& used);
  bool fill_head();
  HttpStep bad(HttpProblem problem);
  HttpStep bad(int status, std::string_view reason) { return bad(HttpProblem{status, reason}); }

  const std::uint64_t body_bytes_max_;
  std::unique_ptr<Parser> parser_;
  std::string held_;  // what came and was not used yet
  std::size_t searched_ = 0;
  HttpHead head_;
  ChunkedBody chunks_{body_bytes_max_};
  std::string body_;
  std::uint64_t left_ = 0;  // of a body with a length
  bool head_done_ = false, blank_skipped_ = false, parts_ = false;
  HttpProblem problem_;
};

}  // namespace tocsin
