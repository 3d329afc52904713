#include "respond/connector/smtp.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <thread>

namespace tocsin::respond {
namespace {

std::string replies_of(std::string_view bytes, std::size_t piece) {
  SmtpReplyReader reader;
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    while (true) {
      const Result<std::optional<SmtpReply>> next = reader.next();
      if (!next) return all + "wrong";
      if (!*next) break;
      all += (*next)->text() + "|";
    }
  }
  return all + (reader.has_rest() ? "rest" : "");
}

TEST(SmtpReplies, AreTheSameHoweverTheyAreCut) {
  const std::string bytes = "220 mx.example.org ready\r\n250-mx.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n354\r\n550 5.1.1 no";
  for (const std::size_t piece : {1U, 2U, 7U, 1'000U}) EXPECT_EQ(replies_of(bytes, piece), "220 mx.example.org ready|250 mx.example.org STARTTLS AUTH PLAIN LOGIN|354 |rest");
}

TEST(SmtpReplies, WhatIsNoneIsRefused) {
  for (const char* const bytes : {"hello\r\n", "25\r\n", "100 early\r\n", "600 x\r\n", "250x\r\n", "250-a\r\n220 b\r\n", "250 a\nb\r\n", "250 a\rb\r\n"}) EXPECT_EQ(replies_of(bytes, 1), "wrong") << bytes;
  EXPECT_EQ(replies_of("250 " + std::string(kSmtpLineBytesMax, 'x'), 100), "wrong") << "a line without an end";
  std::string endless;
  for (int i = 0; i < 1'000; ++i) endless += "250-" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(replies_of(endless, 1'000), "wrong") << "a reply without an end";
}

TEST(Smtp, StuffsDotsAndEndsLines) {
  EXPECT_EQ(dot_stuffed(".\n..\r\nx.\ry"), "..\r\n...\r\nx.\r\ny\r\n");
  EXPECT_EQ(dot_stuffed(""), "");
}

constexpr std::string_view kEnds = "ends";

/// A server that says its lines, each after one of the client's (the first at once), and then ends.
class Script {
 public:
  explicit Script(std::vector<std::string> lines) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, lines = std::move(lines)] {
      const Descriptor client(::accept(listener_.get(), nullptr, nullptr));
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if ((i > 0 && !read_line(client.get())) || lines[i] == kEnds) return;
        if (!send_all(client.get(), lines[i])) return;
      }
      while (read_line(client.get())) {
      }
    });
  }
  ~Script() { thread_.join(); }
  std::uint16_t port() const { return port_; }
  std::string heard() {
    thread_.join();
    thread_ = std::thread([] {});
    return heard_;
  }

 private:
  bool read_line(int client) {
    for (char c = 0; c != '\n';) {
      if (::recv(client, &c, 1, 0) != 1) return false;
      heard_ += c;
    }
    return true;
  }
  const Descriptor listener_;
  std::uint16_t port_ = 0;
  std::string heard_;
  std::thread thread_;
};

constexpr std::string_view kMail = "Subject: x\r\n\r\n.hidden\r\n";
const AllowedAddresses kHere{.global = false, .networks = {*read_network("127.0.0.0/8")}};

struct Told {
  std::string said;
  Code code = Code::kNotFound;
  bool in_doubt = false;
};
Told talk(Script& server, const SmtpLogin& login = {.tls = SmtpTls::kNone}) {
  WireStream wire(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  SmtpSession session(wire, "client.example.org");
  const auto trust = *TlsTrust::open("");
  const auto all = [&]() -> Result<std::string> {
    TRY(wire.connect("127.0.0.1", server.port(), kHere));
    TRY(session.begin(login, *trust));
    TRY(session.address("a@example.org", {"b@example.org", "c@example.org"}));
    return session.send(kMail);
  };
  const Result<std::string> sent = all();
  session.quit();
  return sent ? Told{.said = *sent} : Told{sent.error().message, sent.error().code, session.in_doubt()};
}

/// What follows DATA is four lines: a header, an empty one, the text, and the dot.
const std::vector<std::string> kGood = {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "", "", "", "250 taken\r\n"};
std::vector<std::string> with(std::size_t at, std::string line) {
  std::vector<std::string> lines = kGood;
  lines.resize(at + 1);
  lines[at] = std::move(line);
  return lines;
}

TEST(Smtp, SendsOneMail) {
  Script server(kGood);
  EXPECT_EQ(talk(server).said, "250 taken");
  EXPECT_EQ(server.heard(), "EHLO client.example.org\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\nSubject: x\r\n\r\n..hidden\r\n.\r\nQUIT\r\n");
}

TEST(Smtp, WhatPassesAndWhatDoesNot) {
  const auto code = [](std::size_t at, const char* line) {
    Script server(with(at, line));
    const Told told = talk(server);
    EXPECT_FALSE(told.in_doubt) << line;
    return told.code;
  };
  EXPECT_EQ(code(0, "554 no\r\n"), Code::kDenied);
  EXPECT_EQ(code(0, "421 busy\r\n"), Code::kIo);
  EXPECT_EQ(code(2, "550 no\r\n"), Code::kDenied);
  EXPECT_EQ(code(4, "550 nobody\r\n"), Code::kDenied) << "one recipient of two";
  EXPECT_EQ(code(4, "450 later\r\n"), Code::kIo);
  EXPECT_EQ(code(5, "452 full\r\n"), Code::kIo);
  EXPECT_EQ(code(1, "what?\r\n"), Code::kInvalid);
}

TEST(Smtp, WithoutAnAnswerToTheWholeMailItIsInDoubt) {
  Script server(with(9, std::string(kEnds)));
  const Told told = talk(server);
  EXPECT_EQ(told.said, "ends the connection");
  EXPECT_TRUE(told.in_doubt);
}

TEST(Smtp, NothingGoesOverWhatOthersCouldRead) {
  const Secret secret("s3cret");
  Script none({"220 hi\r\n", "250 AUTH PLAIN\r\n"});
  EXPECT_EQ(talk(none, {.tls = SmtpTls::kStart, .user = "u", .secret = &secret}).code, Code::kDenied);
  EXPECT_EQ(none.heard(), "EHLO client.example.org\r\nQUIT\r\n");
  Script clear({"220 hi\r\n", "250-hi\r\n250 AUTH PLAIN\r\n"});
  EXPECT_EQ(talk(clear, {.tls = SmtpTls::kNone, .user = "u", .secret = &secret}).code, Code::kInvalid);
  EXPECT_EQ(clear.heard(), "EHLO client.example.org\r\nQUIT\r\n");
  Script early({"220 hi\r\n", "250-hi\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN\r\n"});
  EXPECT_EQ(talk(early, {.tls = SmtpTls::kStart}).code, Code::kDenied) << "what was put in before TLS";
}

TEST(Wire, GoesToAllowedAddressesAlone) {
  WireStream wire(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  const Status local = wire.connect("127.0.0.1", 1, {});
  ASSERT_FALSE(local);
  EXPECT_EQ(local.error().code, Code::kDenied);
  EXPECT_EQ(wire.connect("localhost", 1, {}).error().code, Code::kDenied);
  EXPECT_EQ(wire.connect("::ffff:10.0.0.1", 1, {}).error().code, Code::kDenied);
  EXPECT_EQ(wire.connect("127.0.0.1", 1, kHere).error().code, Code::kIo) << "nobody listens";
}

}  // namespace
}  // namespace tocsin::respond
