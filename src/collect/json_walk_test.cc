#include "collect/json_walk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tocsin {
namespace {

bool is_json(std::string_view text) {
  const std::size_t at = json_blanks(text, 0);
  const std::size_t end = json_value_end(text, at);
  return end != kNoJson && json_blanks(text, end) == text.size();
}

TEST(JsonWalk, ValuesEndWhereTheyEnd) {
  for (const std::string_view value :
       {R"({"a":[1,{"b":null}],"c":"}"})", "[]", "{}", R"("a\"b\\")", "-1.5e+10", "0", "true"}) {
    const std::string text = " " + std::string(value) + " x";
    EXPECT_EQ(json_value_end(text, 1), value.size() + 1) << value;
  }
}

TEST(JsonWalk, StringsOfEveryLengthEndAtTheirQuote) {
  for (const std::string_view tail : {"\"", "\\n\"", "\\u00e9\"", "\\\\\""}) {
    for (std::size_t size = 0; size < 40; ++size) {
      const std::string text = "\"" + std::string(size, '\xe9') + std::string(tail);
      EXPECT_EQ(json_value_end(text + "          ", 0), text.size()) << size;
      EXPECT_EQ(json_value_end(text, 0), text.size()) << size;
      EXPECT_EQ(json_value_end(text.substr(0, text.size() - 1), 0), kNoJson) << size;
    }
  }
  for (std::size_t size = 0; size < 40; ++size) {
    EXPECT_EQ(json_value_end("\"" + std::string(size, 'a') + "\x1f          \"", 0), kNoJson) << size;
  }
}

TEST(JsonWalk, DepthHasALimit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(is_json(nested(kJsonWalkDepthMax)));
  EXPECT_FALSE(is_json(nested(kJsonWalkDepthMax + 1)));
  EXPECT_FALSE(is_json(std::string(1 << 20, '{')));
}

TEST(JsonWalk, MembersAreFoundInOrder) {
  const std::string_view text = R"(x{ "a" : 1 , "b":{"c":[2]}, "a":"z" } y)";
  JsonMembers members(text, 1);
  std::vector<std::string> seen;
  while (members.next()) seen.push_back(std::string(members.key()) + "=" + std::string(members.value()));
  EXPECT_FALSE(members.failed());
  EXPECT_EQ(text.substr(members.end()), " y");
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", R"(b={"c":[2]})", R"(a="z")"}));
  EXPECT_FALSE(members.next());
  EXPECT_EQ(text.substr(members.end()), " y");
}

TEST(JsonWalk, DamagedMembersFail) {
  for (const std::string_view text :
       {"", "[", "{", "{,}", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({"a":1 "b":2})", R"({"a":1)"}) {
    JsonMembers members(text, 0);
    while (members.next()) {
    }
    EXPECT_TRUE(members.failed()) << text;
  }
}

TEST(JsonWalk, ElementsAreFoundInOrder) {
  JsonElements elements("[1, \"a\",[] ] ", 0);
  std::vector<std::string> seen;
  while (elements.next()) seen.emplace_back(elements.value());
  EXPECT_FALSE(elements.failed());
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "\"a\"", "[]"}));
  for (const std::string_view text : {"", "{", "[", "[1", "[1,]", "[1 2]", "[,]"}) {
    JsonElements damaged(text, 0);
    while (damaged.next()) {
    }
    EXPECT_TRUE(damaged.failed()) << text;
  }
}

TEST(JsonWalk, StringsAreUnescapedOnlyWhereTheyMustBe) {
  std::string room;
  std::string_view text;
  const std::string_view plain = "\"plain\"";
  ASSERT_TRUE(json_string(plain, room, text));
  EXPECT_EQ(text.data(), plain.data() + 1);
  EXPECT_EQ(text, "plain");
  ASSERT_TRUE(json_string(R"("a\tb")", room, text));
  EXPECT_EQ(text, "a\tb");
  EXPECT_FALSE(json_string("12", room, text));
}

/// Where the suite leaves it open (i_), or wants valid UTF-8 only, both answers are right.
TEST(JsonWalk, AgreesWithThePublicSuite) {
  const char* data = std::getenv("TOCSIN_DATA");
  const std::filesystem::path folder =
      std::filesystem::path(data != nullptr ? data : TOCSIN_SOURCE_DIR "/../shared/data") /
      "json-test-suite/test_parsing";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no json-test-suite";
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (name.starts_with("i_") || name.find("utf") != std::string::npos || name.find("UTF") != std::string::npos)
      continue;
    if (name.find("invalid-utf") != std::string::npos || name.find("byte_") != std::string::npos) continue;
    EXPECT_EQ(is_json(text), name.starts_with("y_")) << name;
    ++compared;
  }
  EXPECT_GT(compared, 200u);
}

}  // namespace
}  // namespace tocsin
