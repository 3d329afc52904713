#include "api/mcp_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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
  Pieces(std::shared_ptr<McpStream> stream, std::uint64_t reader) : stream_(std::move(stream)), reader_(reader) {}
  ~Pieces() override { stop(); }
  void next(Done done) override { stream_->next(reader_, std::move(done)); }
  void stop() override { stream_->stop(reader_); }

 private:
  const std::shared_ptr<McpStream> stream_;
  const std::uint64_t reader_;
};

/// The first event says under which id the stream goes on, whatever happens to the connection, and has no message.
McpStream::McpStream(McpAsks& asks, std::string token, Form form, std::size_t level, std::string id)
    : asks_(asks), token_(std::move(token)), form_(form), level_(level), id_(std::move(id)), kept_(!id_.empty()) {
  if (kept_) events_.push_back(fmt::format("id: {}-1\nretry: {}\ndata:\n\n", id_, kStreamRetryMs));
}

std::unique_ptr<HttpPieces> McpStream::pieces(std::uint64_t after) {
  HttpPieces::Done before;
  std::uint64_t reader = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    reader = ++reader_;
    reading_ = true;
    until_ = SIZE_MAX;
    read_ = static_cast<std::size_t>(std::min<std::uint64_t>(after, events_.size()));
    before.swap(done_);
  }
  if (before != nullptr) before("");
  return std::make_unique<Pieces>(shared_from_this(), reader);
}

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

void McpStream::suspend() {
  HttpPieces::Done done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!kept_) return;
    until_ = events_.size();
    done.swap(done_);
  }
  if (done != nullptr) done("");
}

void McpStream::finish(std::string message) { push(message, true); }

void McpStream::let_go() {
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_ = false;
  if (!reading_) *gone_ = true;
}

/// Of the events, all that the connection does not have; with mutex_ held.
std::string McpStream::unread() {
  std::string piece;
  for (; read_ < std::min(events_.size(), until_); ++read_) piece += events_[read_];
  return piece;
}

void McpStream::push(const std::string& message, bool last) {
  HttpPieces::Done done;
  std::string piece;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string id = id_.empty() ? "" : fmt::format("id: {}-{}\n", id_, events_.size() + 1);
    std::string event = form_ == Form::kJson ? message : fmt::format("{}event: message\ndata: {}\n\n", id, message);
    if (ended_ || *gone_ || (!last && bytes_ + event.size() > kTalkBytesMax)) return;
    bytes_ += event.size();
    events_.push_back(std::move(event));
    ended_ = last;
    if (done_ == nullptr) return;
    done.swap(done_);
    piece = unread();
  }
  done(std::move(piece));
}

void McpStream::next(std::uint64_t reader, HttpPieces::Done done) {
  std::string piece;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (reader == reader_) piece = unread();
    if (reader == reader_ && piece.empty() && !ended_ && !*gone_ && read_ < until_) {
      done_ = std::move(done);
      return;
    }
  }
  done(std::move(piece));
}

/// The connection may hold itself by what waits here.
void McpStream::stop(std::uint64_t reader) {
  HttpPieces::Done done;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (reader != reader_) return;  // another one has the stream
  reading_ = false;
  if (!kept_) *gone_ = true;
  done.swap(done_);
}

Result<std::shared_ptr<McpStream>> McpStreams::make(McpAsks& asks, const std::string& token, std::size_t level) {
  auto stream = std::make_shared<McpStream>(asks, token, McpStream::Form::kEvents, level, TRY(random_secret("")));
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_.push_back(stream);
  if (kept_.size() > kStreamsKeptMax) {
    kept_.front()->let_go();
    kept_.pop_front();
  }
  return stream;
}

std::unique_ptr<HttpPieces> McpStreams::take_up(const std::string& token, std::string_view last_event_id) {
  const std::size_t dash = std::min(last_event_id.rfind('-'), last_event_id.size());
  std::uint64_t after = 0;
  const std::string_view number = last_event_id.substr(std::min(dash + 1, last_event_id.size()));
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), after);
  if (error != std::errc() || end != number.data() + number.size()) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::ranges::find_if(kept_, [&](const auto& one) { return one->id() == last_event_id.substr(0, dash) && one->token() == token; });
  return found == kept_.end() ? nullptr : (*found)->pieces(after);
}

}  // namespace tocsin::api
