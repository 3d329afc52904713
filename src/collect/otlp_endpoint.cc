#include "collect/otlp_endpoint.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/text.h"
#include "collect/http_auth.h"
#include "collect/http_lines.h"
#include "collect/otlp_read.h"
#include "collect/protobuf.h"

namespace tocsin {

namespace {

constexpr std::string_view kJson = "application/json", kProto = "application/x-protobuf";

/// Of google.rpc.Code, those that are told.
enum class RpcCode : std::uint8_t { kInvalidArgument = 3, kNotFound = 5, kResourceExhausted = 8, kUnimplemented = 12, kUnavailable = 14, kUnauthenticated = 16 };

RpcCode code_for(int status) {
  switch (status) {
    case 401: return RpcCode::kUnauthenticated;
    case 404: return RpcCode::kNotFound;
    case 405: return RpcCode::kUnimplemented;
    case 429: return RpcCode::kResourceExhausted;
    case 503: return RpcCode::kUnavailable;
    default: return RpcCode::kInvalidArgument;
  }
}

/// A google.rpc.Status in the encoding of the request.
HttpReply refusal(int status, std::string_view reason, bool json = true) {
  HttpReply reply{.status = status, .content_type = json ? kJson : kProto};
  const auto code = static_cast<unsigned>(code_for(status));
  if (json) {
    reply.body = "{\"code\":" + std::to_string(code) + ",\"message\":\"";
    append_json_escaped(reply.body, reason);
    reply.body += "\"}";
  } else {
    append_protobuf_number(reply.body, 1, code);
    append_protobuf_bytes(reply.body, 2, reason);
  }
  if (status == 429 || status == 503) reply.headers = "Retry-After: " + std::to_string(kOtlpRetrySeconds) + "\r\n";
  if (status == 405) reply.headers = "Allow: POST\r\n";
  if (status == 401) reply.headers = "WWW-Authenticate: Bearer realm=\"tocsin\"\r\n";
  return reply;
}

/// An ExportLogsServiceResponse; what was refused for good is a partial success.
HttpReply success(const OtlpRead& read, bool json) {
  HttpReply reply{.content_type = json ? kJson : kProto};
  if (json) {
    reply.body = "{";
    if (read.rejected > 0) {
      reply.body += "\"partialSuccess\":{\"rejectedLogRecords\":\"" + std::to_string(read.rejected) + "\",\"errorMessage\":\"";
      append_json_escaped(reply.body, read.why);
      reply.body += "\"}";
    }
    reply.body += '}';
  } else if (read.rejected > 0) {
    std::string partial;
    append_protobuf_number(partial, 1, read.rejected);
    append_protobuf_bytes(partial, 2, read.why);
    append_protobuf_bytes(reply.body, 1, partial);
  }
  return reply;
}

/// "application/json; charset=utf-8" is application/json.
bool is_type(std::string_view header, std::string_view type) {
  header = header.substr(0, header.find(';'));
  while (header.ends_with(' ') || header.ends_with('\t')) header.remove_suffix(1);
  return same_http_word(header, type);
}

/// Copies records into a batch; remembers that one did not fit.
class BatchVisitor : public ReceivedVisitor {
 public:
  BatchVisitor(IntakeBatch& batch, const HttpRequest& request) : batch_(batch), request_(request) {}
  void record(const Received& received) override {
    if (!full_ && !batch_.add(received, request_.received, request_.peer)) full_ = true;
  }
  bool full() const { return full_; }

 private:
  IntakeBatch& batch_;
  const HttpRequest& request_;
  bool full_ = false;
};

}  // namespace

std::optional<HttpReply> OtlpEndpoint::admit(const HttpHead& head, Sender& sender) {
  std::string token;
  if (!read_auth_word(head.authorization, "bearer", token)) return refusal(401, "a token is needed: Authorization: Bearer TOKEN");
  const std::optional<Sender> found = senders_.by_token("otlp", token);
  if (!found) return refusal(401, "unknown token");
  sender = *found;
  return std::nullopt;
}

HttpReply OtlpEndpoint::problem(int status, std::string_view reason) { return refusal(status, reason); }

void OtlpEndpoint::handle(HttpRequest request, HttpDone done) {
  const bool json = is_type(request.head.content_type, kJson);
  if (request.head.path != "/v1/logs") return done(refusal(404, "only /v1/logs is served here"));
  if (request.head.method != "POST") return done(refusal(405, "logs are sent with POST"));
  if (!json && !is_type(request.head.content_type, kProto)) return done(refusal(415, "Content-Type is neither application/json nor application/x-protobuf"));
  const std::uint32_t source = request.sender.source;
  auto batch = std::make_unique<IntakeBatch>(source);
  BatchVisitor visitor(*batch, request);
  OtlpReader reader;
  const OtlpRead read = json ? reader.json(request.body, visitor) : reader.proto(request.body, visitor);
  const std::uint64_t all = read.records + read.rejected;
  if (read.malformed || visitor.full()) {
    intake_.refuse(source, std::max<std::uint64_t>(all, 1));
    return done(visitor.full() ? refusal(413, "too many log records in one request", json) : refusal(400, read.why, json));
  }
  // What all records of a request share is in each of them, so they may need far more room than it did.
  const bool crowded = request.crowded || !request.held->resize(request.body.size() + batch->memory());
  if (crowded && all > 0) {
    intake_.refuse(source, all);
    return done(refusal(429, "there is no memory for it now; send it again", json));
  }
  const auto finish = [this, source, json, read](const HttpDone& answer) {
    if (read.rejected > 0) intake_.refuse(source, read.rejected);
    answer(success(read, json));
  };
  if (read.records == 0) return finish(done);
  // Shared, since the Intake's callback has to be copyable: this function and that callback have it.
  const auto answer = std::make_shared<HttpDone>(std::move(done));
  const auto busy = [this, answer, source, json, all] {
    intake_.refuse(source, all);
    (*answer)(refusal(503, "there is no room for it now; send it again", json));
  };
  const bool taken = intake_.submit(std::move(batch), [answer, busy, finish](const IntakeResult& result) { result.safe ? finish(*answer) : busy(); });
  if (!taken) busy();
}

}  // namespace tocsin
