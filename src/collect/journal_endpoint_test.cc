// What systemd-journal-upload sends, at its port.
#include "collect/journal_endpoint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "collect/http_connection.h"
#include "collect/http_listener.h"
#include "collect/net_fakes.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

const std::string kHead = "POST /upload HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.fdo.journal\r\n";

std::string entry(int i) { return "__CURSOR=s=" + std::to_string(i) + "\n_HOSTNAME=web-01\nMESSAGE=m" + std::to_string(i) + "\n\n"; }
std::string record(int i) { return R"({"__CURSOR":"s=)" + std::to_string(i) + R"(","_HOSTNAME":"web-01","MESSAGE":"m)" + std::to_string(i) + R"("})"; }
std::string chunk(const std::string& bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

class JournalPort : public ::testing::Test {
 protected:
  void open(bool certificate_required = false, HttpSettings settings = {}) {
    endpoint_.emplace(SyslogContext{intake_, senders_, Env::system()}, certificate_required);
    settings.takers = &*endpoint_;
    auto listener = HttpListener::open(io_, *endpoint_, Env::system(), settings);
    ASSERT_TRUE(listener);
    listener_ = std::move(*listener);
    threads_.emplace(io_);
  }
  void TearDown() override {
    intake_.set(FakeIntake::Mode::kAnswer);
    intake_.release();
    listener_->stop();
    threads_.reset();
  }

  FakeIntake intake_;
  FakeSenders senders_;
  std::optional<JournalEndpoint> endpoint_;
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(JournalPort, EntriesAreTakenWhileTheRequestComes) {
  open();
  FakeClient client(listener_->address());
  const std::string first = entry(1), second = entry(2);
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(first + second.substr(0, 9)));
  ASSERT_TRUE(intake_.wait_for_records(1));
  EXPECT_FALSE(client.has_more(20)) << "the request is not over";
  client.send(chunk(second.substr(9)) + "0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 202);
  // The connection goes on.
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(entry(3)) + "0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 202);
  EXPECT_EQ(intake_.records(), (Texts{record(1), record(2), record(3)}));
  EXPECT_NE(intake_.details()[0].find("web-01"), std::string::npos);
}

TEST_F(JournalPort, AMoreThanLargestBodyIsTakenInChunksAndHeldNowhere) {
  HttpSettings settings;
  settings.body_bytes_max = 100'000;
  settings.held_bytes_max = 2 * kHttpPartsBytes;
  open(false, settings);
  FakeClient client(listener_->address());
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n");
  Texts expected;
  for (int i = 0; i < 20'000; i += 100) {
    std::string entries;
    for (int j = i; j < i + 100; ++j) {
      entries += entry(j);
      expected.push_back(record(j));
    }
    client.send(chunk(entries));
    EXPECT_LE(listener_->held_bytes(), kHttpPartsBytes);
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 202);
  EXPECT_TRUE(intake_.records() == expected);
  // With its length in front a body is as small as any.
  FakeClient other(listener_->address());
  other.send(kHead + "Content-Length: 100001\r\n\r\n");
  EXPECT_EQ(other.reply().status, 413);
}

TEST_F(JournalPort, ABodyWithALengthIsTakenToo) {
  open();
  FakeClient client(listener_->address());
  std::string body;
  for (int i = 0; i < 5'000; ++i) body += entry(i);
  client.send(kHead + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(client.reply().status, 202);
  EXPECT_EQ(intake_.records().size(), 5'000u);
  EXPECT_EQ(intake_.records().back(), record(4'999));
}

TEST_F(JournalPort, TheClientIsNotReadWhileABatchIsNotSafe) {
  open();
  intake_.set(FakeIntake::Mode::kFull);
  FakeClient client(listener_->address());
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(entry(1)) + "0\r\n\r\n");
  ASSERT_TRUE(intake_.wait_for_submits(3)) << "it is offered again";
  intake_.set(FakeIntake::Mode::kHold);
  ASSERT_TRUE(intake_.wait_for_held(1));
  EXPECT_FALSE(client.has_more(20));
  intake_.release();
  EXPECT_EQ(client.reply().status, 202);
  EXPECT_EQ(intake_.records(), Texts{record(1)});
  EXPECT_EQ(intake_.refused(), 0u);
}

TEST_F(JournalPort, WhatCannotBeKeptIsRefused) {
  open();
  intake_.set(FakeIntake::Mode::kFail);
  FakeClient client(listener_->address());
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(entry(1)));
  EXPECT_EQ(client.reply().status, 503);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(intake_.refused(), 1u);
}

TEST_F(JournalPort, DamageCostsOneEntry) {
  open();
  FakeClient client(listener_->address());
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(entry(1) + "no field\n\n" + entry(2)) + "0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 202);
  EXPECT_EQ(intake_.records(), (Texts{record(1), record(2)}));
  EXPECT_EQ(intake_.refused(), 1u);
}

TEST_F(JournalPort, StopEndsAnUploadWithAnError) {
  open();
  FakeClient client(listener_->address());
  client.send(kHead + "Transfer-Encoding: chunked\r\n\r\n" + chunk(entry(1)));
  ASSERT_TRUE(intake_.wait_for_records(1));
  listener_->stop();
  EXPECT_EQ(client.reply().status, 503) << "it sends all of the request again, to whom it finds then";
}

TEST_F(JournalPort, WhoMayNotSendAndWhatIsNoUploadIsRefused) {
  open(true);
  FakeClient client(listener_->address());
  client.send(kHead + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(client.reply().status, 403);
  JournalEndpoint endpoint({intake_, senders_, Env::system()}, true);
  HttpHead head;
  head.method = "POST";
  head.path = "/upload";
  head.content_type = "application/vnd.fdo.journal";
  Sender sender;
  senders_.know("print");
  EXPECT_EQ(endpoint.admit_shown(head, "other", sender)->status, 403);
  EXPECT_FALSE(endpoint.admit_shown(head, "print", sender));
  EXPECT_EQ(sender.name, "shipper");
  const auto status = [&](std::string HttpHead::* member, const std::string& value) {
    HttpHead changed = head;
    changed.*member = value;
    return endpoint.admit_shown(changed, "print", sender)->status;
  };
  EXPECT_EQ(status(&HttpHead::path, "/"), 404);
  EXPECT_EQ(status(&HttpHead::method, "PUT"), 405);
  EXPECT_EQ(status(&HttpHead::content_type, "text/plain"), 415);
  EXPECT_EQ(status(&HttpHead::content_encoding, "zstd"), 415);
}

}  // namespace
}  // namespace tocsin
