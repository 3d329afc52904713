// The reply to a request that takes work, while the work goes on: the connection's threads do not wait, and neither does a ping. Where the client reads a stream of events (it accepts
// text/event-stream) and the tool talks, it is a stream: messages of the log, questions to the client, and in the end the result. Else it is the result alone, as JSON. What the client
// answers to a question comes as a request of its own, with the question's id, and has to be of the same token. A stream of events that is kept (McpStreams) goes on without its connection,
// and the client takes it up again where it was: each event has an id (HTML, "Server-sent events"; MCP, "Resumability and Redelivery"). Safe from any thread.
//
//   const auto stream = TRY(streams.make(asks, "ci", level));     // or std::make_shared<McpStream>(asks, "ci", McpStream::Form::kJson, level)
//   reply.pieces = stream->pieces();
//   … on another thread: tool.run({…, .talk = stream.get()}); stream->finish(rpc_result(id, …));
#pragma once

#include <atomic>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/mcp_rpc.h"
#include "api/mcp_tool.h"
#include "collect/http_endpoint.h"

namespace tocsin::api {

/// Questions that wait for a client: each holds a thread that works.
inline constexpr std::size_t kAsksMax = 16;
/// For a person at the client to answer.
inline constexpr int kAskSeconds = 60;
/// Messages of one reply; further ones are left out, but for the result.
inline constexpr std::size_t kTalkBytesMax = 256 << 10;
/// Streams that can be taken up again, the newest: as many as there are questions that wait. What nobody reads ends by itself, since every tool does.
inline constexpr std::size_t kStreamsKeptMax = 16;
/// After so long a client comes back.
inline constexpr int kStreamRetryMs = 1'000;

/// The levels of a log (RFC 5424, as MCP names them), the least first.
inline constexpr std::array<std::string_view, 8> kLogLevelWords = {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"};
/// Its place among them; nothing for another word.
std::optional<std::size_t> log_level_named(std::string_view word);

class McpAsks {
 public:
  /// `send` gets the question's id; `over` says that nobody will answer any more.
  Result<boost::json::object> ask(const std::string& token, const std::function<void(std::string_view id)>& send, const std::function<bool()>& over);
  /// An answer to nothing that was asked is left out.
  void answer(const std::string& token, const RpcMessage& response);
  /// Who waits is told so.
  void stop();

 private:
  struct Waiting {
    std::string token;
    std::optional<RpcMessage> response;
  };
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<std::string, Waiting, std::less<>> waiting_;  // guarded by mutex_, by id
  bool stopping_ = false;                                // guarded by mutex_
};

class McpStream : public McpTalk, public std::enable_shared_from_this<McpStream> {
 public:
  enum class Form : std::uint8_t { kJson, kEvents };
  /// `asks` outlives it. Of the log, messages of `level` and above. Without an `id` it ends with its connection.
  McpStream(McpAsks& asks, std::string token, Form form, std::size_t level, std::string id = "");

  void notify(std::string_view method, boost::json::object params) override;
  void log(std::string_view level, std::string_view words) override;
  Result<boost::json::object> ask(std::string_view method, boost::json::object params) override;
  void suspend() override;
  /// The last message; nothing comes behind it.
  void finish(std::string message);
  /// What a connection asks for them, from the event behind number `after` on. A connection that reads the stream already ends.
  std::unique_ptr<HttpPieces> pieces(std::uint64_t after = 0);
  /// Becomes true when nobody will read the result, for what works for it.
  std::shared_ptr<const std::atomic<bool>> gone() const { return gone_; }
  const std::string& id() const { return id_; }
  const std::string& token() const { return token_; }
  /// From now on it ends with its connection, and at once if it has none.
  void let_go();

 private:
  class Pieces;
  void push(const std::string& message, bool last);
  std::string unread();
  void next(std::uint64_t reader, HttpPieces::Done done);
  void stop(std::uint64_t reader);

  McpAsks& asks_;
  const std::string token_;
  const Form form_;
  const std::size_t level_;
  const std::string id_;
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);  // shared with what works, as HttpRequest has it
  std::mutex mutex_;  // guards all below
  std::vector<std::string> events_;  // all there were, the first is number 1
  std::size_t bytes_ = 0;            // of them
  std::size_t read_ = 0;             // so many of them the connection has
  std::size_t until_ = SIZE_MAX;     // so many of them it gets
  std::uint64_t reader_ = 0;         // which connection reads, the newest; 0: none did yet
  bool reading_ = false;             // it is there
  bool kept_;                        // the stream outlives it
  bool ended_ = false;
  HttpPieces::Done done_;            // it has asked
};

/// Those that can be taken up again.
class McpStreams {
 public:
  /// `asks` outlives it. kIo if there is no randomness.
  Result<std::shared_ptr<McpStream>> make(McpAsks& asks, const std::string& token, std::size_t level);
  /// What a client that had the event `last_event_id` reads next; nullptr if there is no such stream (any more), or it is another token's.
  std::unique_ptr<HttpPieces> take_up(const std::string& token, std::string_view last_event_id);

 private:
  std::mutex mutex_;
  std::deque<std::shared_ptr<McpStream>> kept_;  // guarded by mutex_; the oldest first
};

}  // namespace tocsin::api
