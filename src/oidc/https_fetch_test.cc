#include "oidc/https_fetch.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <thread>

#include "collect/http_listener.h"
#include "collect/tls_fakes.h"
#include "collect/tls_stream.h"

namespace tocsin::oidc {
namespace {

/// Says what it was asked.
class Echo : public HttpEndpoint {
 public:
  std::optional<HttpReply> admit(const HttpHead&, Sender&) override { return std::nullopt; }
  void handle(HttpRequest request, HttpDone done) override {
    const HttpHead& head = request.head;
    if (head.path == "/large") return done({.body = std::string(kAnswerBytesMax + 1, ' ')});
    if (head.path == "/elsewhere") return done({.status = 303, .headers = "Location: https://127.0.0.1:1/\r\n"});
    done({.body = head.method + " " + head.path + "?" + head.query + " " + head.host + " " + head.authorization + " " + head.content_type + " " + request.body});
  }
  HttpReply problem(int status, std::string_view) override { return {.status = status}; }
};

class HttpsFetchTest : public testing::Test {
 protected:
  struct Names {
    Identity authority = *make_authority("test", fake_now());
    Identity server = *make_server_identity(authority, std::vector<std::string>{"127.0.0.1"}, fake_now());
    Identity other = *make_server_identity(authority, std::vector<std::string>{"other.example"}, fake_now());
  };
  static const Names& names() {
    static const Names all;
    return all;
  }
  ~HttpsFetchTest() override {
    if (listener_ != nullptr) listener_->stop();
    if (runs_.joinable()) runs_.join();
  }
  void serve(const Identity* identity) {
    HttpSettings settings;
    settings.address = "127.0.0.1:0";
    if (identity != nullptr) settings.make_stream = *make_tls_streams({.certificates = identity->certificate, .key = identity->key});
    listener_ = std::move(*HttpListener::open(io_, echo_, Env::system(), settings));
    runs_ = std::thread([this] { io_.run(); });
  }
  std::string ask(HttpsFetch& fetch, HttpQuestion question, const char* scheme = "https://") {
    question.url = scheme + listener_->address() + question.url;
    const Result<HttpAnswer> answer = fetch.ask(question);
    if (!answer) return answer.error().message.substr(answer.error().message.find(": ") + 2);
    return std::to_string(answer->status) + " " + answer->body;
  }
  Echo echo_;
  boost::asio::io_context io_;
  std::unique_ptr<HttpListener> listener_;
  std::thread runs_;
};

TEST_F(HttpsFetchTest, AsksAndPosts) {
  serve(&names().server);
  const auto fetch = std::move(*HttpsFetch::open(names().authority.certificate));
  EXPECT_EQ(ask(*fetch, {.url = "/a?b=c"}), "200 GET /a?b=c " + listener_->address() + "   ");
  EXPECT_EQ(ask(*fetch, {.url = "/t", .form = "x=1", .authorization = "Basic eA=="}), "200 POST /t? " + listener_->address() + " Basic eA== application/x-www-form-urlencoded x=1");
  EXPECT_EQ(ask(*fetch, {.url = "/p", .post = true, .headers = {{"Authorization", "SSWS x"}, {"X-Y", "z"}}}), "200 POST /p? " + listener_->address() + " SSWS x  ");
  EXPECT_EQ(ask(*fetch, {.url = "/large", .answer_bytes_max = 2 << 20}).size(), 4 + kAnswerBytesMax + 1);
  EXPECT_EQ(ask(*fetch, {.url = "/elsewhere"}), "303 ") << "nobody is followed";
  EXPECT_EQ(ask(*fetch, {.url = "/large"}), "its answer is larger than 524288 bytes");
}

TEST_F(HttpsFetchTest, BelievesNoStrangeCertificate) {
  serve(&names().server);
  const auto system = std::move(*HttpsFetch::open("")), other = std::move(*HttpsFetch::open(make_authority("test", fake_now())->certificate));
  EXPECT_TRUE(ask(*system, {.url = "/"}).starts_with("its certificate is not believed: ")) << ask(*system, {.url = "/"});
  EXPECT_TRUE(ask(*other, {.url = "/"}).starts_with("its certificate is not believed: "));
  EXPECT_FALSE(HttpsFetch::open("nothing"));
}

TEST_F(HttpsFetchTest, BelievesACertificateForItsNameAlone) {
  serve(&names().other);
  const auto fetch = std::move(*HttpsFetch::open(names().authority.certificate));
  EXPECT_TRUE(ask(*fetch, {.url = "/"}).starts_with("its certificate is not believed: ")) << ask(*fetch, {.url = "/"});
}

TEST_F(HttpsFetchTest, SpeaksPlainlyWithThisMachineAlone) {
  serve(nullptr);
  const auto fetch = std::move(*HttpsFetch::open(""));
  EXPECT_EQ(ask(*fetch, {.url = "/a"}, "http://"), "200 GET /a? " + listener_->address() + "   ");
  EXPECT_EQ(fetch->ask({.url = "http://192.0.2.1/"}).error().code, Code::kInvalid);
}

TEST(HttpsFetch, SaysWhenNobodyIsThere) {
  const auto fetch = std::move(*HttpsFetch::open(""));
  const Result<HttpAnswer> answer = fetch->ask({.url = "http://127.0.0.1:1/"});
  EXPECT_EQ(answer.error().code, Code::kIo);
  EXPECT_EQ(answer.error().message, "http://127.0.0.1:1: cannot be connected to: Connection refused");
}

/// One that takes the connection and says nothing.
TEST(HttpsFetch, EndsWhenItIsToStop) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto fetch = std::move(*HttpsFetch::open(""));
  Result<HttpAnswer> answer = HttpAnswer();
  std::thread asks([&] { answer = fetch->ask({.url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/"}); });
  auto connection = silent.accept();
  fetch->stop();
  asks.join();
  EXPECT_EQ(answer.error().code, Code::kIo);
  EXPECT_NE(answer.error().message.find("the service stops"), std::string::npos) << answer.error().message;
}

}  // namespace
}  // namespace tocsin::oidc
