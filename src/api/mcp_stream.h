// The reply to a request that takes work, while the work goes on: the connection's threads do not wait, and neither does a ping. Where the client reads a stream of events (it accepts
// text/event-stream) and the tool talks, it is a stream: messages of the log, questions to the client, and in the end the result. Else it is the result alone, as JSON. What the client
// answers to a question comes as a request of its own, with the question's id, and has to be of the same token. Safe from any thread.
//
//   auto stream = std::make_shared<McpStream>(asks, "ci", McpStream::Form::kEvents, level);
//   reply.pieces = stream->pieces();
//   … on another thread: tool.run({…, .talk = stream.get()}); stream->finish(rpc_result(id, …));
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/mcp_rpc.h"
#include "api/mcp_tool.h"
#include "collect/http_endpoint.h"

namespace tocsin::api {

/// Questions that wait for a client: each holds a thread that works.
inline constexpr std::size_t kAsksMax = 16;
/// For a person at the client to answer.
inline constexpr int kAskSeconds = 60;
/// Messages that wait for a client that reads slowly; further ones are left out, but for the result.
inline constexpr std::size_t kTalkBytesMax = 256 << 10;

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
  /// `asks` outlives it. Of the log, messages of `level` and above.
  McpStream(McpAsks& asks, std::string token, Form form, std::size_t level) : asks_(asks), token_(std::move(token)), form_(form), level_(level) {}

  void notify(std::string_view method, boost::json::object params) override;
  void log(std::string_view level, std::string_view words) override;
  Result<boost::json::object> ask(std::string_view method, boost::json::object params) override;
  /// The last message; nothing comes behind it.
  void finish(std::string message);
  /// What the connection asks for them.
  std::unique_ptr<HttpPieces> pieces();
  /// Becomes true when the client has gone, for what works for it.
  std::shared_ptr<const std::atomic<bool>> gone() const { return gone_; }

 private:
  class Pieces;
  void push(const std::string& message, bool last);
  void next(HttpPieces::Done done);
  void stop();

  McpAsks& asks_;
  const std::string token_;
  const Form form_;
  const std::size_t level_;
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);  // shared with what works, as HttpRequest has it
  std::mutex mutex_;
  std::string held_;       // guarded by mutex_: what the connection has not asked for yet
  HttpPieces::Done done_;  // guarded by mutex_: it has asked
  bool ended_ = false;     // guarded by mutex_
};

}  // namespace tocsin::api
