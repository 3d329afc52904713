#include "collect/http_body_taker.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <atomic>
#include <memory>
#include <thread>

#include "collect/http_listener.h"
#include "collect/net_fakes.h"

namespace tocsin {
namespace {

constexpr std::size_t kHeldMax = 1'000, kTakenMax = 300'000;

/// What comes to /taken is taken in parts, everything else is held.
class Mixed : public HttpEndpoint {
 public:
  class Taker : public HttpBodyTaker {
   public:
    explicit Taker(Mixed& mixed) : mixed_(mixed) {}
    ~Taker() override { ++mixed_.gone; }
    void take(std::string part, More more) override {
      mixed_.largest = std::max(mixed_.largest.load(), part.size());
      if (part.find('!') != std::string::npos) return more(HttpReply{.status = 409});
      body_ += part;
      more(std::nullopt);
    }
    void end(HttpDone done) override { done({.content_type = "text/plain", .body = "took " + std::to_string(body_.size())}); }
    void stop() override {}

   private:
    Mixed& mixed_;
    std::string body_;
  };

  std::optional<HttpReply> admit(const HttpHead&, Sender&) override { return std::nullopt; }
  void handle(HttpRequest request, HttpDone done) override { done({.content_type = "text/plain", .body = "held " + std::to_string(request.body.size())}); }
  std::shared_ptr<HttpBodyTaker> taker(const HttpHead& head, const std::string&) override { return head.path == "/taken" ? std::make_shared<Taker>(*this) : nullptr; }
  HttpReply problem(int status, std::string_view reason) override { return {.status = status, .body = std::string(reason)}; }
  std::atomic<std::size_t> largest{0}, gone{0};
};

class HttpBodyTakerTest : public testing::Test {
 protected:
  HttpBodyTakerTest() {
    HttpSettings settings;
    settings.body_bytes_max = kHeldMax;
    settings.taken_bytes_max = kTakenMax;
    settings.held_bytes_max = 1 << 20;
    listener_ = std::move(*HttpListener::open(io_, mixed_, Env::system(), settings));
    threads_.emplace(io_);
  }
  ~HttpBodyTakerTest() override {
    listener_->stop();
    threads_.reset();
  }
  static std::string head(const std::string& path, const std::string& how) { return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + how + "\r\n\r\n"; }
  static std::string with_length(const std::string& path, std::size_t size) { return head(path, "Content-Length: " + std::to_string(size)) + std::string(size, 'x'); }
  static std::string in_chunks(const std::string& path, std::size_t size) {
    std::string all = head(path, "Transfer-Encoding: chunked");
    for (std::size_t sent = 0; sent < size; sent += 100) all += "64\r\n" + std::string(100, 'x') + "\r\n";
    return all + "0\r\n\r\n";
  }
  Mixed mixed_;
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(HttpBodyTakerTest, ALargeBodyIsTakenInPartsAndTheConnectionStays) {
  FakeClient client(listener_->address());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{200'000}, kTakenMax}) {
    client.send(with_length("/taken", size));
    EXPECT_EQ(client.reply().body, "took " + std::to_string(size));
  }
  client.send(in_chunks("/taken", 200'000));
  EXPECT_EQ(client.reply().body, "took 200000");
  client.send(with_length("/held", kHeldMax) + with_length("/taken", 100'000) + with_length("/held", 3));
  EXPECT_EQ(client.reply().body, "held 1000");
  EXPECT_EQ(client.reply().body, "took 100000") << "sent ahead";
  EXPECT_EQ(client.reply().body, "held 3");
  EXPECT_LE(mixed_.largest, 2 * (std::size_t{64} << 10)) << "not held whole";
  EXPECT_GT(mixed_.largest, 0u);
}

TEST_F(HttpBodyTakerTest, WhatIsHeldKeepsItsLimitHoweverItComes) {
  for (const std::string& request : {head("/held", "Content-Length: 1001"), in_chunks("/held", 1'100), in_chunks("/held", 150'000)}) {
    FakeClient client(listener_->address());
    client.send(request);
    EXPECT_EQ(client.reply().status, 413);
  }
}

TEST_F(HttpBodyTakerTest, WhatIsTakenHasALimitToo) {
  for (const std::string& request : {head("/taken", "Content-Length: " + std::to_string(kTakenMax + 1)), in_chunks("/taken", kTakenMax + 100)}) {
    FakeClient client(listener_->address());
    client.send(request);
    EXPECT_EQ(client.reply().status, 413);
  }
}

TEST_F(HttpBodyTakerTest, ARefusalEndsTheConnectionAndAClientThatGoesEndsItsTaker) {
  FakeClient refused(listener_->address());
  refused.send(head("/taken", "Content-Length: 100000") + "!");
  EXPECT_EQ(refused.reply().status, 409);
  {
    FakeClient gone(listener_->address());
    gone.send(head("/taken", "Content-Length: 100000") + "part");
  }
  for (int i = 0; i < 500 && mixed_.gone < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(mixed_.gone, 2u);
}

}  // namespace
}  // namespace tocsin
