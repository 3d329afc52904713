#include "respond/cacao/value.h"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::cacao {
namespace {

TEST(Value, FitsItsType) {
  using enum VariableType;
  const std::pair<VariableType, const char*> good[] = {{kBool, "true"}, {kDictionary, R"({"a":1})"}, {kFloat, "-1.5e3"}, {kHash, "0aF"}, {kHexstring, "00"}, {kInteger, "-7"}, {kIpv4, "192.0.2.1"}, {kIpv4, "192.0.2.0/24"}, {kIpv6, "2001:db8::1"},
                                                       {kLong, "9000000000"}, {kMac, "00:00:5e:00:53:01"}, {kMd5, "d41d8cd98f00b204e9800998ecf8427e"}, {kString, ""}, {kUri, "https://example.org/"}, {kUuid, "00000000-0000-4000-8000-000000000001"},
                                                       {kSha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
  const std::pair<VariableType, const char*> bad[] = {{kBool, "yes"}, {kDictionary, "[1]"}, {kDictionary, R"({"a":1,"a":2})"}, {kFloat, "1,5"}, {kFloat, "nan"}, {kFloat, "1e999"}, {kHash, "xyz"}, {kHexstring, ""}, {kInteger, "9000000000"}, {kInteger, "1.0"}, {kIpv4, "2001:db8::1"}, {kIpv4, "192.0.2"},
                                                      {kIpv6, "192.0.2.1"}, {kLong, ""}, {kMac, "00:00:5e:00:53"}, {kMac, "00:00:5e:00:53:0g"}, {kMd5, "d41d"}, {kUri, "example.org"}, {kUuid, "1"}, {kSha256, "d41d8cd98f00b204e9800998ecf8427e"}};
  for (const auto& [type, value] : good) EXPECT_TRUE(fits(type, value)) << type_name(type) << " " << value;
  for (const auto& [type, value] : bad) EXPECT_FALSE(fits(type, value)) << type_name(type) << " " << value;
}

TEST(Value, IsTheSameInAnotherSpelling) {
  using enum VariableType;
  const auto same = [](VariableType type, const char* own, const char* other) {
    return same_value({.type = type, .description = {}, .value = own, .constant = false, .external = false}, other);
  };
  const std::tuple<VariableType, const char*, const char*> equal[] = {{kInteger, "7", "007"}, {kFloat, "1.50", "1.5"}, {kFloat, "2", "2.0"}, {kFloat, "-0", "0"}, {kIpv4, "192.0.2.1", "192.0.2.1/32"}, {kIpv4, "192.0.2.9/24", "192.0.2.0/24"},
                                                                {kIpv6, "2001:DB8::1", "2001:db8:0:0::1"}, {kMac, "00-00-5E-00-53-01", "00:00:5e:00:53:01"}, {kHash, "0aF", "0Af"}, {kDictionary, R"({"b":1.0,"a":2})", R"({"a":2,"b":1})"},
                                                                {kUuid, "00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000a"}, {kString, "a", "a"}, {kUri, "https://example.org/", "https://example.org/"}};
  const std::tuple<VariableType, const char*, const char*> other[] = {{kInteger, "7", "8"}, {kString, "a", "A"}, {kString, "7", "007"}, {kIpv4, "192.0.2.1", "192.0.2.0/24"}, {kUri, "https://example.org/", "https://example.org"}, {kBool, "true", "false"}};
  for (const auto& [type, own, text] : equal) EXPECT_TRUE(same(type, own, text)) << own << " " << text;
  for (const auto& [type, own, text] : other) EXPECT_FALSE(same(type, own, text)) << own << " " << text;
  EXPECT_FALSE(same(kInteger, "x", "x")) << "neither is one";
  EXPECT_FALSE(same_value(Variable(), ""));
}

TEST(Value, NumbersAreComparedExactly) {
  const auto order = [](std::string_view left, std::string_view right) { return compare_numbers(read_number(left).value(), read_number(right).value()); };
  EXPECT_TRUE(order("9007199254740993", "9007199254740992.0") > 0) << "as doubles they are the same";
  EXPECT_TRUE(order("9223372036854775807", "9223372036854775808.0") < 0);
  EXPECT_TRUE(order("-9223372036854775808", "-9223372036854775808.0") == 0);
  EXPECT_TRUE(order("-9223372036854775808", "-1e300") > 0);
  EXPECT_TRUE(order("3", "3.5") < 0);
  EXPECT_TRUE(order("-3", "-3.5") > 0);
  EXPECT_TRUE(order("-3.5", "-3") < 0);
  EXPECT_TRUE(order("+5", "5.0") == 0);
  EXPECT_TRUE(order("0.1", "0.10") == 0);
  for (const char* const bad : {"", "+", "+-1", "1 ", " 1", "0x1", "inf", "nan", "1e999", "1,5"}) EXPECT_FALSE(read_number(bad)) << bad;
}

TEST(Value, Base64InBothAlphabets) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (const Base64 kind : {Base64::kPlain, Base64::kUrl}) EXPECT_EQ(from_base64(to_base64(bytes, kind), kind), bytes);
  }
  EXPECT_EQ(to_base64("\xfb\xff", Base64::kPlain), "+/8=");
  EXPECT_EQ(to_base64("\xfb\xff", Base64::kUrl), "-_8");
  for (const char* const bad : {"A", "AA", "AAA", "AB==", "AAB=", "A===", "AA=A", "====", "AA A", " AAA", "AAA\n", "-_8="}) EXPECT_FALSE(from_base64(bad, Base64::kPlain)) << bad;
  for (const char* const bad : {"A", "+/8", "AA==", "AA A", "AB"}) EXPECT_FALSE(from_base64(bad, Base64::kUrl)) << bad;
}

}  // namespace
}  // namespace tocsin::cacao
