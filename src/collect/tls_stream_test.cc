#include "collect/tls_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "collect/elastic_endpoint.h"
#include "collect/http_listener.h"
#include "collect/syslog_listener.h"
#include "collect/tls_fakes.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

const FakeIdentities& identities() {
  static const FakeIdentities all;
  return all;
}

TlsSettings tls(bool http) { return {.certificates = identities().server.certificate, .key = identities().server.key, .http = http}; }

/// A port that only shakes hands, and keeps how that went.
class Handshakes : public ::testing::Test {
 protected:
  struct Outcome {
    bool good = false;
    std::string why, certificate;
  };

  class Connection : public NetConnection, public std::enable_shared_from_this<Connection> {
   public:
    Connection(Handshakes& test, std::unique_ptr<NetStream> stream, NetPlace place) : test_(test), stream_(std::move(stream)), place_(std::move(place)) {}
    void start() {
      stream_->handshake([self = shared_from_this()](NetError error) {
        self->test_.told({!error, self->stream_->words_for(error), self->stream_->peer_certificate()});
        self->stream_->close();
      });
    }
    void stop() override {}
    void abort() override { stream_->close(); }

   private:
    Handshakes& test_;
    const std::unique_ptr<NetStream> stream_;
    const NetPlace place_;
  };

  void open(const TlsSettings& settings) {
    NetAcceptor::Settings port;
    port.stop_ms = 0;
    port.make_stream = *make_tls_streams(settings);
    acceptor_ = *NetAcceptor::open(io_, port, [this](std::unique_ptr<NetStream> stream, NetPlace place) {
      auto connection = std::make_shared<Connection>(*this, std::move(stream), std::move(place));
      connection->start();
      return connection;
    });
    threads_.emplace(io_);
  }
  void TearDown() override {
    if (acceptor_ != nullptr) acceptor_->stop();
    threads_.reset();
  }
  void told(Outcome outcome) {
    const std::lock_guard<std::mutex> lock(mutex_);
    outcome_ = std::move(outcome);
    changed_.notify_all();
  }
  Outcome outcome() {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::milliseconds(kFakeWaitMs), [this] { return outcome_.has_value(); }));
    return std::exchange(outcome_, std::nullopt).value_or(Outcome());
  }
  Outcome shake(const FakeTlsOptions& options) {
    FakeTlsClient client(acceptor_->address(), options);
    (void)client.handshake();
    return outcome();
  }

  boost::asio::io_context io_;
  std::shared_ptr<NetAcceptor> acceptor_;
  std::optional<FakeThreads> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Outcome> outcome_;
};

TEST_F(Handshakes, VersionsFromTwelveOn) {
  open(tls(true));
  const std::string& authority = identities().authority.certificate;
  EXPECT_TRUE(shake({.authority = authority}).good);
  EXPECT_TRUE(shake({.authority = authority, .version_max = TLS1_2_VERSION}).good);
  EXPECT_FALSE(shake({.authority = authority, .version_min = TLS1_VERSION, .version_max = TLS1_1_VERSION}).good);
}

TEST_F(Handshakes, OldCiphersAreNotSpoken) {
  open(tls(true));
  for (const char* const ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"}) {
    FakeTlsClient client(acceptor_->address(), {.version_max = TLS1_2_VERSION});
    ASSERT_EQ(SSL_set_cipher_list(client.ssl(), ciphers), 1);
    EXPECT_FALSE(client.handshake()) << ciphers;
    EXPECT_FALSE(outcome().good) << ciphers;
  }
}

TEST_F(Handshakes, AClientMayBeAskedForACertificate) {
  TlsSettings settings = tls(true);
  settings.client_authority = identities().authority.certificate;
  open(settings);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Outcome without = shake({.version_max = version});
    EXPECT_TRUE(without.good);
    EXPECT_EQ(without.certificate, "");
    const Outcome with = shake({.identity = identities().client, .version_max = version});
    EXPECT_TRUE(with.good) << with.why;
    EXPECT_EQ(with.certificate, read_certificate(identities().client.certificate)->fingerprint);
    const Outcome strange = shake({.identity = *make_client_identity(identities().stranger, "shipper", fake_now()), .version_max = version});
    EXPECT_FALSE(strange.good);
    EXPECT_EQ(strange.why, "unable to get local issuer certificate");
    EXPECT_EQ(strange.certificate, "");
  }
}

TEST_F(Handshakes, ACertificateMustHoldNowAndBeForClients) {
  TlsSettings settings = tls(true);
  const TimeUs long_ago = fake_now() - (kAuthorityDays + 1) * TimeUs{86'400'000'000};
  const Identity old = *make_authority("old", long_ago);
  settings.client_authority = identities().authority.certificate + old.certificate;
  settings.client_required = true;
  open(settings);
  EXPECT_EQ(shake({.identity = *make_client_identity(old, "shipper", long_ago)}).why, "certificate has expired");
  EXPECT_FALSE(shake({.identity = identities().server}).good);
  EXPECT_FALSE(shake({}).good);
  EXPECT_TRUE(shake({.identity = identities().client}).good);
}

TEST_F(Handshakes, OneThatTakesTooLongEnds) {
  TlsSettings settings = tls(true);
  settings.handshake_ms = 50;
  open(settings);
  FakeClient silent(acceptor_->address());
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(outcome().why, NetError(boost::asio::error::timed_out).message());
  FakeClient half(acceptor_->address());
  half.send(std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", 11));
  EXPECT_TRUE(half.ended());
  EXPECT_EQ(outcome().why, NetError(boost::asio::error::timed_out).message());
}

TEST_F(Handshakes, OneThatBreaksOffEnds) {
  open(tls(true));
  {
    FakeClient gone(acceptor_->address());
    gone.send(std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", 11));
  }
  EXPECT_FALSE(outcome().good);
}

TEST_F(Handshakes, OneThatSaysTooMuchEnds) {
  open(tls(true));
  FakeClient client(acceptor_->address());
  // A hello of 128,000 bytes, in records that are whole.
  const std::string record = std::string("\x16\x03\x01\x40\x00", 5) + std::string(16'384, '\0');
  std::string all;
  for (int i = 0; i < 8; ++i) all += record;
  all.replace(5, 4, std::string("\x01\x01\xf4\x00", 4));
  client.send(all);
  EXPECT_FALSE(outcome().good);
}

TEST_F(Handshakes, WhatIsNoTlsIsClosed) {
  open(tls(false));
  for (const std::string& text : Texts{"<34>1 2026-07-17T14:18:34Z host app - - - message\n", std::string(100, '\0'), std::string(20'000, '\xff')}) {
    FakeClient client(acceptor_->address());
    client.send(text);
    EXPECT_FALSE(outcome().good);
  }
}

TEST_F(Handshakes, WhoSpeaksPlainHttpIsToldSo) {
  open(tls(true));
  FakeClient client(acceptor_->address());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const FakeReply reply = client.reply();
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, "this port speaks TLS: write https:// in place of http://\n");
  EXPECT_FALSE(outcome().good);
}

TEST_F(Handshakes, HttpIsChosenByName) {
  open(tls(true));
  FakeTlsClient both(acceptor_->address(), {.protocols = std::string("\x02h2\x08http/1.1")});
  EXPECT_TRUE(both.handshake());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_TRUE(outcome().good);
  EXPECT_FALSE(shake({.protocols = std::string("\x02h2")}).good);
}

class TlsSyslog : public ::testing::Test {
 protected:
  TlsSyslog() { open(false); }
  ~TlsSyslog() override { close(); }
  void open(bool certificate_required) {
    SyslogSettings settings;
    TlsSettings under = tls(false);
    under.client_authority = identities().authority.certificate;
    under.client_required = certificate_required;
    under.on_refused = settings.on_refused = [this](const std::string& peer, const std::string& why) {
      const std::lock_guard<std::mutex> lock(mutex_);
      refused_.push_back(peer + ": " + why);
      refused_more_.notify_all();
    };
    settings.make_stream = *make_tls_streams(under);
    settings.certificate_required = certificate_required;
    listener_ = std::move(*SyslogListener::open(io_, {intake_, senders_, Env::system()}, settings));
    threads_.emplace(io_);
  }
  void close() {
    listener_->stop();
    threads_.reset();
    io_.restart();
  }
  /// Once there are `count`: a client knows that it is refused before the listener has told it.
  Texts refused(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    refused_more_.wait_for(lock, std::chrono::seconds(60), [&] { return refused_.size() >= count; });
    return refused_;
  }
  std::mutex mutex_;
  std::condition_variable refused_more_;
  Texts refused_;
  FakeIntake intake_;
  FakeSenders senders_;
  boost::asio::io_context io_;
  std::unique_ptr<SyslogListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(TlsSyslog, MuchIsTakenWhole) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    FakeTlsClient client(listener_->address(), {.authority = identities().authority.certificate, .version_max = version});
    ASSERT_TRUE(client.handshake());
    Texts expected = intake_.records();
    std::string all;
    for (int i = 0; i < 30'000; ++i) {
      expected.push_back("<34>1 2026-07-17T14:18:34Z host app - - - message " + std::to_string(i));
      all += std::to_string(expected.back().size()) + " " + expected.back();
    }
    ASSERT_TRUE(client.send(all));
    ASSERT_TRUE(intake_.wait_for_records(expected.size()));
    EXPECT_EQ(intake_.records(), expected);
  }
  EXPECT_LT(intake_.submits(), 2 * 30'000u * 60 / 16'384) << "several records of TLS come with one read";
}

/// A ticket that it never read would make the kernel reset the connection, and take what is on its way.
TEST_F(TlsSyslog, ASenderThatOnlyWritesLosesNothing) {
  Texts expected;
  for (int round = 0; round < 20; ++round) {
    FakeTlsClient client(listener_->address());
    ASSERT_TRUE(client.handshake());
    for (int i = 0; i < 50; ++i) {
      expected.push_back("<1>" + std::to_string(round * 50 + i));
      ASSERT_TRUE(client.send(expected.back() + "\n"));
    }
    client.end();
    client.disconnect();
    ASSERT_TRUE(intake_.wait_for_records(expected.size()));
  }
  EXPECT_EQ(intake_.records(), expected);
}

TEST_F(TlsSyslog, OneThatBreaksOffLosesWhatWasNotWhole) {
  FakeTlsClient client(listener_->address());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send("<1>whole\n"));
  client.send_plain(std::string("\x17\x03\x03\x00\x40 half", 10));
  client.disconnect();
  ASSERT_TRUE(intake_.wait_for_records(1));
  FakeTlsClient other(listener_->address());
  ASSERT_TRUE(other.handshake());
  ASSERT_TRUE(other.send("<1>forged"));
  other.send_plain(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  EXPECT_FALSE(other.ended_well());
  ASSERT_TRUE(intake_.wait_for_records(2));
  EXPECT_EQ(intake_.records(), (Texts{"<1>whole", "<1>forged"}));
}

TEST_F(TlsSyslog, StopSaysSo) {
  FakeTlsClient client(listener_->address());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send("<1>a\n"));
  ASSERT_TRUE(intake_.wait_for_records(1));
  listener_->stop();
  EXPECT_TRUE(client.ended_well());
  ASSERT_TRUE(client.send("<1>on its way\n"));
  ASSERT_TRUE(intake_.wait_for_records(2));
}

TEST_F(TlsSyslog, NobodyNegotiatesAnew) {
  FakeTlsClient client(listener_->address(), {.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(client.handshake());
  SSL_renegotiate(client.ssl());
  EXPECT_NE(SSL_do_handshake(client.ssl()) == 1 && client.send("<1>a\n") && intake_.wait_for_records(1), true);
}

TEST_F(TlsSyslog, ACertificateIsASenderOfItsOwn) {
  senders_.know(read_certificate(identities().client.certificate)->fingerprint);
  FakeTlsClient named(listener_->address(), {.identity = identities().client}), nameless(listener_->address());
  ASSERT_TRUE(named.handshake() && nameless.handshake());
  ASSERT_TRUE(named.send("<1>a\n"));
  ASSERT_TRUE(intake_.wait_for_records(1));
  ASSERT_TRUE(nameless.send("<1>b\n"));
  ASSERT_TRUE(intake_.wait_for_records(2));
  EXPECT_EQ(intake_.sources(), (std::vector<std::uint32_t>{3, 2}));
  EXPECT_EQ(refused(0), Texts());
}

TEST_F(TlsSyslog, WhoseCertificateIsNobodysIsRefused) {
  FakeTlsClient ours(listener_->address(), {.identity = identities().client});
  (void)ours.handshake();
  EXPECT_TRUE(ours.ended_well());
  FakeTlsClient strange(listener_->address(), {.identity = *make_client_identity(identities().stranger, "shipper", fake_now())});
  (void)strange.handshake();
  EXPECT_FALSE(strange.ended_well());
  EXPECT_EQ(refused(2), (Texts{"127.0.0.1: its certificate is not that of a sender", "127.0.0.1: unable to get local issuer certificate"}));
}

TEST_F(TlsSyslog, WhoIsRemovedIsRefusedInTheMiddle) {
  senders_.know(read_certificate(identities().client.certificate)->fingerprint);
  FakeTlsClient client(listener_->address(), {.identity = identities().client});
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send("<1>a\n"));
  ASSERT_TRUE(intake_.wait_for_records(1));
  senders_.know("another");
  ASSERT_TRUE(client.send("<1>b\n"));
  EXPECT_TRUE(client.ended_well());
  EXPECT_EQ(intake_.records(), (Texts{"<1>a"}));
  EXPECT_EQ(refused(1), (Texts{"127.0.0.1: its certificate is not that of a sender"}));
}

TEST_F(TlsSyslog, WhereOneIsRequiredNobodyComesWithout) {
  close();
  open(true);
  senders_.know(read_certificate(identities().client.certificate)->fingerprint);
  FakeTlsClient nameless(listener_->address());
  (void)nameless.handshake();
  (void)nameless.send("<1>b\n");
  EXPECT_FALSE(nameless.ended_well());
  FakeTlsClient named(listener_->address(), {.identity = identities().client});
  ASSERT_TRUE(named.handshake() && named.send("<1>a\n"));
  ASSERT_TRUE(intake_.wait_for_records(1));
  EXPECT_EQ(refused(1), (Texts{"127.0.0.1: peer did not return a certificate"}));
}

class TlsHttp : public ::testing::Test {
 protected:
  TlsHttp() : endpoint_(intake_, senders_, Env::system()) {
    HttpSettings settings;
    settings.make_stream = *make_tls_streams(tls(true));
    listener_ = std::move(*HttpListener::open(io_, endpoint_, Env::system(), settings));
    threads_.emplace(io_);
  }
  ~TlsHttp() override {
    listener_->stop();
    threads_.reset();
  }
  static std::string request(std::string_view body, std::string_view connection) {
    return "POST /_bulk HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey secret-bulk\r\nContent-Type: application/x-ndjson\r\nConnection: " +
           std::string(connection) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  FakeIntake intake_;
  FakeSenders senders_;
  boost::asio::io_context io_;
  ElasticEndpoint endpoint_;
  std::unique_ptr<HttpListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(TlsHttp, RequestsAndAnswersOfAnySize) {
  FakeTlsClient client(listener_->address(), {.authority = identities().authority.certificate});
  ASSERT_TRUE(client.handshake());
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "{\"create\":{\"_index\":\"logs\"}}\n{\"n\":" + std::to_string(i) + "}\n";
  ASSERT_TRUE(client.send(request(body, "keep-alive")));
  ASSERT_EQ(client.receive(15), "HTTP/1.1 200 OK");
  std::string head;
  while (!head.ends_with("\r\n\r\n")) head += client.receive(1);
  const std::size_t size = std::stoul(head.substr(head.find("Content-Length: ") + 16));
  EXPECT_GT(size, 1'000'000u);
  EXPECT_EQ(client.receive(size).size(), size);
  EXPECT_EQ(intake_.records().size(), 20'000u);
  ASSERT_TRUE(client.send(request("{\"create\":{\"_index\":\"logs\"}}\n{}\n", "close")));
  EXPECT_TRUE(client.receive(15).starts_with("HTTP/1.1 200"));
  (void)client.receive(1 << 20);
  EXPECT_TRUE(client.ended_well());
}

TEST_F(TlsHttp, AClientComesBackQuickly) {
  FakeTlsClient first(listener_->address());
  ASSERT_TRUE(first.handshake());
  ASSERT_TRUE(first.send(request("{\"create\":{\"_index\":\"logs\"}}\n{}\n", "close")));
  (void)first.receive(1 << 20);
  SSL_SESSION* const session = SSL_get1_session(first.ssl());
  FakeTlsClient second(listener_->address(), {.session = session});
  EXPECT_TRUE(second.handshake());
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  SSL_SESSION_free(session);
}

TEST(TlsSettings, WhatIsWrongIsSaid) {
  const auto why = [](const TlsSettings& settings) { return make_tls_streams(settings).error().message; };
  EXPECT_EQ(why({.certificates = "", .key = identities().server.key}).find("there is no certificate"), 0u);
  EXPECT_EQ(why({.certificates = identities().server.certificate, .key = "x"}).find("there is no private key"), 0u);
  EXPECT_EQ(why({.certificates = identities().server.certificate, .key = identities().client.key}), "the private key is not that of the certificate");
  std::string damaged = identities().server.certificate;
  damaged[damaged.size() / 2] = '!';
  EXPECT_EQ(why({.certificates = damaged, .key = identities().server.key}), "a certificate in it is damaged");
  const std::string locked =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj0sNSi7XHJQQICCAAw\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_FALSE(make_tls_streams({.certificates = identities().server.certificate, .key = locked}));
}

}  // namespace
}  // namespace tocsin
