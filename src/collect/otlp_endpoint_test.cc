// OTLP/HTTP at its port.
#include "collect/otlp_endpoint.h"

#include <gtest/gtest.h>

#include "collect/http_listener.h"
#include "collect/net_fakes.h"
#include "collect/otlp_testing.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

const std::string kJsonType = "Content-Type: application/json\r\n", kProtoType = "Content-Type: application/x-protobuf\r\n";
const std::string kToken = "Authorization: Bearer secret-otlp\r\n";
const std::string kJson = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":1}},{"body":{"intValue":2}}]}]}]})";
const std::string kProto = proto_field(1, proto_field(2, proto_field(2, proto_field(5, proto_number(3, 3)))));

std::string post(const std::string& headers, const std::string& body, const std::string& path = "/v1/logs") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class OtlpPort : public ::testing::Test {
 protected:
  void SetUp() override {
    HttpSettings settings;
    settings.held_bytes_max = 4u << 20;
    auto listener = HttpListener::open(io_, endpoint_, Env::system(), settings);
    ASSERT_TRUE(listener);
    listener_ = std::move(*listener);
    threads_.emplace(io_);
  }
  void TearDown() override {
    intake_.release();
    listener_->stop();
    threads_.reset();
  }
  FakeReply ask(const std::string& request) {
    FakeClient client(listener_->address());
    client.send(request);
    return client.reply();
  }

  FakeIntake intake_;
  FakeSenders senders_;
  OtlpEndpoint endpoint_{intake_, senders_};
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(OtlpPort, EachEncodingIsAnsweredInItsOwn) {
  const FakeReply json = ask(post(kToken + kJsonType, kJson));
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, "{}");
  EXPECT_NE(json.head.find("Content-Type: application/json\r\n"), std::string::npos);
  const FakeReply proto = ask(post(kToken + kProtoType, kProto));
  EXPECT_EQ(proto.status, 200);
  EXPECT_EQ(proto.body, "");
  EXPECT_NE(proto.head.find("Content-Type: application/x-protobuf\r\n"), std::string::npos);
  EXPECT_EQ(ask(post(kToken + "Content-Type: Application/JSON; charset=utf-8\r\nContent-Encoding: gzip\r\n", packed(kJson))).status, 200);
  EXPECT_EQ(intake_.records(), (Texts{R"({"body":1})", R"({"body":2})", R"({"body":3})", R"({"body":1})", R"({"body":2})"}));
}

TEST_F(OtlpPort, NothingIsAnsweredBeforeItIsSafe) {
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient client(listener_->address());
  client.send(post(kToken + kJsonType, kJson));
  ASSERT_TRUE(intake_.wait_for_held(1));
  EXPECT_FALSE(client.has_more(50));
  intake_.release();
  EXPECT_EQ(client.reply().status, 200);
}

TEST_F(OtlpPort, WhereThereIsNoRoomTheSenderIsAskedToComeAgain) {
  for (const FakeIntake::Mode mode : {FakeIntake::Mode::kFull, FakeIntake::Mode::kFail}) {
    intake_.set(mode);
    const FakeReply reply = ask(post(kToken + kProtoType, kProto));
    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(reply.head.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_TRUE(reply.body.starts_with("\x08\x0e\x12")) << "google.rpc.Status, UNAVAILABLE";
  }
  EXPECT_EQ(intake_.refused(), 2u);
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(OtlpPort, WhatTheRecordsOfARequestShareIsChargedForEach) {
  const std::string shared(10'000, 'x');
  std::string records = "{}";
  for (int i = 0; i < 500; ++i) records += ",{}";
  const FakeReply reply =
      ask(post(kToken + kJsonType, R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":{"stringValue":")" + shared + R"("}}]},"scopeLogs":[{"logRecords":[)" + records + "]}]}]}"));
  EXPECT_EQ(reply.status, 429);
  EXPECT_NE(reply.head.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(intake_.refused(), 501u);
  EXPECT_TRUE(intake_.records().empty());
  EXPECT_EQ(ask(post(kToken + kJsonType, kJson)).status, 200);
}

TEST_F(OtlpPort, APartIsRejectedAndTheRestTaken) {
  const std::string large(kReceivedBytesMax, 'x');
  const FakeReply json = ask(post(kToken + kJsonType, R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":")" + large + R"("}},{"body":{"intValue":2}}]}]}]})"));
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, R"({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"a log record is too large"}})");
  const FakeReply proto = ask(post(kToken + kProtoType, proto_field(1, proto_field(2, proto_field(2, proto_field(5, proto_text(large)))))));
  EXPECT_EQ(proto.status, 200);
  EXPECT_EQ(proto.body, proto_field(1, proto_number(1, 1) + proto_field(2, "a log record is too large")));
  EXPECT_EQ(intake_.records(), Texts{R"({"body":2})"});
  EXPECT_EQ(intake_.refused(), 2u);
}

TEST_F(OtlpPort, WhatIsWrongIsSaid) {
  EXPECT_EQ(ask(post(kJsonType, kJson)).status, 401);
  EXPECT_EQ(ask(post("Authorization: Bearer secret-hec\r\n" + kJsonType, kJson)).status, 401);
  EXPECT_EQ(ask(post(kToken + kJsonType, kJson, "/v1/traces")).status, 404);
  const FakeReply get = ask("GET /v1/logs HTTP/1.1\r\nHost: h\r\n" + kToken + "\r\n");
  EXPECT_EQ(get.status, 405);
  EXPECT_NE(get.head.find("Allow: POST\r\n"), std::string::npos);
  EXPECT_EQ(ask(post(kToken + "Content-Type: text/plain\r\n", kJson)).status, 415);
  const FakeReply malformed = ask(post(kToken + kJsonType, "{"));
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(malformed.body, R"({"code":3,"message":"the body is no JSON object"})");
  EXPECT_EQ(ask(post(kToken + kProtoType, kProto.substr(1))).status, 400);
  EXPECT_TRUE(intake_.records().empty());
  EXPECT_EQ(intake_.refused(), 2u) << "of the malformed ones";
}

}  // namespace
}  // namespace tocsin
