#include "collect/http_listener.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/memory_env.h"
#include "collect/elastic_endpoint.h"
#include "collect/hec_endpoint.h"
#include "collect/http_connection.h"
#include "collect/net_fakes.h"

namespace tocsin {
namespace {

const std::string kChannel = "11111111-2222-3333-4444-555555555555";
const std::string kItems =
    "{\"create\":{\"_index\":\"logs\"}}\n{\"a\":1}\n{\"index\":{\"_index\":\"logs\",\"_id\":\"x\"}}\n{\"a\":2}\n";

std::string post(const std::string& path, const std::string& headers, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}
std::string bulk(const std::string& body, const std::string& headers = "") {
  return post("/_bulk", "Authorization: Bearer secret-bulk\r\n" + headers, body);
}
std::string hec(const std::string& path, const std::string& body, const std::string& headers = "") {
  return post(path, "Authorization: Splunk secret-hec\r\n" + headers, body);
}

class Http : public ::testing::Test {
 protected:
  void open(const HttpSettings& settings = {}) {
    elastic_ = open(elastic_endpoint_, settings);
    hec_ = open(hec_endpoint_, settings);
    threads_.emplace(io_);
  }
  std::unique_ptr<HttpListener> open(HttpEndpoint& endpoint, const HttpSettings& settings) {
    auto listener = HttpListener::open(io_, endpoint, *env_, settings);
    EXPECT_TRUE(listener) << listener.error().message;
    return std::move(*listener);
  }
  /// Joins the threads, which end when nothing is left to do.
  void TearDown() override {
    intake_.release();
    if (elastic_ != nullptr) elastic_->stop();
    if (hec_ != nullptr) hec_->stop();
    threads_.reset();
  }

  Env* env_ = &Env::system();
  FakeIntake intake_;
  FakeSenders senders_;
  ElasticEndpoint elastic_endpoint_{intake_, senders_, *env_};
  HecEndpoint hec_endpoint_{intake_, senders_};
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> elastic_, hec_;
  std::optional<FakeThreads> threads_;
};

TEST_F(Http, BulkIsAnsweredItemByItem) {
  open();
  FakeClient client(elastic_->address());
  client.send(bulk(kItems + "{\"delete\":{\"_index\":\"l\",\"_id\":\"1\"}}\n"));
  const FakeReply reply = client.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.head.find("X-elastic-product: Elasticsearch\r\n"), std::string::npos);
  EXPECT_NE(reply.body.find("\"_id\":\"0\""), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("\"_id\":\"x\""), std::string::npos);
  EXPECT_NE(reply.body.find("\"_seq_no\":1"), std::string::npos);
  EXPECT_NE(reply.body.find("\"status\":400"), std::string::npos);
  EXPECT_EQ(intake_.records(), (std::vector<std::string>{"{\"a\":1}", "{\"a\":2}"}));
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(intake_.refused(), 1);
}

TEST_F(Http, OneDocumentAloneIsTakenToo) {
  open();
  FakeClient client(elastic_->address());
  const std::string token = "Authorization: Bearer secret-bulk\r\n";
  client.send(post("/logs/_doc", token, "{\n\"a\":1}"));
  const FakeReply reply = client.reply();
  EXPECT_EQ(reply.status, 201);
  EXPECT_NE(reply.body.find("\"_id\":\"0\""), std::string::npos) << reply.body;
  client.send(post("/logs/_doc", token, "{"));
  EXPECT_EQ(client.reply().status, 400);
  intake_.set(FakeIntake::Mode::kFull);
  client.send(post("/logs/_doc", token, "{}"));
  EXPECT_EQ(client.reply().status, 429);
  EXPECT_EQ(intake_.records().size(), 1);
  EXPECT_EQ(intake_.refused(), 2);
}

TEST_F(Http, NothingIsAnsweredBeforeItIsSafe) {
  open();
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient client(elastic_->address());
  client.send(bulk(kItems));
  ASSERT_TRUE(intake_.wait_for_held(1));
  EXPECT_FALSE(client.has_more(20));
  intake_.release();
  EXPECT_EQ(client.reply().status, 200);
}

TEST_F(Http, WhatDoesNotFitIsRefusedAndCounted) {
  open();
  FakeClient elastic(elastic_->address()), hec_client(hec_->address());
  for (const auto mode : {FakeIntake::Mode::kFull, FakeIntake::Mode::kFail}) {
    intake_.set(mode);
    const std::uint64_t before = intake_.refused();
    elastic.send(bulk(kItems));
    const FakeReply reply = elastic.reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_NE(reply.body.find("\"errors\":true"), std::string::npos);
    EXPECT_NE(reply.body.find("\"status\":429"), std::string::npos);
    EXPECT_EQ(reply.body.find("\"status\":201"), std::string::npos);
    EXPECT_EQ(intake_.refused(), before + 2);
    hec_client.send(hec("/services/collector/event", "{\"event\":1}{\"event\":2}{\"event\":3}"));
    const FakeReply busy = hec_client.reply();
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.body, "{\"text\":\"Server is busy\",\"code\":9}");
    EXPECT_EQ(intake_.refused(), before + 5);
  }
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(Http, TokensDecide) {
  open();
  const auto status = [](const HttpListener& listener, const std::string& path, const std::string& authorization) {
    FakeClient client(listener.address());
    client.send(post(path, authorization.empty() ? "" : "Authorization: " + authorization + "\r\n", kItems));
    return client.reply();
  };
  EXPECT_EQ(status(*elastic_, "/_bulk", "Basic dTpzZWNyZXQtYnVsaw==").status, 200);  // u:secret-bulk
  EXPECT_EQ(status(*elastic_, "/_bulk", "ApiKey dTpzZWNyZXQtYnVsaw==").status, 200);
  EXPECT_EQ(status(*elastic_, "/_bulk", "ApiKey secret-bulk").status, 200);
  EXPECT_EQ(status(*elastic_, "/_bulk", "bearer secret-bulk").status, 200);
  for (const char* bad : {"", "Bearer secret-hec", "Bearer", "Basic !", "Splunk secret-bulk"}) {
    const FakeReply reply = status(*elastic_, "/_bulk", bad);
    EXPECT_EQ(reply.status, 401) << bad;
    EXPECT_NE(reply.head.find("WWW-Authenticate: Basic"), std::string::npos);
    EXPECT_NE(reply.body.find("security_exception"), std::string::npos);
    EXPECT_NE(reply.head.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(status(*hec_, "/services/collector/raw", "Splunk secret-hec").status, 200);
  EXPECT_EQ(status(*hec_, "/services/collector/raw", "Splunk other").body, "{\"text\":\"Invalid token\",\"code\":4}");
  EXPECT_EQ(status(*hec_, "/services/collector/raw", "").body, "{\"text\":\"Token is required\",\"code\":2}");
  EXPECT_EQ(status(*hec_, "/services/collector/raw?token=secret-hec", "").status, 400);
}

TEST_F(Http, QuestionsAreAnsweredAndAHeadHasNoBody) {
  open();
  FakeClient client(elastic_->address());
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret-bulk\r\n\r\n");
  const FakeReply head = client.reply(true);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret-bulk\r\n\r\n");
  const FakeReply get = client.reply();
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(head.head, get.head);
  EXPECT_NE(get.body.find("You Know, for Search"), std::string::npos);
}

TEST_F(Http, HecAcknowledgesByChannel) {
  open();
  FakeClient client(hec_->address());
  const std::string channel = "X-Splunk-Request-Channel: " + kChannel + "\r\n";
  client.send(hec("/services/collector/event", "{\"event\":\"e\"}", channel));
  EXPECT_EQ(client.reply().body, "{\"text\":\"Success\",\"code\":0,\"ackId\":0}");
  client.send(hec("/services/collector/ack?channel=" + kChannel, "{\"acks\":[0,1]}"));
  EXPECT_EQ(client.reply().body, "{\"acks\":{\"0\":true,\"1\":false}}");
  client.send(hec("/services/collector/ack", "{\"acks\":[0]}"));
  EXPECT_EQ(client.reply().body, "{\"text\":\"Data channel is missing\",\"code\":10}");
  client.send("GET /services/collector/health HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.reply().status, 200);
  client.send(hec("/services/collector/event", "{\"event\":\"f\"}{\"event\":"));
  EXPECT_EQ(client.reply().body, "{\"text\":\"Invalid data format\",\"code\":6,\"invalid-event-number\":1}");
  EXPECT_EQ(intake_.records(), (std::vector<std::string>{"e", "f"}));
}

TEST(HecAcks, ChannelsAreBounded) {
  HecAcks acks;
  for (std::size_t i = 0; i <= HecAcks::kHecChannelsMax; ++i) EXPECT_EQ(acks.give(1, std::to_string(i)), 0);
  EXPECT_FALSE(acks.given(1, "0", 0));
  EXPECT_TRUE(acks.given(1, "1", 0));
  EXPECT_FALSE(acks.given(2, "1", 0));
  EXPECT_FALSE(acks.given(1, "1", 1));
}

TEST_F(Http, ARequestMayComeByteByByte) {
  open();
  FakeClient client(elastic_->address());
  const std::string request = bulk(kItems);
  for (const char byte : request) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.reply().status, 200);
  EXPECT_EQ(intake_.records().size(), 2);
}

TEST_F(Http, RequestsSentAheadAreAnsweredInTheirOrder) {
  open();
  FakeClient client(hec_->address());
  std::string all, expected;
  const std::string channel = "X-Splunk-Request-Channel: " + kChannel + "\r\n";
  for (int i = 0; i < 20; ++i) all += hec("/services/collector/raw", "line\n", channel);
  client.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.reply().body, "{\"text\":\"Success\",\"code\":0,\"ackId\":" + std::to_string(i) + "}");
  }
}

TEST_F(Http, WhatIsMalformedIsRefusedInTheProtocolsWordsAndEndsTheConnection) {
  open();
  for (const std::string bad :
       {"POST /_bulk HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 tls\r\n\r\n"}) {
    FakeClient client(elastic_->address());
    client.send(bad + bulk(kItems));
    const FakeReply reply = client.reply();
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("\"error\""), std::string::npos);
    client.end();
    EXPECT_TRUE(client.ended());
  }
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(Http, ATooLargeBodyIsRefusedBeforeItIsRead) {
  open();
  FakeClient client(elastic_->address());
  client.send(
      "POST /_bulk HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret-bulk\r\nExpect: "
      "100-continue\r\nContent-Length: " +
      std::to_string(kHttpBodyBytesMax + 1) + "\r\n\r\n");
  EXPECT_EQ(client.reply().status, 413);
  FakeClient waiting(elastic_->address());
  const std::string request = bulk(kItems, "Expect: 100-continue\r\n");
  waiting.send(request.substr(0, request.size() - kItems.size()));
  EXPECT_EQ(waiting.reply(true).status, 100);
  waiting.send(kItems);
  EXPECT_EQ(waiting.reply().status, 200);
}

TEST_F(Http, PackedBodiesAreReadAndBombsAreNot) {
  HttpSettings settings;
  settings.body_bytes_max = 4 << 10;
  open(settings);
  // `printf 'a line\n' | gzip -n`.
  const std::string line("\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x54\xc8\xc9\xcc\x4b\xe5\x02\0\x0a\x2f\xfb\x17\x07\0\0\0",
                         27);
  FakeClient client(hec_->address());
  client.send(hec("/services/collector/raw", line, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(client.reply().status, 200);
  EXPECT_EQ(intake_.records(), (std::vector<std::string>{"a line"}));
  std::string bomb(200, 0);
  uLongf size = bomb.size();
  const std::string zeros(100'000, 0);
  compress(reinterpret_cast<Bytef*>(bomb.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()), zeros.size());
  bomb.resize(size);
  client.send(hec("/services/collector/raw", bomb, "Content-Encoding: deflate\r\n"));
  EXPECT_EQ(client.reply().status, 413);
  client.send(hec("/services/collector/raw", line, "Content-Encoding: deflate\r\n"));
  EXPECT_EQ(client.reply().status, 400);
  client.send(hec("/services/collector/raw", line, "Content-Encoding: br\r\n"));
  EXPECT_EQ(client.reply().status, 415);
}

TEST_F(Http, ARequestWaitsForMemoryAndOneThatIsTooSlowIsRefused) {
  HttpSettings settings;
  settings.held_bytes_max = 2 << 20;  // one of the two bodies leaves less than itself
  settings.request_ms = 300;
  open(settings);
  intake_.set(FakeIntake::Mode::kHold);
  const std::string body = "{\"index\":{\"_index\":\"l\"}}\n{\"a\":\"" + std::string(900 << 10, 'x') + "\"}\n";
  FakeClient first(elastic_->address());
  first.send(bulk(body));
  ASSERT_TRUE(intake_.wait_for_held(1));
  FakeClient second(elastic_->address());
  const std::string request = bulk(body);
  second.send(std::string_view(request).substr(0, 300));
  EXPECT_EQ(second.reply().status, 429);
  intake_.release();
  EXPECT_EQ(first.reply().status, 200);
  FakeClient third(elastic_->address());
  third.send(std::string_view(request).substr(0, 300));
  EXPECT_EQ(third.reply().status, 408);
  third.end();
  EXPECT_TRUE(third.ended());
}

TEST_F(Http, WhoGuessesTokensIsAnsweredLateAndWhoHasOneIsNot) {
  MemoryEnv stopped_clock;
  env_ = &stopped_clock;
  HttpSettings settings;
  settings.guess_delay_ms = kFakeWaitMs;
  settings.stop_ms = 1;
  open(settings);
  for (std::uint32_t i = 0; i < kGuessesPerMinuteMax; ++i) {
    FakeClient client(elastic_->address());
    client.send(post("/_bulk", "Authorization: Bearer guess-" + std::to_string(i) + "\r\n", kItems));
    EXPECT_EQ(client.reply().status, 401);
  }
  FakeClient guesser(elastic_->address()), nobody(elastic_->address()), sender(elastic_->address());
  guesser.send(post("/_bulk", "Authorization: Bearer one-more\r\n", kItems));
  EXPECT_FALSE(guesser.has_more(50));
  nobody.send(post("/_bulk", "", kItems));
  EXPECT_EQ(nobody.reply().status, 401) << "no token is no guess";
  sender.send(bulk(kItems));
  EXPECT_EQ(sender.reply().status, 200);
  stopped_clock.advance_us(60'000'000);
  FakeClient later(elastic_->address());
  later.send(post("/_bulk", "Authorization: Bearer one-more\r\n", kItems));
  EXPECT_EQ(later.reply().status, 401);
}

TEST_F(Http, WhoHoldsMemoryLeavesSomeForTheOthers) {
  HttpSettings settings;
  settings.held_bytes_max = 4 << 20;
  settings.stop_ms = 1;
  open(settings);
  class TwoSenders : public FakeSenders {
    std::optional<Sender> by_token(std::string_view input, std::string_view token) override {
      if (token == "other") return Sender{.name = "other", .source = 7};
      return FakeSenders::by_token(input, token);
    }
  } senders;
  ElasticEndpoint endpoint(intake_, senders, *env_);
  const std::unique_ptr<HttpListener> listener = open(endpoint, settings);
  const std::string body = "{\"index\":{\"_index\":\"l\"}}\n{\"a\":\"" + std::string(900 << 10, 'x') + "\"}\n";
  const std::string request = bulk(body);
  // Bodies that never end: of three the third finds too much held already, and waits unread.
  FakeClient first(listener->address()), second(listener->address()), third(listener->address());
  for (FakeClient* slow : {&first, &second, &third}) slow->send(std::string_view(request).substr(0, 300));
  for (int i = 0; i < kFakeWaitMs && listener->held_bytes() < 2 * body.size(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  FakeClient other(listener->address());
  other.send(post("/_bulk", "Authorization: Bearer other\r\n", body));
  EXPECT_EQ(other.reply().status, 200);
  const std::size_t two = 2 * (request.size() + kHttpReadBytes);
  for (int i = 0; i < kFakeWaitMs && listener->held_bytes() > two; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_LE(listener->held_bytes(), two);
  for (FakeClient* slow : {&first, &second, &third}) slow->end();
  for (FakeClient* slow : {&first, &second}) EXPECT_TRUE(slow->ended());
  listener->stop();
  TearDown();
}

TEST_F(Http, AnIdleConnectionEnds) {
  HttpSettings settings;
  settings.idle_ms = 50;
  open(settings);
  FakeClient client(elastic_->address());
  EXPECT_TRUE(client.ended());
}

TEST_F(Http, AThousandIdleConnectionsAreBounded) {
  HttpSettings settings;
  settings.connections_max = 50;
  open(settings);
  std::vector<std::unique_ptr<FakeClient>> idle;
  for (int i = 0; i < 900; ++i) idle.push_back(std::make_unique<FakeClient>(elastic_->address()));
  for (int i = 50; i < 900; ++i) EXPECT_TRUE(idle[i]->ended()) << i;
  EXPECT_EQ(elastic_->connections(), 50);
  EXPECT_EQ(elastic_->turned_away(), 850);
  idle[0]->send(bulk(kItems));
  EXPECT_EQ(idle[0]->reply().status, 200);
}

TEST_F(Http, OneAddressCannotTakeAllPlaces) {
  HttpSettings settings;
  settings.peer_connections_max = 2;
  open(settings);
  FakeClient first(elastic_->address()), second(elastic_->address()), third(elastic_->address());
  EXPECT_TRUE(third.ended());
  second.send(bulk(kItems));
  EXPECT_EQ(second.reply().status, 200);
}

TEST_F(Http, StopAnswersWhatIsUnderWay) {
  open();
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient busy(elastic_->address()), idle(elastic_->address());
  busy.send(bulk(kItems));
  ASSERT_TRUE(intake_.wait_for_held(1));
  elastic_->stop();
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(FakeClient(elastic_->address()).connected());
  intake_.release();
  const FakeReply reply = busy.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.head.find("Connection: close"), std::string::npos);
}

TEST_F(Http, StopDoesNotWaitForeverAndALateAnswerHurtsNothing) {
  HttpSettings settings;
  settings.stop_ms = 50;
  open(settings);
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient busy(elastic_->address());
  busy.send(bulk(kItems));
  ASSERT_TRUE(intake_.wait_for_held(1));
  elastic_->stop();
  EXPECT_TRUE(busy.ended());
  intake_.release();
}

TEST_F(Http, AnAddressThatIsNoneOrTakenIsAnError) {
  open();
  HttpSettings settings;
  for (const std::string bad : {"localhost:1", "127.0.0.1", "::1:1", "127.0.0.1:99999", "[127.0.0.1]:1"}) {
    settings.address = bad;
    EXPECT_FALSE(HttpListener::open(io_, elastic_endpoint_, *env_, settings)) << bad;
  }
  settings.address = elastic_->address();
  const auto taken = HttpListener::open(io_, elastic_endpoint_, *env_, settings);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kIo);
}

/// Answers with what the test gives it, piece by piece.
class Streaming : public HttpEndpoint {
 public:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> ready;  // what next() gives; "" ends the body
    HttpPieces::Done waiting;
    bool stopped = false;
  };
  class Pieces : public HttpPieces {
   public:
    explicit Pieces(Shared& shared) : shared_(shared) {}
    void next(Done done) override {
      const std::lock_guard<std::mutex> lock(shared_.mutex);
      if (shared_.ready.empty()) return void(shared_.waiting = std::move(done));
      done(shared_.ready.front());
      shared_.ready.pop_front();
    }
    void stop() override {
      Done unused;
      const std::lock_guard<std::mutex> lock(shared_.mutex);
      unused.swap(shared_.waiting);
      shared_.stopped = true;
      shared_.changed.notify_all();
    }

   private:
    Shared& shared_;
  };

  std::optional<HttpReply> admit(const HttpHead&, Sender&) override { return std::nullopt; }
  void handle(HttpRequest, HttpDone done) override { done({.content_type = "text/plain", .pieces = std::make_unique<Pieces>(shared)}); }
  HttpReply problem(int status, std::string_view reason) override { return {.status = status, .body = std::string(reason)}; }
  bool wait_until_stopped() {
    std::unique_lock<std::mutex> lock(shared.mutex);
    return shared.changed.wait_for(lock, std::chrono::milliseconds(kFakeWaitMs), [this] { return shared.stopped; });
  }
  Shared shared;
};

class HttpPiecesTest : public ::testing::Test {
 protected:
  HttpPiecesTest() {
    listener_ = std::move(*HttpListener::open(io_, endpoint_, Env::system(), {}));
    threads_.emplace(io_);
  }
  ~HttpPiecesTest() override {
    listener_->stop();
    threads_.reset();
  }
  Streaming endpoint_;
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(HttpPiecesTest, ABodyComesInPiecesAndTheConnectionStays) {
  endpoint_.shared.ready = {"one", std::string(100'000, 'x'), "", "again", ""};
  FakeClient client(listener_->address());
  for (const std::string& first : {std::string("one"), std::string("again")}) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string head = client.head();
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    EXPECT_EQ(client.chunk(), first);
    if (first == "one") {
      EXPECT_EQ(client.chunk().size(), 100'000u);
    }
    EXPECT_EQ(client.chunk(), "");
  }
}

TEST_F(HttpPiecesTest, AClientThatGoesEndsItsStream) {
  endpoint_.shared.ready = {"one"};
  {
    FakeClient client(listener_->address());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(client.head(), "");
    EXPECT_EQ(client.chunk(), "one");
  }
  EXPECT_TRUE(endpoint_.wait_until_stopped());
}

TEST_F(HttpPiecesTest, AStreamEndsWithItsListener) {
  endpoint_.shared.ready = {"one"};
  FakeClient client(listener_->address());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.head(), "");
  EXPECT_EQ(client.chunk(), "one");
  listener_->stop();
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(endpoint_.wait_until_stopped());
}

TEST_F(HttpPiecesTest, WithoutChunksTheEndOfTheConnectionIsTheEnd) {
  endpoint_.shared.ready = {"one", "two", ""};
  FakeClient client(listener_->address());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string head = client.head();
  EXPECT_EQ(head.find("chunked"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: close"), std::string::npos) << head;
  EXPECT_EQ(client.rest(), "onetwo");
}

TEST_F(HttpPiecesTest, AHeadAloneHasNoPieces) {
  endpoint_.shared.ready = {""};
  FakeClient client(listener_->address());
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.head(), "");
  EXPECT_TRUE(client.head().starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace tocsin
