// Clients that mean harm, beside one that works: whatever they send, the service stays up, its memory stays within a bound, what the working client sent
// is there, and the ledger says exactly what was taken.
#include <sys/resource.h>
#include <zlib.h>

#include <atomic>
#include <random>

#include "base/sanitized.h"
#include "collect/syslog_frames.h"
#include "serving.h"

namespace tocsin {
namespace {

/// What hostile clients may cost at most beyond what the service needs: bodies in memory (64 MB a listener), the queue (48 MB), and what
/// the allocator keeps of both.
constexpr std::uint64_t kPssGrowthKbMax = 256 << 10;

std::string post(const std::string& path, const std::string& headers, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string deflated(const std::string& bytes, int window_bits) {
  std::string packed(compressBound(bytes.size()) + 64, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// A connection that sends what it likes and does not care whether anybody listens.
class Raw {
 public:
  explicit Raw(const std::string& address, const char* from = nullptr, int type = SOCK_STREAM) : socket_(connect_to(address, type, from)) {}
  Raw(Raw&& other) noexcept : socket_(std::exchange(other.socket_, -1)), sent_(std::move(other.sent_)) {}
  ~Raw() {
    if (socket_ >= 0) ::close(socket_);
  }
  bool connected() const { return socket_ >= 0; }
  const std::string& sent() const { return sent_; }
  void send(std::string_view bytes) {
    sent_ += bytes;
    while (socket_ >= 0 && !bytes.empty()) {
      const ssize_t put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void end() { ::shutdown(socket_, SHUT_WR); }
  /// Until the other side ends the connection.
  std::string all() {
    std::string answer;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
    return answer;
  }
  /// Until `text` was read; "" if it was not.
  std::string until(std::string_view text) {
    std::string answer;
    char buffer[4096];
    while (answer.find(text) == std::string::npos) {
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return "";
      answer.append(buffer, static_cast<std::size_t>(got));
    }
    return answer;
  }

 private:
  int socket_;
  std::string sent_;
};

/// Counts what comes out of the bytes of a syslog connection, with the program's own reader: whether that is right is tested elsewhere.
std::uint64_t frames_of(const std::string& bytes) {
  class Counter : public ReceivedVisitor {
    void record(const Received&) override {}
  } counter;
  SyslogFrames frames;
  frames.read(bytes, counter);
  frames.finish(counter);
  return frames.counts().frames;
}

class Hostile : public Serving {
 protected:
  void begin() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    bulk_ = "Authorization: ApiKey " + new_token("hostile", "bulk") + "\r\n";
    hec_ = "Authorization: Splunk " + new_token("splunk", "hec") + "\r\n";
    const std::string token = new_token("working", "bulk");
    service_ = serve();
    pss_before_ = pss_kb(service_->pid());
    works_ = std::thread([this, token] { work(token); });
  }
  /// With a record in each request, as long as the others do what they do.
  void work(const std::string& token) {
    Client client(address("bulk"));
    while (!enough_) {
      const std::string body = R"({"create":{"_index":"l"}})" "\n" R"({"serial":)" + std::to_string(worked_) + "}\n";
      const std::string answer = client.post("/_bulk", "ApiKey " + token, body);
      if (answer.find("\"status\":201") == std::string::npos) break;
      ++worked_;
      if (worked_ % 16 == 1) pss_most_ = std::max<std::uint64_t>(pss_most_, pss_kb(service_->pid()));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    still_worked_ = enough_.load();
  }
  /// Of the others' source, its records.
  void finish(const Ledger& bulk, const Ledger& hec, const Ledger& syslog) {
    enough_ = true;
    works_.join();
    EXPECT_TRUE(still_worked_) << "the working client was turned away after " << worked_ << " records";
    EXPECT_EQ(service_->end(SIGTERM), 0) << text("serve.out");
    EXPECT_EQ(ledger("bulk/working"), (Ledger{worked_, worked_, 0, 0}));
    EXPECT_EQ(ledger("bulk/hostile"), bulk);
    EXPECT_EQ(ledger("hec/splunk"), hec);
    EXPECT_EQ(ledger("syslog"), syslog);
    EXPECT_TRUE(is_sanitized() || pss_most_ <= pss_before_ + kPssGrowthKbMax) << pss_most_ << " KB, from " << pss_before_;
    std::printf("memory: %zu KB before, %zu KB at most%s; %zu records of the working client\n", pss_before_, pss_most_.load(),
                is_sanitized() ? " (not judged: sanitizers keep what was freed)" : "", worked_.load());
  }

  std::string bulk_, hec_;  // headers
  std::unique_ptr<Process> service_;
  std::uint64_t pss_before_ = 0;
  std::atomic<std::uint64_t> pss_most_{0}, worked_{0};
  std::atomic<bool> enough_{false}, still_worked_{false};
  std::thread works_;
};

/// Requests that two readers could understand differently, or that are none: each is refused, and its connection ends.
std::vector<std::string> smuggling(const std::string& token) {
  const std::string start = "POST /_bulk HTTP/1.1\r\nHost: t\r\n" + token;
  const std::string items = "{\"create\":{\"_index\":\"l\"}}\n{\"smuggled\":1}\n", size = std::to_string(items.size());
  return {
      start + "Content-Length: " + size + "\r\nTransfer-Encoding: chunked\r\n\r\n" + items,
      start + "Transfer-Encoding: chunked\r\nContent-Length: " + size + "\r\n\r\n0\r\n\r\n" + items,
      start + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: identity\r\n\r\n" + items,
      start + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      start + "Content-Length: " + size + "\r\nContent-Length: 0\r\n\r\n" + items,
      start + "Content-Length: " + size + ", " + size + "\r\n\r\n" + items,
      start + "Content-Length: +" + size + "\r\n\r\n" + items,
      start + "Content-Length: -1\r\n\r\n" + items,
      start + "Content-Length: 99999999999999999999\r\n\r\n" + items,
      start + "Content-Length: 0x10\r\n\r\n" + items,
      start + "X: a\r\n b\r\nContent-Length: " + size + "\r\n\r\n" + items,
      start + "X: a\nContent-Length: " + size + "\r\n\r\n" + items,
      start + "X: a" + std::string(1, '\0') + "b\r\nContent-Length: " + size + "\r\n\r\n" + items,
      start + "Host: other\r\nContent-Length: " + size + "\r\n\r\n" + items,
      start + "Transfer-Encoding: chunked\r\n\r\n5;\n\r\nabcde\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n",
      start + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
      start + "Transfer-Encoding: chunked\r\n\r\n5" + std::string(70'000, 'x'),
      start + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 4\r\n\r\n",
      "POST /_bulk HTTP/1.1\r\n" + token + "Content-Length: 0\r\n\r\n",
      "POST /_bulk HTTP/2.0\r\nHost: t\r\n" + token + "\r\n",
      "POST http://other/_bulk HTTP/1.1\r\nHost: t\r\n" + token + "Content-Length: 0\r\n\r\n",
      "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: t\r\n" + std::string(20'000, 'x') + "\r\n\r\n",
  };
}

TEST_F(Hostile, SmugglingAndMalformedRequests) {
  begin();
  int refused = 0;
  for (const auto& [port, token] : {std::pair(std::string("bulk"), bulk_), std::pair(std::string("hec"), hec_)}) {
    for (const std::string& request : smuggling(token)) {
      Raw client(address(port));
      client.send(request);
      client.end();  // what the service waits to see the end of is not answered at all
      const std::string answer = client.all();
      EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5")) << port << ": " << request.substr(0, 200) << "\n" << answer;
      refused += answer.empty() ? 0 : 1;
      EXPECT_EQ(answer.find("HTTP/1.1 ", 8), std::string::npos) << "two answers for one request";
    }
  }
  EXPECT_GE(refused, 2 * 23);
  Ledger bulk, hec;
  // Whole requests that are no JSON: of a _bulk the malformed items alone are refused, as many as the answer says.
  const std::string create = "{\"create\":{\"_index\":\"l\"}}\n";
  const std::string documents[] = {"{", "[1]", "null", "{\"a\":}", "{\"a\":1}}", "{\"a\":\"\xff\xfe\"}", "{\"a\":\"\\ud800\"}", std::string(5'000, '['), "{\"a\":1}"};
  std::string items;
  for (const std::string& document : documents) items += create + document + "\n";
  Raw mixed(address("bulk"));
  mixed.send(post("/_bulk", bulk_, items));
  const std::string answer = mixed.until("]}");
  for (std::size_t at = answer.find("\"status\":"); at != std::string::npos; at = answer.find("\"status\":", at + 1)) {
    ++bulk.received;
    ++(answer.compare(at + 9, 3, "201") == 0 ? bulk.stored : bulk.refused);
  }
  EXPECT_EQ(bulk.received, std::size(documents));
  EXPECT_GE(bulk.refused, 6u);
  for (const std::string& body : {std::string("{\"create\":"), create, std::string("\n\n"), std::string("{}\n{}\n"), std::string(100'000, '{') + "\n", std::string("\0\0\0\n", 4)}) {
    Raw client(address("bulk"));
    client.send(post("/_bulk", bulk_, body));
    EXPECT_NE(client.until("\r\n\r\n").find("HTTP/1.1 400"), std::string::npos) << body.substr(0, 50);
  }
  for (const std::string& body : {std::string("{\"event\":"), std::string("{}"), std::string("[]"), std::string("{\"event\":\"a\",\"time\":{}}")}) {
    Raw client(address("hec"));
    client.send(post("/services/collector", hec_, body));
    EXPECT_NE(client.until("\r\n\r\n").find("HTTP/1.1 400"), std::string::npos) << body;
    ++hec.received, ++hec.refused;
  }
  Raw whole(address("hec"));
  whole.send(post("/services/collector/raw", hec_, "\xff\xfe invalid\n\x01\x02\n"));
  EXPECT_NE(whole.until("\r\n\r\n").find("HTTP/1.1 200"), std::string::npos);
  hec.received += 2, hec.stored += 2;
  finish(bulk, hec, {});
}

TEST_F(Hostile, Bombs) {
  begin();
  const std::string zeros(200u << 20, '\0');
  const std::pair<std::string, std::string> bombs[] = {{"gzip", deflated(zeros, 31)}, {"deflate", deflated(zeros, 15)}};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      const auto& [encoding, bomb] = bombs[i % 2];
      for (int round = 0; round < 5; ++round) {
        Raw client(address(i < 4 ? "bulk" : "hec"));
        client.send(i < 4 ? post("/_bulk", bulk_ + "Content-Encoding: " + encoding + "\r\n", bomb)
                          : post("/services/collector/raw", hec_ + "Content-Encoding: " + encoding + "\r\n", bomb));
        EXPECT_NE(client.until("\r\n\r\n").find("HTTP/1.1 413"), std::string::npos) << encoding;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const std::string encoding : {"zstd", "br", "gzip, gzip"}) {
    Raw client(address("bulk"));
    client.send(post("/_bulk", bulk_ + "Content-Encoding: " + encoding + "\r\n", "x"));
    EXPECT_NE(client.until("\r\n\r\n").find("HTTP/1.1 415"), std::string::npos) << encoding;
  }
  Raw cut(address("bulk"));
  cut.send(post("/_bulk", bulk_ + "Content-Encoding: gzip\r\n", bombs[0].second.substr(0, 500)));
  EXPECT_NE(cut.until("\r\n\r\n").find("HTTP/1.1 4"), std::string::npos);
  // A health check needs no token, and so has no body.
  Raw nobody(address("hec"));
  nobody.send("POST /services/collector/health HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(nobody.all().starts_with("HTTP/1.1 4"));
  finish({}, {}, {});
}

TEST_F(Hostile, SlowIdleAndHalfClosedConnections) {
  begin();
  // From four addresses, since one has a bound of its own.
  std::vector<Raw> idle;
  for (const char* const from : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"}) {
    for (int i = 0; i < 84; ++i) {
      for (const char* const port : {"bulk", "hec", "syslog_tcp"}) {
        Raw& connection = idle.emplace_back(address(port), from);
        ASSERT_TRUE(connection.connected());
        if (i % 4 == 0) connection.send("P");                    // slow from its first byte
        if (i % 4 == 1) connection.send(std::string(port) == "syslog_tcp" ? "16000000 <1>" : "POST /_bulk HTTP/1.1\r\nHost: t\r\n");
        if (i % 4 == 2) {                                        // slow in its body
          const std::string token = std::string(port) == "bulk" ? bulk_ : hec_;
          connection.send("POST /_bulk HTTP/1.1\r\nHost: t\r\n" + token + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
        }
      }
    }
  }
  EXPECT_EQ(idle.size(), 1'008u);
  const std::uint64_t worked = worked_;
  for (int i = 0; i < kWaits && worked_ < worked + 20; ++i) {
    idle[static_cast<std::size_t>(i) % idle.size()].send("O");
    wait_a_little();
  }
  EXPECT_GE(worked_, worked + 20) << "beside 1,008 connections";
  // Who ends its half behind a whole request still gets the answer.
  Raw half(address("bulk"));
  half.send(post("/_bulk", bulk_, "{\"create\":{\"_index\":\"l\"}}\n{\"half\":1}\n"));
  half.end();
  EXPECT_NE(half.all().find("\"status\":201"), std::string::npos);
  Raw cut(address("bulk"));
  cut.send("POST /_bulk HTTP/1.1\r\nHost: t\r\n" + bulk_ + "Content-Length: 100\r\n\r\nhalf");
  cut.end();
  EXPECT_EQ(cut.all(), "");
  // What was begun is a record of plain syslog once the connection ends; of HTTP it is nothing.
  std::uint64_t begun = 0;
  for (std::size_t i = 2; i < idle.size(); i += 3) begun += frames_of(idle[i].sent());
  EXPECT_GE(begun, 3u * 84);
  idle.clear();
  for (int i = 0; i < kWaits && ledger("syslog").stored < begun; ++i) wait_a_little();
  finish({1, 1, 0, 0}, {}, {begun, begun, 0, 0});
}

TEST_F(Hostile, OddSyslogAndRandomBytesAtEveryPort) {
  begin();
  std::mt19937 random(20261123);
  const auto noise = [&](std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  std::vector<std::string> streams = {
      "<1>" + std::string(70'000, 'x') + "\n<1>after it\n",
      "16000000 <1>" + std::string(500'000, 'y'),
      "99999999 <1>x\n<1>after it\n",
      "5 <1>abcdefgh\n3 <1>\n<1>z",
      "0 <1>\n00012 <1>abc\n18446744073709551616 <1>x\n-5 <1>\n",
      "12 no pri here\n<999999>x\n<>\n<\n",
      "<1>\xff\xfe\xc0\x80\xed\xa0\x80\n",
      std::string(100'000, '\n'),
      std::string(100'000, '\0'),
      std::string(1u << 20, '<'),
      std::string(50'000, '1'),
  };
  for (int i = 0; i < 30; ++i) streams.push_back(noise(1 + random() % 50'000));
  Ledger syslog;
  for (const std::string& stream : streams) {
    Raw client(address("syslog_tcp"));
    client.send(stream);
    client.end();
    EXPECT_EQ(client.all(), "");
    syslog.stored += frames_of(stream);
  }
  for (const char* const port : {"bulk", "hec"}) {
    for (int i = 0; i < 30; ++i) {
      Raw client(address(port));
      client.send(i % 2 == 0 ? noise(1 + random() % 50'000) : "POST /_bulk HTTP/1.1\r\nHost: t\r\n" + (std::string(port) == "bulk" ? bulk_ : hec_) + noise(1'000));
      client.end();
      const std::string answer = client.all();
      EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5")) << answer;
    }
  }
  // Slowly enough that the kernel can hold them.
  std::uint64_t datagrams = 0;
  Raw udp(address("syslog_udp"), nullptr, SOCK_DGRAM);
  for (int i = 0; i < 50; ++i, ++datagrams) {
    udp.send(noise(1 + random() % 60'000));
    for (int wait = 0; wait < kWaits && ledger("syslog").received < syslog.stored + datagrams + 1; ++wait) wait_a_little();
  }
  syslog.stored += datagrams;
  syslog.received = syslog.stored;
  finish({}, {}, syslog);
}

}  // namespace
}  // namespace tocsin
