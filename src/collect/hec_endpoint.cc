#include "collect/hec_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "collect/hec_events.h"

namespace tocsin {

namespace {

HttpReply hec_reply(const HecReply& said) {
  HttpReply reply;
  reply.status = append_hec_reply(reply.body, said);
  if (reply.status == 401) reply.headers = "WWW-Authenticate: Basic realm=\"tocsin\"\r\n";
  return reply;
}

/// A refusal for which Splunk has no code of its own, in its shape.
HttpReply hec_text(int status, std::string_view text) {
  HttpReply reply{.status = status};
  reply.body = "{\"text\":\"";
  append_json_escaped(reply.body, text);
  reply.body += "\",\"code\":" + std::to_string(status) + "}";
  return reply;
}

/// Copies records into a batch; remembers that one did not fit.
class BatchVisitor : public ReceivedVisitor {
 public:
  BatchVisitor(IntakeBatch& batch, const HttpRequest& request) : batch_(batch), request_(request) {}
  void record(const Received& received) override {
    ++records_;
    if (records_ > HecEndpoint::kHecEventsMax) full_ = true;
    if (!full_ && !batch_.add(received, request_.received, request_.peer)) full_ = true;
  }
  std::uint64_t records() const { return records_; }
  bool full() const { return full_; }

 private:
  IntakeBatch& batch_;
  const HttpRequest& request_;
  std::uint64_t records_ = 0;
  bool full_ = false;
};

}  // namespace

std::uint64_t HecAcks::give(std::uint32_t source, std::string_view channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [found, is_new] = next_.try_emplace(Key(source, channel), 0);
  const std::uint64_t id = found->second++;
  if (!is_new) return id;
  order_.push_back(found->first);
  if (order_.size() > kHecChannelsMax) {
    next_.erase(order_.front());
    order_.pop_front();
  }
  return id;
}

bool HecAcks::given(std::uint32_t source, std::string_view channel, std::uint64_t id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = next_.find(Key(source, channel));
  return found != next_.end() && id < found->second;
}

std::optional<HttpReply> HecEndpoint::admit(const HttpHead& head, Sender& sender) {
  const HecRoute route = hec_route(head.method, head.path);
  if (route == HecRoute::kHealth) {  // as with Splunk, load balancers ask without a token
    const bool has_body = head.chunked || head.length.value_or(0) > 0;
    return has_body ? std::optional(hec_text(413, "a question about health has no body")) : std::nullopt;
  }
  std::string token;
  const HecCode code = read_hec_token(head.authorization, token);
  if (code != HecCode::kSuccess) {
    HecQuery query;
    const bool in_query = code == HecCode::kTokenRequired && read_hec_query(head.query, query) && !query.token.empty();
    return hec_reply({.code = in_query ? HecCode::kQueryTokenDisabled : code});
  }
  const std::optional<Sender> found = senders_.by_token("hec", token);
  if (!found) return hec_reply({.code = HecCode::kInvalidToken});
  sender = *found;
  return std::nullopt;
}

HttpReply HecEndpoint::problem(int status, std::string_view reason) {
  if (status == 429 || status == 503) return hec_reply({.code = HecCode::kServerBusy});
  return hec_text(status, reason);
}

void HecEndpoint::handle(HttpRequest request, HttpDone done) {
  const HecRoute route = hec_route(request.head.method, request.head.path);
  if (route == HecRoute::kHealth) return done(hec_reply({.code = HecCode::kHealthy}));
  if (route == HecRoute::kUnknown || route == HecRoute::kWrongMethod) {
    HttpReply reply;
    reply.status = append_hec_no_route(reply.body, route);
    return done(std::move(reply));
  }
  HecQuery query;
  if (!read_hec_query(request.head.query, query)) return done(hec_text(400, "the query is malformed"));
  const std::string channel = folded(request.head.channel.empty() ? query.channel : request.head.channel);
  if (!channel.empty() && !is_hec_channel(channel)) return done(hec_reply({.code = HecCode::kInvalidChannel}));
  if (route == HecRoute::kAck) return done(acks(request, channel));
  data(request, query, route, channel, std::move(done));
}

HttpReply HecEndpoint::acks(const HttpRequest& request, std::string_view channel) {
  if (channel.empty()) return hec_reply({.code = HecCode::kChannelMissing});
  std::vector<std::uint64_t> ids;
  if (const HecCode code = read_hec_acks(request.body, ids); code != HecCode::kSuccess)
    return hec_reply({.code = code});
  std::vector<HecAck> answers;
  for (const std::uint64_t id : ids)
    answers.push_back({.id = id, .done = acks_.given(request.sender.source, channel, id)});
  HttpReply reply;
  append_hec_acks(reply.body, answers);
  return reply;
}

/// Data that was read and is not safe yet.
struct HecEndpoint::Data {
  std::uint32_t source = 0;
  std::uint64_t records = 0;
  std::string channel;
  HecReply reply;
  HttpDone done;
};

void HecEndpoint::data(HttpRequest& request, const HecQuery& query, HecRoute route, std::string_view channel,
                       HttpDone done) {
  const std::uint32_t source = request.sender.source;
  auto batch = std::make_unique<IntakeBatch>(source);
  BatchVisitor visitor(*batch, request);
  HecEventReader reader;
  const HecReply reply = route == HecRoute::kRaw ? read_hec_lines(request.body, query.metadata(), visitor)
                                                 : reader.read(request.body, query.metadata(), visitor);
  // What the reader stopped at is one record that is told "no"; how many follow it nobody knows.
  const std::uint64_t bad = reply.event_number ? 1 : 0;
  if (request.crowded || visitor.full()) {
    intake_.refuse(source, visitor.records() + bad);
    return done(visitor.full() ? hec_text(413, "too many events in one request")
                               : hec_reply({.code = HecCode::kServerBusy}));
  }
  if (bad > 0) intake_.refuse(source, bad);
  if (visitor.records() == 0) return done(hec_reply(reply));
  // Shared, since the Intake's callback has to be copyable: this function and that callback have it.
  auto data = std::make_shared<Data>(Data{source, visitor.records(), std::string(channel), reply, std::move(done)});
  const auto refuse = [this](Data& refused) {
    intake_.refuse(refused.source, refused.records);
    refused.done(hec_reply({.code = HecCode::kServerBusy}));
  };
  const bool taken = intake_.submit(std::move(batch), [this, data, refuse](const IntakeResult& result) {
    if (!result.safe) return refuse(*data);
    if (!data->channel.empty() && data->reply.code == HecCode::kSuccess) {
      data->reply.ack_id = acks_.give(data->source, data->channel);
    }
    data->done(hec_reply(data->reply));
  });
  if (!taken) refuse(*data);
}

}  // namespace tocsin
