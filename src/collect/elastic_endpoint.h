// Elasticsearch behind an HTTP listener: who may send, _bulk and single documents into the Intake, and the questions around it (elastic_answers.h). A _bulk is
// answered when its records are safe: each item with 201, the record's number as _seq_no and, where the sender gave none, as _id; or with 429
// where there was no room, so that a shipper sends those again and only those. Safe from any thread; nothing fails.
//
//   ElasticEndpoint endpoint(intake, senders, env);
//   HttpListener::open(io, endpoint, env, {.address = "127.0.0.1:9200"});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "collect/http_endpoint.h"
#include "collect/intake.h"

namespace tocsin {

class ElasticEndpoint : public HttpEndpoint {
 public:
  ElasticEndpoint(Intake& intake, Senders& senders, Env& env) : intake_(intake), senders_(senders), env_(env) {}
  std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) override;
  void handle(HttpRequest request, HttpDone done) override;
  HttpReply problem(int status, std::string_view reason) override;

 private:
  struct Bulk;
  void submit(std::shared_ptr<Bulk> bulk);
  void answer(Bulk& bulk, const IntakeResult& result);

  Intake& intake_;
  Senders& senders_;
  Env& env_;
};

/// The token of a _bulk request: the password of Basic, the key of ApiKey (base64 of id and key, or the bare key), or Bearer. False if
/// there is none.
bool read_bulk_token(std::string_view authorization, std::string& token);

}  // namespace tocsin
