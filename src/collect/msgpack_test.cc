#include "collect/msgpack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/bytes.h"
#include "collect/msgpack_json.h"
#include "collect/msgpack_twin.h"

namespace tocsin {
namespace {

using namespace std::string_literals;

/// Whatever the pieces, the value ends where the twin says, and is its JSON.
std::string json_of(const std::string& bytes) {
  const MsgpackTwin twin(bytes);
  for (const std::size_t step : {bytes.size() + 1, std::size_t{1}, std::size_t{3}}) {
    MsgpackEnd end;
    Result<std::size_t> size = std::size_t{0};
    for (std::size_t at = 0; size && *size == 0 && at < bytes.size();) {
      at = std::min(at + step, bytes.size());
      size = end.find(std::string_view(bytes).substr(0, at));
      if (size && *size == 0) {
        EXPECT_GT(end.needed(), at);
      }
    }
    EXPECT_EQ(size.has_value(), twin.outcome != MsgpackTwin::Outcome::kBad) << (size ? "" : size.error().message);
    if (!size) return size.error().message;
    EXPECT_EQ(*size, twin.outcome == MsgpackTwin::Outcome::kMore ? 0 : twin.size);
    if (*size == 0) return "more";
  }
  MsgpackReader reader(bytes);
  std::string json;
  append_msgpack_json(json, reader);
  EXPECT_EQ(reader.at(), twin.size);
  EXPECT_EQ(json, twin.json);
  return json;
}

TEST(Msgpack, ValuesAsJson) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x00"s, "0"}, {"\x7f", "127"}, {"\xff", "-1"}, {"\xe0", "-32"}, {"\xc0", "null"}, {"\xc2", "false"}, {"\xc3", "true"},
      {"\xcc\xff", "255"}, {"\xcd\xff\xff", "65535"}, {"\xce\xff\xff\xff\xff", "4294967295"}, {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"},
      {"\xd0\x80", "-128"}, {"\xd0\x7f", "127"}, {"\xd1\x80\x00"s, "-32768"}, {"\xd2\x80\x00\x00\x00"s, "-2147483648"}, {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s, "-9223372036854775808"},
      {"\xd3\x00\x20\x00\x00\x00\x00\x00\x01"s, "9007199254740993"},
      {"\xca\x3d\xcc\xcc\xcd", "0.1"}, {"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.1"}, {"\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"s, "1.0"}, {"\xcb\x80\x00\x00\x00\x00\x00\x00\x00"s, "-0.0"},
      {"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"s, "\"Infinity\""}, {"\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"s, "\"-Infinity\""}, {"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s, "\"NaN\""},
      {"\xa3" "abc", "\"abc\""}, {"\xd9\x03" "abc", "\"abc\""}, {"\xa0", "\"\""}, {"\xa6\"\\\n\x01/\x7f", "\"\\\"\\\\\\n\\u0001/\x7f\""}, {"\xa2\xc3\xbc", "\"\xc3\xbc\""}, {"\xa1\xff", "\"\xff\""},
      {"\xc4\x03" "abc", "\"abc\""}, {"\xc4\x01\xff", "\"base64:/w==\""}, {"\xc5\x00\x02\xff\xfe"s, "\"base64://4=\""}, {"\xc4\x03\xff\xfe\xfd", "\"base64://79\""},
      {"\xd4\x05\x01", "{\"type\":5,\"base64\":\"AQ==\"}"}, {"\xc7\x00\xff"s, "{\"type\":-1,\"base64\":\"\"}"},
      {"\x90", "[]"}, {"\x80", "{}"}, {"\x92\x01\x91\xc0", "[1,[null]]"}, {"\x82\xa1" "a\x01\xa1" "b\x81\xa1" "c\x90", R"({"a":1,"b":{"c":[]}})"},
      {"\xdc\x00\x01\x07"s, "[7]"}, {"\xdd\x00\x00\x00\x01\x07"s, "[7]"}, {"\xde\x00\x01\xa1k\x07"s, "{\"k\":7}"}, {"\xdf\x00\x00\x00\x01\xa1k\x07"s, "{\"k\":7}"},
      {"\x84\x01\x02\xc0\x03\xc4\x01k\x04\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\x05"s, R"({"1":2,"null":3,"k":4,"1.5":5})"}, {"\x81\xd4\x00\x01\x02"s, R"({"{\"type\":0,\"base64\":\"AQ==\"}":2})"},
      {"\x82\xa1k\x01\xa1k\x02", R"({"k":1,"k":2})"}};
  for (const auto& [bytes, json] : cases) EXPECT_EQ(json_of(bytes), json);
}

TEST(Msgpack, WhatIsNone) {
  EXPECT_EQ(json_of("\x92\x01\xc1"), "byte 2 begins no value of MessagePack");
  EXPECT_EQ(json_of("\x81\x90\x01"), "at byte 1 an array or a map is a key");
  EXPECT_EQ(json_of("\x81\xa1k\x90"), "{\"k\":[]}");
  EXPECT_EQ(json_of(std::string(64, '\x91') + "\x90"), std::string(64, '[') + "[]" + std::string(64, ']'));
  EXPECT_EQ(json_of(std::string(65, '\x91') + "\x90"), "at byte 65 it nests deeper than 64");
  for (const std::string& bytes : {"\x92\x01"s, "\xcd\x00"s, "\xa3" "ab"s, "\xdf\x00\x00\x00"s, "\xc7\x01"s, "\xdb\xff\xff\xff\xff"s, "\xdd\xff\xff\xff\xff"s}) EXPECT_EQ(json_of(bytes), "more");
}

TEST(Msgpack, WhatIsNeededIsKnownEarly) {
  MsgpackEnd end;
  EXPECT_EQ(*end.find("\xc6\x01\x00\x00\x00"s), 0u);
  EXPECT_EQ(end.needed(), (1u << 24) + 5);
  EXPECT_TRUE(end.is_within_bytes());
  end.begin();
  EXPECT_EQ(*end.find("\x92\xdd\xff\xff\xff\xff"s), 0u);
  EXPECT_GE(end.needed(), 0xFFFFFFFFu) << "each element has a byte at least";
  EXPECT_FALSE(end.is_within_bytes());
}

TEST(Msgpack, ALimitIsToldAtTheSamePartHoweverTheBytesCome) {
  // A map of 2^24 pairs whose first key is an array; a text, an array and a nested array, all too large in their own way.
  const std::string cases[] = {"\xdf\x01\x00\x00\x00\x90"s, "\x92\xc6\x01\x00\x00\x00"s, "\xdd\x01\x00\x00\x00\x00"s,
                               "\x92\xdc\x00\x64" + std::string(100, '\xc0') + "\xdc\x03\xe8" + std::string(1'000, '\xc1')};
  for (const std::string& bytes : cases) {
    for (const std::size_t step : {bytes.size(), std::size_t{7}, std::size_t{1}}) {
      MsgpackEnd end;
      Result<std::size_t> size = std::size_t{0};
      for (std::size_t at = 0; size && *size == 0 && at < bytes.size();) {
        at = std::min(at + step, bytes.size());
        size = end.find(std::string_view(bytes).substr(0, at), 1'000);
      }
      ASSERT_FALSE(size.has_value());
      EXPECT_EQ(size.error().message, "a value has more than 1000 bytes");
    }
  }
  MsgpackEnd just;
  EXPECT_EQ(just.find("\xdc\x03\xe5"s, 1'000).value(), 0u);  // 3 bytes and 997 elements
  EXPECT_EQ(just.needed(), 1'000u);
  just.begin();
  EXPECT_FALSE(just.find("\xdc\x03\xe6"s, 1'000).has_value());
}

TEST(Msgpack, FractionsAreTheSameNumberAgain) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    std::string bytes = "\xcb";
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string json = json_of(bytes);
    EXPECT_EQ(std::strtod(json.c_str(), nullptr), value) << json;
  }
}

TEST(Msgpack, WhatIsWrittenIsReadAgain) {
  std::string bytes;
  append_msgpack_array(bytes, 5);
  append_msgpack_map(bytes, 1);
  append_msgpack_text(bytes, "k");
  append_msgpack_bool(bytes, true);
  append_msgpack_bool(bytes, false);
  append_msgpack_text(bytes, std::string(31, 'a'));
  append_msgpack_text(bytes, std::string(300, 'b'));
  append_msgpack_binary(bytes, "\xff");
  EXPECT_EQ(json_of(bytes), "[{\"k\":true},false,\"" + std::string(31, 'a') + "\",\"" + std::string(300, 'b') + "\",\"base64:/w==\"]");
}

TEST(Msgpack, MadeUpBytesAreReadAsTheTwinReadsThem) {
  std::mt19937 random(7);
  const std::string likely = "\x91\x92\x81\x82\xa1\xa3\xc4\xc7\xd4\xdc\xde\x01\xc0k\x00\x00\x02\xcd"s;
  for (int round = 0; round < 50'000 && !HasFailure(); ++round) {
    std::string bytes;
    for (auto i = random() % 24; i > 0; --i) bytes += random() % 3 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
    json_of(bytes);
  }
}

TEST(Msgpack, AReaderPassesOverWholeValues) {
  const std::string bytes = "\x92\x01\xa1" "a\x81\xa1k\x90\xc3"s;
  MsgpackReader reader(bytes);
  EXPECT_TRUE(reader.skip());
  EXPECT_EQ(reader.at(), 4u);
  EXPECT_TRUE(reader.skip());
  EXPECT_TRUE(reader.skip());
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.skip());
  MsgpackValue value;
  EXPECT_FALSE(reader.next(value));
  EXPECT_FALSE(MsgpackReader("\xa3" "ab").next(value));
}

}  // namespace
}  // namespace tocsin
