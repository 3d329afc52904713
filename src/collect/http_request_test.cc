#include "collect/http_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

/// What a connection's bytes are read as: heads and bodies, or the status of the refusal.
struct Seen {
  std::vector<std::string> requests;
  int refused = 0;
  bool operator==(const Seen&) const = default;
};

Seen read_in(const std::vector<std::string_view>& pieces, std::uint64_t body_bytes_max = 1'000) {
  HttpRequestReader reader(body_bytes_max);
  Seen seen;
  for (const std::string_view piece : pieces) {
    HttpStep step = reader.feed(piece);
    while (step != HttpStep::kMore) {
      if (step == HttpStep::kBad) {
        seen.refused = reader.problem().status;
        return seen;
      }
      if (step == HttpStep::kWhole) {
        const HttpHead& head = reader.head();
        seen.requests.push_back(head.method + ' ' + head.path + '?' + head.query + ' ' + head.host + ' ' +
                                (head.keep_alive ? "keep " : "close ") + reader.take_body());
        reader.next();
      }
      step = reader.feed({});
    }
  }
  return seen;
}

int refused(const std::string& bytes) { return read_in({bytes}).refused; }

std::string post(std::string_view headers, std::string_view body) {
  return "POST /_bulk HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

const std::string kStream =
    "POST /_bulk?a=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\r\nhello"
    "\r\nGET / HTTP/1.1\r\nhost:x\r\n\r\n"
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: "
    "t\r\n\r\n"
    "POST /empty HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    "GET /last HTTP/1.0\r\n\r\n";
const Seen kSeen{
    .requests = {"POST /_bulk?a=1 h:1 keep hello", "GET /? x keep ", "POST /c? x keep abcdefg", "POST /empty? x keep ", "GET /last?  close "}};

TEST(HttpRequest, IsTheSameHoweverItIsCut) {
  EXPECT_EQ(read_in({kStream}).requests, kSeen.requests);
  const std::string_view whole = kStream;
  for (std::size_t at = 1; at < whole.size(); ++at) {
    EXPECT_EQ(read_in({whole.substr(0, at), whole.substr(at)}), kSeen) << at;
  }
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < whole.size(); ++at) bytes.push_back(whole.substr(at, 1));
  EXPECT_EQ(read_in(bytes), kSeen);
}

TEST(HttpRequest, ShapesThatTwoReadersUnderstandDifferentlyAreRefused) {
  EXPECT_EQ(refused(post("Content-Length: 3\r\n", "abc")), 0);
  EXPECT_EQ(refused(post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(refused(post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: 3, 3\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: +3\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: 0x3\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: -1\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: 18446744073709551619\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length:\r\n", "")), 400);
  EXPECT_EQ(refused(post("Content-Length : 3\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("Content-Length: 3\r\n Transfer-Encoding: chunked\r\n", "abc")), 400);
  EXPECT_EQ(refused(post("X: a\r\n\tb\r\n", "")), 400);
  EXPECT_EQ(refused(post("Transfer-Encoding: xchunked\r\n", "")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding: chunked, identity\r\n", "")), 501);
  EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(refused(post("Transfer-Encoding:\x0b"
                         "chunked\r\n",
                         "0\r\n\r\n")),
            400);
  EXPECT_EQ(refused(post("X: a\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
  EXPECT_EQ(refused(post("X: a\rb\r\n", "")), 400);
  EXPECT_EQ(refused(post(std::string_view("X: a\0b\r\n", 8), "")), 400);
  EXPECT_EQ(refused(post("Host: b\r\n", "")), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: a\n\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused(post("Authorization: a\r\nauthorization: b\r\n", "")), 400);
  EXPECT_EQ(refused(post("Expect: 200-ok\r\n", "")), 417);
}

TEST(HttpRequest, BadChunksAreRefused) {
  const auto chunks = [](std::string_view body) { return refused(post("Transfer-Encoding: chunked\r\n", body)); };
  EXPECT_EQ(chunks("3\r\nabc\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunks("0x3\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("-1\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("3\r\nabcd\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("3\nabc\n0\n\n\r\n"), 400);
  EXPECT_EQ(chunks("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("ffffffffffffffff\r\nabc\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(chunks("3e9\r\nabc"), 413);
  EXPECT_EQ(chunks("0\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(chunks("3;" + std::string(kHttpChunkHeadBytesMax, 'x')), 400);
  EXPECT_EQ(chunks("3 ;a=b\r\nabc\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunks("3 \r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("3;a=\"\r\nabc\r\n\"\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("3;a\nb\r\nabc\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(chunks("0\r\nA b: c\r\n\r\n"), 400);
  EXPECT_EQ(chunks("0\r\nno colon\r\n\r\n"), 400);
  EXPECT_EQ(chunks("0\r\nA: " + std::string(kHttpChunkHeadBytesMax - 5, 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(chunks("0\r\nA: " + std::string(kHttpChunkHeadBytesMax - 4, 'x') + "\r\n\r\n"), 400);
  EXPECT_EQ(chunks("0\r\nA: b\r\nA: " + std::string(kHttpChunkHeadBytesMax - 5, 'x') + "\r\n\r\n"), 400);
  EXPECT_EQ(chunks("1f4\r\n" + std::string(500, 'x') + "\r\n1f4\r\n" + std::string(500, 'x') + "\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunks("1f4\r\n" + std::string(500, 'x') + "\r\n1f5\r\n"), 413);
}

TEST(HttpRequest, LimitsHold) {
  EXPECT_EQ(refused(post("Content-Length: 1000\r\n", "")), 0);
  EXPECT_EQ(refused(post("Content-Length: 1001\r\n", "")), 413);
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  EXPECT_EQ(refused(start + std::string(kHttpHeadBytesMax - start.size(), 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(refused(start + std::string(kHttpHeadBytesMax - start.size() + 1, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(refused(std::string(kHttpHeadBytesMax + 3, 'x')), 0);
  EXPECT_EQ(refused(std::string(kHttpHeadBytesMax + 4, 'x')), 431);
  std::string headers;
  for (std::size_t i = 1; i < kHttpHeadersMax; ++i) headers += "X: 1\r\n";
  EXPECT_EQ(refused(post(headers, "")), 0);
  EXPECT_EQ(refused(post(headers + "X: 1\r\n", "")), 431);
}

TEST(HttpRequest, LimitsDoNotDependOnTheCuts) {
  const std::string line(kHttpChunkHeadBytesMax - 2, 'x');
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  for (const std::string& bytes : {
           post("Transfer-Encoding: chunked\r\n", "0;" + line + "\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "0;" + line + "x\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "0\r\nA:" + line.substr(2) + "\r\n\r\n"),
           post("Transfer-Encoding: chunked\r\n", "0\r\nA:" + line.substr(1) + "\r\n\r\n"),
           head + std::string(kHttpHeadBytesMax - head.size(), 'x') + "\r\n\r\n",
           head + std::string(kHttpHeadBytesMax - head.size() + 1, 'x') + "\r\n\r\n",
       }) {
    const std::string_view all = bytes;
    const Seen whole = read_in({all});
    for (std::size_t back = 1; back < 8; ++back) {
      EXPECT_EQ(read_in({all.substr(0, all.size() - back), all.substr(all.size() - back)}), whole)
          << all.size() << " bytes, cut " << back << " before the end";
    }
  }
}

TEST(HttpRequest, SaysWhenTheClientWaitsForAYes) {
  HttpRequestReader reader(1'000);
  ASSERT_EQ(reader.feed(post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "")), HttpStep::kHead);
  EXPECT_TRUE(reader.head().expects_continue);
  EXPECT_EQ(reader.head().length, 1);
  EXPECT_EQ(reader.feed({}), HttpStep::kMore);
  EXPECT_EQ(reader.feed("x"), HttpStep::kWhole);
}

}  // namespace
}  // namespace tocsin
