#include "collect/http_body.h"

#include <gtest/gtest.h>

#include <string>

#include "collect/packed_testing.h"

namespace tocsin {
namespace {

TEST(HttpBody, IsUnpacked) {
  const std::string text(1'000'000, 'a');
  for (const char* encoding : {"gzip", "GZip", "x-gzip", "deflate", "identity", ""}) {
    const std::string name = encoding;
    std::string body = name.empty() || name == "identity" ? text : packed(text, name == "deflate" ? 15 : 31);
    ASSERT_TRUE(unpack_http_body(encoding, text.size(), body)) << name;
    EXPECT_EQ(body, text) << name;
  }
  std::string two = packed("one", 31) + packed("two", 31);
  ASSERT_TRUE(unpack_http_body("gzip", 6, two));
  EXPECT_EQ(two, "onetwo");
  std::string empty = packed("", 31);
  ASSERT_TRUE(unpack_http_body("gzip", 0, empty));
  EXPECT_EQ(empty, "");
}

Code code_of(const std::string& encoding, std::size_t bytes_max, std::string body) {
  const Status status = unpack_http_body(encoding, bytes_max, body);
  return status ? Code::kNotFound : status.error().code;
}

TEST(HttpBody, IsRefusedWhereItIsTooLargeOrNoneOfThese) {
  const std::string text(1'000'000, 'a');
  EXPECT_EQ(code_of("gzip", text.size() - 1, packed(text, 31)), Code::kLimit);
  EXPECT_EQ(code_of("gzip", 10, packed(text, 31)), Code::kLimit);
  EXPECT_EQ(code_of("gzip", 100, "no gzip"), Code::kInvalid);
  EXPECT_EQ(code_of("gzip", 100, packed("abc", 15)), Code::kInvalid);
  EXPECT_EQ(code_of("deflate", 100, packed("abc", 31)), Code::kInvalid);
  EXPECT_EQ(code_of("gzip", 100, ""), Code::kNotFound);
  EXPECT_EQ(code_of("gzip", 100, packed("abc", 31) + "x"), Code::kInvalid);
  EXPECT_EQ(code_of("br", 100, "abc"), Code::kUnsupported);
  EXPECT_EQ(code_of("gzip, gzip", 100, "abc"), Code::kUnsupported);
  const std::string whole = packed("a body that is cut off somewhere", 31);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(code_of("gzip", 100, whole.substr(0, size)), Code::kInvalid) << size;
  }
}

}  // namespace
}  // namespace tocsin
