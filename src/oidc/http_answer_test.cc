#include "oidc/http_answer.h"

#include <gtest/gtest.h>

namespace tocsin::oidc {
namespace {

/// "status body", or why not; in pieces of `piece` bytes.
std::string read_as(const std::string& bytes, std::size_t piece, std::uint64_t body_bytes_max) {
  HttpAnswerReader reader(body_bytes_max);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Result<HttpAnswerReader::Step> step = reader.feed(std::string_view(bytes).substr(at, piece));
    if (!step) return step.error().message;
    if (*step == HttpAnswerReader::Step::kWhole) return std::to_string(reader.answer().status) + " " + reader.answer().body;
  }
  const Status end = reader.end();
  return end ? std::to_string(reader.answer().status) + " " + reader.answer().body : end.error().message;
}

/// The same however it is cut.
std::string read_all(const std::string& bytes, std::uint64_t body_bytes_max = 100) {
  const std::string whole = read_as(bytes, std::max<std::size_t>(bytes.size(), 1), body_bytes_max);
  for (const std::size_t piece : {1u, 2u, 3u, 7u}) EXPECT_EQ(read_as(bytes, piece, body_bytes_max), whole) << bytes;
  return whole;
}

TEST(HttpAnswer, HasALengthOrChunksOrAnEnd) {
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "200 {}");
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}more"), "200 {}");
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"), "200 {}");
  EXPECT_EQ(read_all("HTTP/1.0 404 Not Found\r\n\r\nno"), "404 no");
  EXPECT_EQ(read_all("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "200 ");
  EXPECT_EQ(read_all("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "200 {}");
  EXPECT_EQ(read_all("HTTP/1.1 204 No Content\r\n\r\n"), "204 ");
}

TEST(HttpAnswer, HeadersAreThoseOfTheLastHead) {
  HttpAnswerReader reader(100, true);
  ASSERT_TRUE(reader.feed("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nLINK:  <b> \r\nLink: <c>\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_EQ(reader.answer().headers, (std::vector<std::pair<std::string, std::string>>{{"link", "<b>"}, {"link", "<c>"}, {"content-encoding", "gzip"}, {"content-length", "1"}}));
}

TEST(HttpAnswer, ThatIsNotWhole) {
  for (const char* const bytes : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"}) {
    EXPECT_EQ(read_all(bytes), "its answer ended before it was whole") << bytes;
  }
}

TEST(HttpAnswer, ThatCouldBeReadInTwoWays) {
  for (const char* const head : {"HTTP/2 200\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1  200 OK\r\n", "200 OK\r\n", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: \r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\n", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n", "HTTP/1.1 200 OK\r\nnothing\r\n",
                                 "HTTP/1.1 200 OK\r\n: 1\r\n", "HTTP/1.1 200 OK\r\nX: \x01\r\n", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 0\r\n"}) {
    EXPECT_TRUE(read_all(std::string(head) + "\r\n{}").starts_with("its answer is malformed: ")) << head << read_all(std::string(head) + "\r\n{}");
  }
}

TEST(HttpAnswer, ThatIsTooLarge) {
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x')), "200 " + std::string(100, 'x'));
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"), "its answer is larger than 100 bytes");
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')), "its answer is larger than 100 bytes");
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n"), "its answer is larger than 100 bytes");
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nX: " + std::string(kAnswerHeadBytesMax + 4, 'x')), "the head of its answer is too large");
}

}  // namespace
}  // namespace tocsin::oidc
