// HTTP/1 of a capture as lines in the shape of Zeek's http.log: a request with its answer, or alone. One object belongs to one thread and serves all flows; what waits is kept with each
// flow. Nothing fails: what is no HTTP ends the reading of that direction.
//
// Heads are read (RFC 9112, 2 to 5), bodies passed over by their Content-Length. Behind a body that is in chunks, or ends with the connection, behind an upgrade and a tunnel nothing more is read
// of that direction; requests are still written, without answers.
//
//   HttpLog http(out);
//   http.read(flow, side, text, time_ns, talk);
//   http.ended(flow, talk);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/tcp_text.h"
#include "collect/zeek_line.h"

namespace tocsin {

/// A request or answer up to its body; servers take 8 KB.
inline constexpr std::size_t kHttpLogHeadBytesMax = 16 << 10;
/// Requests of a connection that wait for their answers; browsers send six at most. The oldest is written without one for one more.
inline constexpr std::size_t kHttpLogWaitingMax = 16;

/// Whether text of who began is the beginning of a request; also if it is too short to tell.
bool may_be_http(std::string_view text);

struct HttpRequestSeen {
  std::int64_t time_ns = 0;
  std::uint64_t depth = 0, body_bytes = 0;
  std::string method = {}, uri = {}, version = {}, host = {}, user_agent = {}, referrer = {};
};

struct HttpTalk {
  std::vector<HttpRequestSeen> waiting;
  std::uint64_t depth = 0;
};

class HttpLog {
 public:
  explicit HttpLog(std::string& out) : out_(out) {}
  /// More of `text`, of who began (0) or the other.
  void read(Flow& flow, int side, TcpText& text, std::int64_t time_ns, HttpTalk& talk);
  void ended(const Flow& flow, HttpTalk& talk);

 private:
  struct Answer;
  bool request(Flow& flow, std::string_view head, std::int64_t time_ns, HttpTalk& talk, TcpText& text);
  bool answer(const Flow& flow, std::string_view head, HttpTalk& talk, TcpText& text);
  void write(const Flow& flow, const HttpRequestSeen& seen, const Answer* answer);

  std::string& out_;
};

}  // namespace tocsin
