#include "oidc/https_fetch.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>

namespace tocsin::oidc {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How soon stop() is noticed.
constexpr std::chrono::milliseconds kLook(50);

std::string request_text(const Url& url, const HttpQuestion& question) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nAccept: {}\r\nAccept-Encoding: identity\r\nConnection: close\r\nUser-Agent: tocsin\r\n",
                                 question.form.empty() && !question.post ? "GET" : "POST", url.target, url.origin().substr(url.tls ? 8 : 7), question.accept);
  if (!question.authorization.empty()) text += "Authorization: " + question.authorization + "\r\n";
  for (const auto& [name, value] : question.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!question.form.empty()) text += fmt::format("Content-Type: {}\r\n", question.form_type);
  if (!question.form.empty() || question.post) text += fmt::format("Content-Length: {}\r\n", question.form.size());
  return text + "\r\n" + question.form;
}

/// One question on its way.
class Exchange {
 public:
  Exchange(const Url& url, const HttpQuestion& question, asio::ssl::context& tls, const std::atomic<bool>& stopped)
      : url_(url), stopped_(stopped), answer_bytes_max_(question.answer_bytes_max), packed_(question.packed), deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(question.most_ms)) {
    if (url.tls) tls_.emplace(socket_, tls);
  }
  Result<HttpAnswer> run(const std::string& request) {
    TRY(connect());
    if (tls_) TRY(greet());
    TRY(step("cannot be written to", [&](auto done) { on_stream([&](auto& stream) { asio::async_write(stream, asio::buffer(request), done); }); }));
    return read();
  }

 private:
  /// Runs one asynchronous step to its end, or to that of the time.
  template <class Start>
  Status step(const char* what, Start&& start) {
    std::optional<error_code> ended;
    start([&ended](const error_code& error, auto&&...) { ended = error; });
    io_.restart();
    while (!ended && !stopped_ && std::chrono::steady_clock::now() < deadline_) io_.run_one_for(kLook);
    if (!ended) {
      error_code ignored;
      resolver_.cancel();
      socket_.close(ignored);
      io_.restart();
      io_.run();  // the step ends now, and what it refers to is still there
      return Error{Code::kIo, stopped_ ? "the service stops" : "does not answer in time"};
    }
    last_ = *ended;
    if (last_ && last_ != asio::error::eof && last_ != asio::ssl::error::stream_truncated) return Error{Code::kIo, fmt::format("{}: {}", what, last_.message())};
    return {};
  }
  template <class Use>
  void on_stream(Use&& use) {
    if (tls_) use(*tls_);
    else use(socket_);
  }

  Status connect() {
    tcp::resolver::results_type found;
    TRY(step("its name is not known", [&](auto done) {
      resolver_.async_resolve(url_.host, std::to_string(url_.port), [&found, done](const error_code& error, tcp::resolver::results_type results) mutable {
        found = std::move(results);
        done(error);
      });
    }));
    return step("cannot be connected to", [&](auto done) { asio::async_connect(socket_, found, done); });
  }

  Status greet() {
    SSL* const ssl = tls_->native_handle();
    error_code is_name;
    asio::ip::make_address(url_.host, is_name);
    const bool named = is_name ? SSL_set_tlsext_host_name(ssl, url_.host.c_str()) == 1 && SSL_set1_host(ssl, url_.host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), url_.host.c_str()) == 1;
    if (!named) return Error{Code::kInvalid, "has a name that no certificate can have"};
    const Status done = step("does not greet over TLS", [&](auto next) { tls_->async_handshake(asio::ssl::stream_base::client, next); });
    if (const long why = SSL_get_verify_result(ssl); !done && why != X509_V_OK) {
      return Error{Code::kIo, fmt::format("its certificate is not believed: {}", X509_verify_cert_error_string(why))};
    }
    if (done && last_) return Error{Code::kIo, "ends the connection before it has greeted"};
    return done;
  }

  Result<HttpAnswer> read() {
    HttpAnswerReader reader(answer_bytes_max_, packed_);
    std::array<char, 16 << 10> bytes;
    while (true) {
      std::size_t size = 0;
      TRY(step("cannot be read from", [&](auto done) {
        on_stream([&](auto& stream) {
          stream.async_read_some(asio::buffer(bytes), [&size, done](const error_code& error, std::size_t count) mutable {
            size = count;
            done(error);
          });
        });
      }));
      if (size > 0 && TRY(reader.feed({bytes.data(), size})) == HttpAnswerReader::Step::kWhole) break;
      if (!last_) continue;
      if (last_ == asio::ssl::error::stream_truncated) return Error{Code::kIo, "cuts the connection"};
      TRY(reader.end());
      break;
    }
    return std::move(reader.answer());
  }

  const Url& url_;
  const std::atomic<bool>& stopped_;
  const std::size_t answer_bytes_max_;
  const bool packed_;
  const std::chrono::steady_clock::time_point deadline_;
  asio::io_context io_;
  tcp::resolver resolver_{io_};
  tcp::socket socket_{io_};
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  error_code last_;
};

}  // namespace

struct HttpsFetch::Tls {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

HttpsFetch::HttpsFetch(std::unique_ptr<Tls> tls) : tls_(std::move(tls)) {}
HttpsFetch::~HttpsFetch() = default;

Result<std::unique_ptr<HttpsFetch>> HttpsFetch::open(const std::string& authorities) {
  auto tls = std::make_unique<Tls>();
  SSL_CTX_set_min_proto_version(tls->context.native_handle(), TLS1_2_VERSION);
  tls->context.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (authorities.empty()) tls->context.set_default_verify_paths(error);
  else tls->context.add_certificate_authority(asio::buffer(authorities), error);
  if (error) return Error{Code::kInvalid, "there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)"};
  return std::unique_ptr<HttpsFetch>(new HttpsFetch(std::move(tls)));
}

Result<HttpAnswer> HttpsFetch::ask(const HttpQuestion& question) {
  const Url url = TRY(read_safe_url(question.url));
  Exchange exchange(url, question, tls_->context, stopped_);
  Result<HttpAnswer> answer = exchange.run(request_text(url, question));
  if (!answer) return Error{answer.error().code, fmt::format("{}: {}", url.origin(), answer.error().message)};
  return answer;
}

}  // namespace tocsin::oidc
