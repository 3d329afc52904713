// OTLP/HTTP logs behind an HTTP listener (OpenTelemetry Protocol 1.x, section OTLP/HTTP): POST /v1/logs in JSON and protobuf, tokens as "Authorization: Bearer", log records into the Intake. The
// answer is 200 when they are safe, and says how many of them were refused for good; 429 or 503 with Retry-After where there is no room, so that an exporter sends
// the same again. Safe from any thread; nothing fails.
//
//   OtlpEndpoint endpoint(intake, senders);
//   HttpListener::open(io, endpoint, env, {.address = "127.0.0.1:4318"});
#pragma once

#include <optional>
#include <string_view>

#include "collect/http_endpoint.h"
#include "collect/intake.h"

namespace tocsin {

/// Seconds that an exporter is asked to wait: the journal's queue is empty again after one.
inline constexpr int kOtlpRetrySeconds = 1;

class OtlpEndpoint : public HttpEndpoint {
 public:
  OtlpEndpoint(Intake& intake, Senders& senders) : intake_(intake), senders_(senders) {}
  std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) override;
  void handle(HttpRequest request, HttpDone done) override;
  HttpReply problem(int status, std::string_view reason) override;

 private:
  Intake& intake_;
  Senders& senders_;
};

}  // namespace tocsin
