#include "api/mcp_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/secret.h"

namespace tocsin::api {

namespace json = boost::json;

std::optional<std::size_t> log_level_named(std::string_view word) {
  const auto found = std::ranges::find(kLogLevelWords, word);
  if (found == kLogLevelWords.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kLogLevelWords.begin());
}

Result<json::object> McpAsks::ask(const std::string& token, const std::function<void(std::string_view id)>& send, const std::function<bool()>& over) {
  const std::string id = TRY(random_secret("ask-"));  // nobody else can answer
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.size() >= kAsksMax) return Error{Code::kLimit, fmt::format("{} questions wait for an answer already, which is the most", kAsksMax)};
    waiting_[id].token = token;
  }
  send(id);
  std::unique_lock<std::mutex> lock(mutex_);
  constexpr int kLookMs = 100;  // for a client that has gone
  const auto answered = [&] { return stopping_ || waiting_[id].response.has_value(); };
  for (int waited = 0; waited < kAskSeconds * 1'000 && !answered() && !over(); waited += kLookMs) answered_.wait_for(lock, std::chrono::milliseconds(kLookMs), answered);
  const std::optional<RpcMessage> response = std::move(waiting_[id].response);
  waiting_.erase(id);
  if (response && !response->failed) return response->result;
  if (response) return Error{Code::kInvalid, "the client refuses to answer"};
  if (stopping_ || over()) return Error{Code::kIo, "the client has gone, or the service stops"};
  return Error{Code::kLimit, fmt::format("the client has not answered within {} seconds", kAskSeconds)};
}

void McpAsks::answer(const std::string& token, const RpcMessage& response) {
  const json::string* const id = response.id.if_string();
  if (id == nullptr) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = waiting_.find(std::string_view(id->data(), id->size()));
  if (found == waiting_.end() || found->second.token != token || found->second.response) return;
  found->second.response = response;
  answered_.notify_all();
}

void McpAsks::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  answered_.notify_all();
}

/// Of the stream, which may outlive its connection.
class McpStream::Pieces : public HttpPieces {
 public:
  explicit Pieces(std::shared_ptr<McpStream> stream) : stream_(std::move(stream)) {}
  ~Pieces() override { stop(); }
  void next(Done done) override { stream_->next(std::move(done)); }
  void stop() override { stream_->stop(); }

 private:
  const std::shared_ptr<McpStream> stream_;
};

std::unique_ptr<HttpPieces> McpStream::pieces() { return std::make_unique<Pieces>(shared_from_this()); }

void McpStream::notify(std::string_view method, json::object params) {
  if (form_ == Form::kEvents) push(rpc_notification(method, std::move(params)), false);
}

void McpStream::log(std::string_view level, std::string_view words) {
  if (log_level_named(level).value_or(0) < level_) return;
  notify("notifications/message", {{"level", json::string_view(level.data(), level.size())}, {"logger", "tocsin"}, {"data", json::string_view(words.data(), words.size())}});
}

Result<json::object> McpStream::ask(std::string_view method, json::object params) {
  if (form_ != Form::kEvents) return Error{Code::kUnsupported, "the client reads no stream, so it cannot be asked"};
  return asks_.ask(token_, [&](std::string_view id) { push(rpc_request(id, method, std::move(params)), false); }, [this] { return gone_->load(); });
}

void McpStream::finish(std::string message) { push(message, true); }

void McpStream::push(const std::string& message, bool last) {
  HttpPieces::Done done;
  std::string piece;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_ || *gone_ || (!last && held_.size() + message.size() > kTalkBytesMax)) return;
    held_ += form_ == Form::kJson ? message : "event: message\ndata: " + message + "\n\n";
    ended_ = last;
    if (done_ == nullptr) return;
    done.swap(done_);
    piece.swap(held_);
  }
  done(std::move(piece));
}

void McpStream::next(HttpPieces::Done done) {
  std::string piece;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (held_.empty() && !ended_ && !*gone_) {
      done_ = std::move(done);
      return;
    }
    piece.swap(held_);
  }
  done(std::move(piece));
}

/// The connection may hold itself by what waits here.
void McpStream::stop() {
  HttpPieces::Done done;
  const std::lock_guard<std::mutex> lock(mutex_);
  *gone_ = true;
  done.swap(done_);
}

}  // namespace tocsin::api
