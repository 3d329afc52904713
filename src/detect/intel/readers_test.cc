// What is read of files in each form: tables, lists, STIX, MISP, warning-lists.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/memory_env.h"
#include "detect/intel/allow_list.h"
#include "detect/intel/entry_lines.h"
#include "detect/intel/indicator_file.h"
#include "detect/intel/json_items.h"
#include "detect/intel/stix_pattern.h"

namespace tocsin::intel {
namespace {

class Files : public testing::Test {
 protected:
  /// Each indicator as a line.
  Status read(const std::string& text) {
    env_.add_file("f", text);
    counts_ = {};
    notes_.clear();
    told_.clear();
    return read_indicator_file(env_, "f", [&](const Indicator& one) {
      std::string line = fmt::format("{} {} {}", one.place, one.kind == IndicatorKind::kName ? "name" : kind_word(one.kind), shown(one.kind, one.key));
      if (one.confidence != kNoConfidence) line += fmt::format(" confidence={}", one.confidence);
      for (const auto& [name, value] : {std::pair("source", one.source), std::pair("reference", one.reference), std::pair("tags", one.tags), std::pair("from", one.from == kNoTime ? "" : format_time(one.from)), std::pair("until", one.until == kNoTime ? "" : format_time(one.until))}) {
        if (!value.empty()) line += fmt::format(" {}={}", name, value);
      }
      told_.push_back(line);
      return Status();
    }, counts_, notes_);
  }
  using Lines = std::vector<std::string>;

  MemoryEnv env_;
  FileCounts counts_;
  Lines notes_, told_;
};

TEST_F(Files, ATable) {
  ASSERT_TRUE(read("\xEF\xBB\xBF# made by hand\n"
                   "Type,Indicator,Source,Confidence,valid_from,valid_until,id,tags,comment\r\n"
                   "ip-dst,203[.]0[.]113[.]7,abuse,90,2026-01-01,2027-01-01T00:00:00Z,r-1,\"botnet,c2\",\"two\nlines\"\r\n"
                   "\r\n"
                   ",hxxp://bad[.]example/x,,,,,,,\n"
                   "hostname,www.worse.example\n"
                   "domain,203.0.113.9,,,,,,,\n"
                   "regkey,HKLM\\x,,,,,,,\n"
                   "ip,203.0.113.8,,101,,,,,\n"
                   "ip,203.0.113.8,,,,soon,,,\n"
                   "md5,d41d8cd98f00b204e9800998ecf8427e,,,,,,,"));
  EXPECT_EQ(told_, (Lines{"3 ip 203.0.113.7 confidence=90 source=abuse reference=r-1 tags=botnet,c2 from=2026-01-01T00:00:00.000000Z until=2027-01-01T00:00:00.000000Z", "6 url bad.example/x",
                          "7 name www.worse.example", "12 hash d41d8cd98f00b204e9800998ecf8427e"}));
  EXPECT_EQ(notes_, (Lines{"f:8: '203.0.113.9' is no domain and is passed over", "f:9: 'HKLM\\x' is of type 'regkey', which is not matched and is passed over",
                           "f:10: '203.0.113.8' has the confidence '101', which is no number from 0 to 100, and is passed over", "f: 1 more entries are passed over"}));
}

TEST_F(Files, AQuoteThatIsNotClosedSpoilsItsLineAlone) {
  std::string text = "value\n\"203.0.113.7\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("198.51.100.{}\n", i);
  ASSERT_TRUE(read(text));
  EXPECT_EQ(told_.size(), 200u);
  EXPECT_EQ(counts_.refused, 1u);
  ASSERT_TRUE(read("value\n203.0.113.7\n\"203.0.113.8"));
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_EQ(counts_.refused, 1u);
}

TEST_F(Files, AListHasOneALine) {
  ASSERT_TRUE(read("# bad\n203.0.113.7 # scanner\n0.0.0.0 sink.example.com\nhxxps://bad[.]example/x\nhello world\n\nann@bad.example"));
  EXPECT_EQ(told_, (Lines{"2 ip 203.0.113.7", "3 domain sink.example.com", "4 url bad.example/x", "7 mailbox ann@bad.example"}));
  EXPECT_EQ(notes_, Lines{"f:5: 'hello world' is no address, network, domain, URL, hash or mailbox and is passed over"});
  EXPECT_TRUE(read("# nothing today\n"));
  EXPECT_EQ(read("<html>\n").error().message, "f: not one of its 1 entries is an indicator that can be used");
  ASSERT_TRUE(read("203.0.113.7\n" + std::string(3 * kCsvRowBytesMax, 'x') + "\n203.0.113.8\n"));
  EXPECT_EQ(told_.size(), 2u) << "a line that is too long is passed over, and nothing behind it";
  ASSERT_TRUE(read("[2001:db8::7]\n203.0.113.7\n")) << "no JSON, though it begins with a bracket";
  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(Files, ABundleOfStix) {
  ASSERT_TRUE(read(R"({"type":"bundle","id":"bundle--1","objects":[
    {"type":"identity","name":"objects","id":"identity--1"},
    {"type":"indicator","id":"indicator--0d1e2f30-1111-4222-8333-444455556666","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.7'] OR [domain-name:value IN ('A.Bad.Example', 'b.bad.example')]",
     "valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-02-01T00:00:00.5Z","confidence":85,"indicator_types":["malicious-activity"],"labels":["c2"]},
    {"type":"indicator","id":"indicator--2","revoked":true,"pattern":"[ipv4-addr:value = '203.0.113.8']"},
    {"type":"indicator","id":"indicator--3","pattern":"[ipv4-addr:value = '203.0.113.9' AND file:name = 'x']"},
    {"type":"indicator","id":"indicator--4","pattern_type":"yara","pattern":"rule x {}"},
    {"type":"indicator","id":"indicator--5","pattern":"[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' OR file:name = 'x.exe']"}]})"));
  EXPECT_EQ(told_, (Lines{
                       "2 ip 203.0.113.7 confidence=85 reference=indicator--0d1e2f30-1111-4222-8333-444455556666 tags=malicious-activity,c2 from=2026-01-01T00:00:00.000000Z until=2026-02-01T00:00:00.500000Z",
                       "2 name a.bad.example confidence=85 reference=indicator--0d1e2f30-1111-4222-8333-444455556666 tags=malicious-activity,c2 from=2026-01-01T00:00:00.000000Z until=2026-02-01T00:00:00.500000Z",
                       "2 name b.bad.example confidence=85 reference=indicator--0d1e2f30-1111-4222-8333-444455556666 tags=malicious-activity,c2 from=2026-01-01T00:00:00.000000Z until=2026-02-01T00:00:00.500000Z",
                       "4 ip 203.0.113.9 reference=indicator--3 tags=partly", "6 hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 reference=indicator--5"}));
  EXPECT_EQ(notes_, (Lines{"f: object 4: 'indicator--3' is asked for without what it joins by AND: file:name = 'x'", "f: object 5: 'indicator--4' has a pattern in 'yara', which is no list's to answer, and is passed over",
                           "f: object 6: 'indicator--5' asks for file:name and is passed over"}));
  EXPECT_EQ(counts_.retired, 1u);
}

TEST_F(Files, TheNewestVersionOfAnObjectReplacesTheOthers) {
  const auto version = [](const char* id, const char* modified, const char* address, const char* more = "") {
    return fmt::format(R"({{"type":"indicator","id":"{}","modified":"{}","pattern":"[ipv4-addr:value = '{}']"{}}},)", id, modified, address, more);
  };
  ASSERT_TRUE(read(R"({"objects":[)" + version("indicator--a", "2026-01-02T00:00:00Z", "203.0.113.1") + version("indicator--b", "2026-01-01T00:00:00.001Z", "203.0.113.2") +
                   version("indicator--a", "2026-01-01T00:00:00Z", "203.0.113.3") + version("indicator--b", "2026-01-01T00:00:00.002Z", "203.0.113.4", R"(,"revoked":true)") +
                   version("indicator--c", "2026-01-01T00:00:00Z", "203.0.113.5") + version("indicator--c", "2026-01-01T00:00:00Z", "203.0.113.6") + version("", "2026-01-01T00:00:00Z", "203.0.113.7") +
                   version("", "2026-01-01T00:00:00Z", "203.0.113.8") + R"({"type":"x"}]})"));
  std::ranges::sort(counts_.replaced);
  EXPECT_EQ(counts_.replaced, (std::vector<std::uint32_t>{2, 3, 6})) << "an older one that comes later; one whose newer one is revoked; a second one of the same time";
  EXPECT_EQ(told_.size(), 7u);
}

TEST_F(Files, OfWhatIsPartlyAskedForFewAreTold) {
  std::string objects;
  for (int i = 0; i < 10; ++i) objects += fmt::format(R"({{"type":"indicator","id":"indicator--{}","pattern":"[ipv4-addr:value = '203.0.113.{}' AND network-traffic:dst_port = 443]"}},)", i, i);
  ASSERT_TRUE(read(R"({"objects":[)" + objects + R"({"type":"x"}]})"));
  EXPECT_EQ(counts_.partly, 10u);
  ASSERT_EQ(notes_.size(), 4u);
  EXPECT_EQ(notes_[0], "f: object 1: 'indicator--0' is asked for without what it joins by AND: network-traffic:dst_port = 443");
  EXPECT_EQ(notes_[3], "f: 7 more entries are asked for without a part of what they join by AND");
}

TEST_F(Files, EventsOfMisp) {
  ASSERT_TRUE(read(R"({"response":[{"Event":{"info":"x","Attribute":[
    {"type":"ip-dst|port","category":"Network activity","to_ids":true,"uuid":"0d1e2f30-1111-4222-8333-444455556666","value":"203.0.113.7|443","Tag":[{"name":"tlp:green"},{"name":"c2"}]},
    {"type":"domain|ip","category":"Network activity","to_ids":true,"value":"bad.example|203.0.113.8"},
    {"type":"comment","category":"Other","to_ids":false,"value":"hello"},
    {"type":"md5","category":"Payload delivery","to_ids":true,"deleted":true,"value":"d41d8cd98f00b204e9800998ecf8427e"},
    {"type":"regkey","category":"Persistence mechanism","to_ids":true,"value":"HKLM"}],
    "Object":[{"name":"file","Attribute":[{"type":"filename|sha1","category":"Payload delivery","to_ids":"1","value":"x.exe|da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"type":"malware-sample","category":"Payload delivery","to_ids":true,"value":"x.exe|d41d8cd98f00b204e9800998ecf8427e"}]}]}}]})"));
  EXPECT_EQ(told_, (Lines{"1 ip 203.0.113.7 reference=0d1e2f30-1111-4222-8333-444455556666 tags=tlp:green,c2", "2 domain bad.example", "2 ip 203.0.113.8", "6 hash da39a3ee5e6b4b0d3255bfef95601890afd80709",
                          "7 hash d41d8cd98f00b204e9800998ecf8427e"}));
  EXPECT_EQ(notes_, Lines{"f: attribute 5: 'HKLM' is of type 'regkey', which is not matched and is passed over"});
  EXPECT_EQ(counts_.retired, 2u);
}

TEST_F(Files, WhatIsCutIsRefused) {
  const std::string whole = R"({"objects":[{"type":"indicator","id":"a","pattern":"[url:value = 'http://a.example/\u0022']"},{"type":"x"}]})";
  ASSERT_TRUE(read(whole));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Status cut = read(whole.substr(0, size));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().message, fmt::format("f: is no JSON, byte {}: it ends in the middle", size));
  }
  EXPECT_EQ(read("{\"objects\":]}").error().message, "f: is no JSON, byte 12: a bracket closes what is not open");
  EXPECT_EQ(read("{} {}").error().message, "f: is no JSON, byte 4: there is something behind the document");
  EXPECT_EQ(read("{\"a\":" + std::string(kJsonItemsDepthMax, '[')).error().message, fmt::format("f: is no JSON, byte {}: brackets within brackets are too deep", kJsonItemsDepthMax + 5));
  ASSERT_TRUE(read("{\"a\":1}"));
  EXPECT_EQ(notes_.size(), 1u);
}

TEST_F(Files, AnObjectThatIsTooLargeIsPassedOver) {
  ASSERT_TRUE(read("{\"objects\":[{\"type\":\"indicator\",\"id\":\"" + std::string(kJsonItemBytesMax, 'x') + "\"},{\"type\":\"indicator\",\"id\":\"a\",\"pattern\":\"[ipv4-addr:value='203.0.113.7']\"}]}"));
  EXPECT_EQ(told_, Lines{"2 ip 203.0.113.7 reference=a"});
  EXPECT_EQ(counts_.refused, 1u);
}

/// The objects, for every way to cut the document in two.
TEST(JsonItems, PiecesDoNotMatter) {
  const std::string text = R"({"x":{"objects":[1,"a\"]}",{"k":"}\\"},[{"n":1}],{"objects":[{"z":2}]}]},"objects":{"y":[{}]},"o":["objects",{"no":1}]})";
  const auto items = [&](std::size_t cut) {
    std::string all;
    JsonItems read({"objects"}, [&](std::string_view object, std::uint32_t number) {
      all += fmt::format("{}:{} ", number, object);
      return true;
    });
    EXPECT_TRUE(read.feed(text.substr(0, cut)) && read.feed(text.substr(cut)) && read.finish()) << read.trouble();
    return all;
  };
  for (std::size_t cut = 0; cut <= text.size(); ++cut) EXPECT_EQ(items(cut), R"(1:{"k":"}\\"} 2:{"objects":[{"z":2}]} )");
}

std::string pattern(std::string_view text) {
  const StixPattern read = read_stix_pattern(text);
  std::string all;
  for (const TypedKey& key : read.keys) all += shown(key.kind, key.key) + " ";
  for (const std::string& why : read.unusable) all += "(" + why + ")";
  for (const std::string& what : read.left_out) all += "{" + what + "}";
  return all;
}

TEST(StixPattern, WhatAListCanAnswer) {
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7']"), "203.0.113.7 ");
  EXPECT_EQ(pattern(" [ ipv4-addr:value ISSUBSET '203.0.113.0/24' OR url:value = 'http://a.example/it\\'s' ] OR [email-addr:value IN ('a@b.example','c@d.example')] "),
            "203.0.113.0/24 a.example/it's a@b.example c@d.example ");
  EXPECT_EQ(pattern("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' OR file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']"),
            "d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709 ");
  EXPECT_EQ(pattern("[network-traffic:dst_ref.value = 'bad.example']"), "bad.example ");
}

TEST(StixPattern, WhatItCannotIsNamed) {
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7' AND ipv4-addr:value='203.0.113.8']"), "(asks for several things of one kind together (AND))");
  EXPECT_EQ(pattern("[file:name = 'x' AND file:size > 5]"), "(asks for file:name = 'x' together with file:size > 5)");
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7'] AND [domain-name:value='a.example']"), "(has 'AND' behind an observation, which a list cannot answer)");
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7'] FOLLOWEDBY [a:b='c']"), "(has 'FOLLOWEDBY' behind an observation, which a list cannot answer)");
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7'] WITHIN 5 SECONDS"), "(has 'WITHIN' behind an observation, which a list cannot answer)");
  EXPECT_EQ(pattern("[ipv4-addr:value NOT = '203.0.113.7']"), "(asks for what is not (NOT))");
  EXPECT_EQ(pattern("[url:value LIKE '%x%']"), "(compares url:value in a way that no list can answer)");
  EXPECT_EQ(pattern("[file:size = 5]"), "(compares file:size with something that is no text)");
  EXPECT_EQ(pattern("[(ipv4-addr:value='203.0.113.7')]"), "(has comparisons in brackets)");
  EXPECT_EQ(pattern("[ipv4-addr:value='x' OR url:value='http://a.example/']"), "a.example/ (asks whether ipv4-addr:value is 'x', which it cannot be)");
  EXPECT_EQ(pattern(""), "(does not begin with an observation in brackets)");
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7"), "(compares ipv4-addr:value with a text that does not end)");
  EXPECT_EQ(pattern("[ipv4-addr:value="), "(compares ipv4-addr:value with nothing)");
  EXPECT_EQ(pattern("[a:b = t'2026"), "(compares a:b with a text that does not end)");
  EXPECT_EQ(pattern(std::string(kStixPatternBytesMax + 1, ' ')), fmt::format("(has {} bytes; {} at most)", kStixPatternBytesMax + 1, kStixPatternBytesMax));
  std::string many = "[ipv4-addr:value IN ('203.0.113.7'";
  for (std::size_t i = 0; i < kStixValuesMax; ++i) many += ",'10.0.0.1'";
  EXPECT_EQ(pattern(many + ")]"), fmt::format("(has more than {} values)", kStixValuesMax));
}

TEST(StixPattern, OfWhatIsAskedTogetherThatWhichSaysMost) {
  EXPECT_EQ(pattern("[domain-name:value = 'a.example' AND network-traffic:dst_port = 443]"), "a.example {network-traffic:dst_port = 443}");
  EXPECT_EQ(pattern("[ipv4-addr:value='203.0.113.7' AND domain-name:value='a.example']"), "a.example {ipv4-addr:value='203.0.113.7'}");
  EXPECT_EQ(pattern("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' AND file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709' AND file:name LIKE '%.exe']"),
            "d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709 {file:name LIKE '%.exe'}");
  EXPECT_EQ(pattern("[url:value = 'http://b.example/' OR ipv4-addr:value = '203.0.113.7' AND network-traffic:start > t'2026-01-01T00:00:00Z']"), "b.example/ 203.0.113.7 {network-traffic:start > t'2026-01-01T00:00:00Z'}")
      << "AND binds closer than OR";
  EXPECT_EQ(pattern("[domain-name:value NOT = 'a.example' AND ipv4-addr:value = '203.0.113.7']"), "203.0.113.7 {domain-name:value NOT = 'a.example'}");
  std::string many = "[url:value = 'http://a.example/'";
  for (std::size_t i = 0; i < kStixJoinedMax; ++i) many += " AND a:b = 1";
  EXPECT_EQ(pattern(many + "]"), fmt::format("(joins more than {} comparisons)", kStixJoinedMax));
}

class Allowed : public testing::Test {
 protected:
  Status read(const std::string& type, const std::string& entries, const std::string& attributes = "") {
    env_.add_file("w", fmt::format(R"({{"name":"A list","version":1,"description":"","type":"{}","list":[{}],"matching_attributes":[{}]}})", type, entries, attributes));
    return allowed_.read(env_, "w", notes_);
  }
  bool holds(IndicatorKind kind, std::string_view value) const { return allowed_.holds(kind, *key_of(kind, value)); }

  MemoryEnv env_;
  AllowList allowed_;
  std::vector<std::string> notes_;
};

TEST_F(Allowed, EachTypeOfWarningList) {
  ASSERT_TRUE(read("string", R"("one.example","198.51.100.7","d41d8cd98f00b204e9800998ecf8427e","http://files.example/setup.exe")"));
  ASSERT_TRUE(read("hostname", R"("good.example",".better.example")"));
  ASSERT_TRUE(read("cidr", R"("203.0.113.0/24","2001:db8::/32")", R"("ip-src","ip-dst","domain|ip")"));
  ASSERT_TRUE(read("substring", R"("CDN-Cache")", R"("url")"));
  ASSERT_TRUE(read("regex", R"("/^https?:\\/\\/login\\./i")", R"("url")"));
  EXPECT_TRUE(notes_.empty());
  EXPECT_TRUE(holds(IndicatorKind::kName, "One.example"));
  EXPECT_FALSE(holds(IndicatorKind::kName, "x.one.example"));
  EXPECT_TRUE(holds(IndicatorKind::kNetwork, "198.51.100.7"));
  EXPECT_FALSE(holds(IndicatorKind::kNetwork, "198.51.100.0/24"));
  EXPECT_TRUE(holds(IndicatorKind::kHash, "D41D8CD98F00B204E9800998ECF8427E"));
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "https://files.example/setup.exe"));
  EXPECT_FALSE(holds(IndicatorKind::kUrl, "https://files.example/other.exe"));
  EXPECT_TRUE(holds(IndicatorKind::kDomain, "a.b.good.example"));
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "http://www.better.example:8080/x"));
  EXPECT_TRUE(holds(IndicatorKind::kMailbox, "ann@good.example"));
  EXPECT_FALSE(holds(IndicatorKind::kDomain, "notgood.example"));
  EXPECT_TRUE(holds(IndicatorKind::kNetwork, "203.0.113.7"));
  EXPECT_TRUE(holds(IndicatorKind::kNetwork, "203.0.113.0/25"));
  EXPECT_FALSE(holds(IndicatorKind::kNetwork, "203.0.112.0/23"));
  EXPECT_TRUE(holds(IndicatorKind::kNetwork, "2001:db8::7"));
  EXPECT_FALSE(holds(IndicatorKind::kUrl, "http://203.0.113.7/x")) << "the list is not about URLs";
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "http://any.example/cdn-cache/x"));
  EXPECT_FALSE(holds(IndicatorKind::kName, "cdn-cache.example"));
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "https://login.example/"));
  EXPECT_FALSE(holds(IndicatorKind::kUrl, "https://example.org/login."));
  EXPECT_EQ(allowed_.files()[0].name, "A list");
}

TEST_F(Allowed, WhatIsNoWarningListIsRefused) {
  EXPECT_EQ(read("glob", "").error().message, "w: a warning-list has no type 'glob'; it is string, hostname, cidr, substring or regex");
  EXPECT_EQ(read("cidr", R"("x","y")").error().message, "w: not one entry of the list can be used");
  notes_.clear();
  ASSERT_TRUE(read("regex", R"("(","good",7)"));
  ASSERT_EQ(notes_.size(), 2u);
  EXPECT_EQ(notes_[1], "w: entry 3 of the list: '' is no text and is passed over");
  env_.add_file("w", "{\"list\":[");
  EXPECT_FALSE(allowed_.read(env_, "w", notes_));
  env_.add_file("w", "{}");
  EXPECT_EQ(allowed_.read(env_, "w", notes_).error().message, "w: is no warning-list of MISP: it has no 'list'");
  EXPECT_EQ(allowed_.read(env_, "none", notes_).error().code, Code::kNotFound);
}

TEST_F(Allowed, PatternsAreFewAndShort) {
  std::string many = "\"" + std::string(kAllowPatternBytesMax + 1, 'x') + "\"";
  for (std::size_t i = 0; i < kAllowPatternsMax + 1; ++i) many += fmt::format(",\"p{}\"", i);
  ASSERT_TRUE(read("substring", many));
  EXPECT_EQ(allowed_.files()[0].refused, 2u);
}

TEST_F(Allowed, APlainListHasOneALine) {
  env_.add_file("w", "# ours\n192.0.2.0/24\nours.example\nhttp://x.example/y\nwhat?\n");
  ASSERT_TRUE(allowed_.read(env_, "w", notes_));
  EXPECT_TRUE(holds(IndicatorKind::kNetwork, "192.0.2.7"));
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "http://a.ours.example/y"));
  EXPECT_TRUE(holds(IndicatorKind::kUrl, "http://x.example/y"));
  EXPECT_FALSE(holds(IndicatorKind::kUrl, "http://x.example/z"));
  EXPECT_EQ(notes_.size(), 1u);
}

}  // namespace
}  // namespace tocsin::intel
