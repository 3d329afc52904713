#include "collect/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "base/check.h"
#include "base/openssl.h"

namespace tocsin {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using OwnSsl = std::unique_ptr<SSL, Freed<SSL_free>>;
using OwnBioMethod = std::unique_ptr<BIO_METHOD, Freed<BIO_meth_free>>;

/// What somebody who wrote http:// in place of https:// is told.
constexpr std::string_view kSpeakTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 57\r\nConnection: close\r\n\r\n"
    "this port speaks TLS: write https:// in place of http://\n";

/// One connection. Shared by its stream and the waits under way, whichever ends last.
class TlsSession : public std::enable_shared_from_this<TlsSession> {
 public:
  using Ended = std::function<void(NetError)>;

  TlsSession(tcp::socket socket, OwnSsl ssl, bool http, OnRefused on_refused)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), ssl_(std::move(ssl)), http_(http), on_refused_(std::move(on_refused)) {
    NetError ignored;  // then it is the address of nobody
    peer_ = socket_.remote_endpoint(ignored).address();
  }

  asio::any_io_executor executor() { return socket_.get_executor(); }
  void handshake(int most_ms, Ended done);
  void read(std::span<char> into, NetStream::Done done);
  void write(std::string_view first, std::string_view second, NetStream::Done done);
  void end_writing();
  void close();
  void reset();
  std::string peer_certificate() const;
  std::string words_for(NetError error) const;

 private:
  bool attach();
  void go_on(std::function<int()> attempt, Ended done);
  void later(NetError error, Ended done);
  NetError why_not(int what);
  void tell_refused(NetError error);
  void say_speak_tls();
  static const BIO_METHOD* bio_method();
  static int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* got);
  static int bio_write(BIO* bio, const char* bytes, std::size_t size, std::size_t* put);

  tcp::socket socket_;
  asio::steady_timer timer_;
  const OwnSsl ssl_;  // nullptr if there was no memory
  const bool http_;
  const OnRefused on_refused_;
  asio::ip::address peer_;  // kept: of a connection that was reset, the socket no longer says it
  std::size_t handshake_bytes_ = 0, read_ = 0, written_ = 0;
  NetError socket_error_;  // of the last call below OpenSSL
  bool open_ = false;      // the handshake is done
  bool broken_ = false;    // nothing more can be said in TLS
  bool late_ = false;      // the handshake took too long
  bool closed_ = false;
};

const BIO_METHOD* TlsSession::bio_method() {
  static const OwnBioMethod method = [] {
    OwnBioMethod made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of Asio"));
    TOCSIN_CHECK(made != nullptr);
    BIO_meth_set_read_ex(made.get(), bio_read);
    BIO_meth_set_write_ex(made.get(), bio_write);
    BIO_meth_set_ctrl(made.get(), [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
    return made;
  }();
  return method.get();
}

/// Gives OpenSSL the socket; false if there is no memory.
bool TlsSession::attach() {
  if (ssl_ == nullptr) return false;
  NetError error;
  socket_.non_blocking(true, error);
  BIO* const bio = error ? nullptr : BIO_new(bio_method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  SSL_set_accept_state(ssl_.get());
  return true;
}

int TlsSession::bio_read(BIO* bio, char* into, std::size_t size, std::size_t* got) {
  auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  NetError error;
  *got = self.socket_.read_some(asio::buffer(into, size), error);
  if (error == asio::error::would_block) return BIO_set_retry_read(bio), 0;
  if (!error && !self.open_ && (self.handshake_bytes_ += *got) > kTlsHandshakeBytesMax) error = asio::error::message_size;
  // The other side may end the connection, but must say so in TLS first.
  self.socket_error_ = error == asio::error::eof ? asio::error::connection_reset : error;
  return error ? 0 : 1;
}

int TlsSession::bio_write(BIO* bio, const char* bytes, std::size_t size, std::size_t* put) {
  auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  NetError error;
  *put = self.socket_.write_some(asio::buffer(bytes, size), error);
  if (error == asio::error::would_block) return BIO_set_retry_write(bio), 0;
  self.socket_error_ = error;
  return error ? 0 : 1;
}

/// Tries until the attempt succeeds, each time that the socket is ready for it. `attempt` gives what its last call of OpenSSL returned.
void TlsSession::go_on(std::function<int()> attempt, Ended done) {
  if (closed_) return later(asio::error::operation_aborted, std::move(done));
  if (late_) return later(asio::error::timed_out, std::move(done));
  ERR_clear_error();
  socket_error_ = {};
  const int result = attempt();
  if (result > 0) return later({}, std::move(done));
  const int what = SSL_get_error(ssl_.get(), result);
  if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE) return later(why_not(what), std::move(done));
  socket_.async_wait(what == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write,
                     [self = shared_from_this(), attempt = std::move(attempt), done = std::move(done)](NetError error) mutable {
                       if (error && !self->late_) return done(error);
                       self->go_on(std::move(attempt), std::move(done));
                     });
}

void TlsSession::later(NetError error, Ended done) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), error, done = std::move(done)] { done(error); });
}

NetError TlsSession::why_not(int what) {
  if (what == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  broken_ = true;
  const unsigned long code = ERR_get_error();
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) say_speak_tls();
  if (socket_error_) return socket_error_;
  return code == 0 ? NetError(asio::error::connection_aborted) : NetError(static_cast<int>(code), asio::error::get_ssl_category());
}

void TlsSession::say_speak_tls() {
  NetError ignored;
  if (http_) socket_.write_some(asio::buffer(kSpeakTls.data(), kSpeakTls.size()), ignored);
}

void TlsSession::handshake(int most_ms, Ended done) {
  if (!attach()) {
    broken_ = true;
    return later(asio::error::no_memory, std::move(done));
  }
  timer_.expires_after(std::chrono::milliseconds(most_ms));
  timer_.async_wait([self = shared_from_this()](NetError error) {
    if (error || self->open_ || self->closed_) return;
    self->late_ = true;
    self->socket_.cancel(error);
  });
  go_on([this] { return SSL_do_handshake(ssl_.get()); },
        [self = shared_from_this(), done = std::move(done)](NetError error) {
          self->timer_.cancel();
          self->open_ = !error;
          if (error) self->tell_refused(error);
          done(error);
        });
}

/// A port that is only looked at, and not spoken to, is nothing to tell of.
void TlsSession::tell_refused(NetError error) {
  if (!on_refused_ || closed_ || handshake_bytes_ == 0) return;
  on_refused_(peer_.is_unspecified() ? "somebody" : peer_.to_string(), words_for(error));
}

/// As much as there is, not one record: what comes of it may cost a commit.
void TlsSession::read(std::span<char> into, NetStream::Done done) {
  read_ = 0;
  go_on(
      [this, into] {
        int result = 1;
        for (std::size_t got = 0; read_ < into.size() && result == 1; read_ += got) {
          got = 0;
          result = SSL_read_ex(ssl_.get(), into.data() + read_, into.size() - read_, &got);
        }
        return read_ > 0 ? 1 : result;
      },
      [self = shared_from_this(), done = std::move(done)](NetError error) { done(error, error ? 0 : self->read_); });
}

void TlsSession::write(std::string_view first, std::string_view second, NetStream::Done done) {
  written_ = 0;
  go_on(
      [this, first, second] {
        while (written_ < first.size() + second.size()) {
          const std::string_view rest = written_ < first.size() ? first.substr(written_) : second.substr(written_ - first.size());
          std::size_t put = 0;
          const int result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &put);
          if (result != 1) return result;
          written_ += put;
        }
        return 1;
      },
      [self = shared_from_this(), done = std::move(done)](NetError error) { done(error, self->written_); });
}

void TlsSession::end_writing() {
  const auto shut = [self = shared_from_this()](NetError) {
    NetError ignored;
    self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
  };
  if (!open_ || broken_ || closed_) return shut({});
  go_on([this] { return SSL_shutdown(ssl_.get()) < 0 ? -1 : 1; }, shut);
}

void TlsSession::close() {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  ERR_clear_error();
  if (open_ && !broken_) SSL_shutdown(ssl_.get());
  NetError ignored;
  socket_.close(ignored);
}

void TlsSession::reset() {
  NetError ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  broken_ = true;
  close();
}

std::string TlsSession::peer_certificate() const {
  if (!open_) return {};
  const OwnCertificate shown(SSL_get1_peer_certificate(ssl_.get()));
  std::array<unsigned char, 32> digest{};
  if (shown == nullptr || X509_digest(shown.get(), EVP_sha256(), digest.data(), nullptr) != 1) return {};
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string TlsSession::words_for(NetError error) const {
  const long verified = ssl_ == nullptr || open_ ? X509_V_OK : SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const char* const reason = error.category() == asio::error::get_ssl_category() ? ERR_reason_error_string(static_cast<unsigned long>(error.value())) : nullptr;
  return reason == nullptr ? error.message() : reason;
}

class TlsStream : public NetStream {
 public:
  TlsStream(std::shared_ptr<TlsSession> session, int handshake_ms) : session_(std::move(session)), handshake_ms_(handshake_ms) {}
  ~TlsStream() override { session_->close(); }
  asio::any_io_executor executor() override { return session_->executor(); }
  void handshake(std::function<void(NetError)> done) override { session_->handshake(handshake_ms_, std::move(done)); }
  std::string peer_certificate() const override { return session_->peer_certificate(); }
  std::string words_for(NetError error) const override { return session_->words_for(error); }
  void read(std::span<char> into, Done done) override { session_->read(into, std::move(done)); }
  void write(std::string_view first, std::string_view second, Done done) override { session_->write(first, second, std::move(done)); }
  void end_writing() override { session_->end_writing(); }
  void close() override { session_->close(); }
  void reset() override { session_->reset(); }

 private:
  const std::shared_ptr<TlsSession> session_;
  const int handshake_ms_;
};

}  // namespace

Result<NetAcceptor::MakeStream> make_tls_streams(const TlsSettings& settings) {
  const TlsContext context = TRY(open_tls_context(settings));
  return [context, http = settings.http, on_refused = settings.on_refused,
          handshake_ms = settings.handshake_ms](tcp::socket socket) -> std::unique_ptr<NetStream> {
    auto session = std::make_shared<TlsSession>(std::move(socket), OwnSsl(SSL_new(context.get())), http, on_refused);
    return std::make_unique<TlsStream>(std::move(session), handshake_ms);
  };
}

}  // namespace tocsin
