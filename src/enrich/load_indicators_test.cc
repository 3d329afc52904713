#include "enrich/load_indicators.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/memory_env.h"

namespace tocsin::enrich {
namespace {

constexpr const char* kList =
    "# a list of made-up badness\n"
    "\n"
    "203.0.113.0/24\r\n"
    "203.0.113.7   # this one above all\n"
    "10.0.0.0/8\n"
    "Bad.Example.org\n"
    "*.worse.example.org\n"
    "https://user:secret@landing.example.net:8443/x#frag?y=1\n"
    "http://198.51.100.9/payload.exe\n"
    "0.0.0.0 sink.example.com\n"
    "d41d8cd98f00b204e9800998ecf8427e ; empty file\n"
    "2001:db8:bad::/48\n"
    "near.bad.example.org\n";

class Lists : public testing::Test {
 protected:
  Status add(const std::string& setting, const std::string& text) {
    const Result<ReputationSettings> settings = read_reputation(setting);
    if (!settings) return settings.error();
    env_.add_file(settings->file, text);
    settings_.lists.push_back(*settings);
    std::string mistakes;
    notes_.clear();
    Result<std::unique_ptr<intel::IndicatorSet>> set = load_indicators(env_, settings_, notes_, mistakes);
    if (!mistakes.empty()) {
      settings_.lists.pop_back();
      return Error{Code::kInvalid, mistakes};
    }
    set_ = std::move(*set);
    return {};
  }
  std::string asked(intel::Ask ask, const char* value) {
    std::string told;
    set_->ask(ask, value, [&](const intel::Found& found) {
      told += fmt::format("{}{} {} line {}", told.empty() ? "" : "; ", found.source_name(), found.value(), found.place);
    });
    return told;
  }
  std::string address(const char* text) { return asked(intel::Ask::kAddress, text); }
  std::string domain(const char* text) { return asked(intel::Ask::kName, text); }
  std::string hash(const char* text) { return asked(intel::Ask::kHashes, text); }

  MemoryEnv env_;
  EnrichSettings settings_;
  std::unique_ptr<intel::IndicatorSet> set_;
  std::vector<std::string> notes_;
};

TEST_F(Lists, WhatTheyName) {
  ASSERT_TRUE(add("file=bad.txt,name=bad", kList));
  ASSERT_TRUE(add("file=more.txt,name=more,category=scanner,score=70", "203.0.113.0/25\nexample.org\n"));
  ASSERT_TRUE(add("file=ours.txt,name=ours,kind=benign", "10.1.0.0/16\nok.bad.example.org\n"));
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(address("203.0.113.7"), "bad 203.0.113.7 line 4; more 203.0.113.0/25 line 1");
  EXPECT_EQ(address("203.0.113.200"), "bad 203.0.113.0/24 line 3");
  EXPECT_EQ(address("198.51.100.9"), "bad 198.51.100.9 line 9");
  EXPECT_EQ(address("2001:db8:bad::1"), "bad 2001:db8:bad::/48 line 12");
  EXPECT_EQ(address("10.1.2.3"), "ours 10.1.0.0/16 line 1") << "what published lists say of private addresses says nothing of a host within";
  EXPECT_EQ(address("10.2.2.3"), "");
  EXPECT_EQ(domain("bad.example.org"), "bad bad.example.org line 6; more example.org line 2");
  EXPECT_EQ(domain("A.B.ok.bad.example.org."), "ours ok.bad.example.org line 2; bad bad.example.org line 6; more example.org line 2");
  EXPECT_EQ(domain("x.near.bad.example.org"), "bad near.bad.example.org line 13; more example.org line 2") << "of each list the nearest alone";
  EXPECT_EQ(domain("notbad.example.com"), "");
  EXPECT_EQ(domain("x.worse.example.org"), "bad worse.example.org line 7; more example.org line 2");
  EXPECT_EQ(domain("landing.example.net"), "bad landing.example.net line 8");
  EXPECT_EQ(domain("sink.example.com"), "bad sink.example.com line 10");
  EXPECT_EQ(hash("D41D8CD98F00B204E9800998ECF8427E"), "bad d41d8cd98f00b204e9800998ecf8427e line 11");
  EXPECT_EQ(hash("d41d8cd98f00b204e9800998ecf8427f"), "");
}

TEST_F(Lists, LinesThatAreNoneAreToldAndPassedOver) {
  ASSERT_TRUE(add("file=dirty.txt", "hello world\n203.0.113.7\n<html>\nlocalhost\n1.2.3.4.5 x\nnone\n"));
  EXPECT_EQ(address("203.0.113.7"), "dirty.txt 203.0.113.7 line 2");
  ASSERT_EQ(notes_.size(), 4u);
  EXPECT_EQ(notes_[0], "dirty.txt:1: 'hello world' is no address, network, domain, URL, hash or mailbox and is passed over");
  EXPECT_EQ(notes_[3], "dirty.txt: 2 more entries are passed over");
  const Status none = add("file=page.html", "<html>\n<body>\n");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "page.html: not one of its 2 entries is an indicator that can be used");
  EXPECT_TRUE(add("file=empty.txt", "# nothing today\n")) << "a list may be empty";
}

TEST_F(Lists, AnEntryIsBounded) {
  ASSERT_TRUE(add("file=long.txt", "http://a.example.org/" + std::string(intel::kIndicatorValueBytesMax, 'x') + "\n203.0.113.7\n"));
  EXPECT_EQ(notes_.size(), 1u);
  std::string deep = "x";
  for (std::size_t i = 0; i < intel::kNameLabelsMax + 3; ++i) deep += ".x";
  ASSERT_TRUE(add("file=deep.txt", "x.x\n"));
  EXPECT_EQ(domain(deep.c_str()), "") << "so many parents are not asked";
  EXPECT_EQ(domain("a.b.x.x"), "deep.txt x.x line 1");
}

TEST_F(Lists, OfAUrlTheHostCountsAndOfAnIndicatorTheUrl) {
  ASSERT_TRUE(add("file=urls.txt", "http://landing.example.net/x\nhttp://[2001:db8::7]:8080/x\n"));
  EXPECT_EQ(asked(intel::Ask::kUrl, "https://a.landing.example.net/y"), "urls.txt landing.example.net line 1");
  EXPECT_EQ(asked(intel::Ask::kAddress, "2001:db8::7"), "urls.txt 2001:db8::7 line 2");
  settings_ = {};
  settings_.indicators.push_back(*read_indicators("urls.txt"));
  std::string mistakes;
  set_ = std::move(*load_indicators(env_, settings_, notes_, mistakes));
  EXPECT_EQ(asked(intel::Ask::kUrl, "https://landing.example.net/y"), "");
  EXPECT_EQ(asked(intel::Ask::kUrl, "https://landing.example.net/x#y"), "urls.txt landing.example.net/x line 1");
  EXPECT_EQ(asked(intel::Ask::kAddress, "2001:db8::7"), "");
}

TEST_F(Lists, WhatIsAllowedIsNotInThemAndWhatIsGoodStays) {
  env_.add_file("allow.txt", "198.51.100.9\nexample.org\n");
  settings_.allowed.push_back("allow.txt");
  ASSERT_TRUE(add("file=bad.txt,name=bad", kList));
  ASSERT_TRUE(add("file=ours.txt,name=ours,kind=benign", "example.org\n198.51.100.9\n"));
  EXPECT_EQ(address("198.51.100.9"), "ours 198.51.100.9 line 2");
  EXPECT_EQ(domain("x.bad.example.org"), "ours example.org line 1");
  EXPECT_EQ(domain("sink.example.com"), "bad sink.example.com line 10");
  EXPECT_EQ(set_->source(0).allowed, 4u);
}

TEST(ReputationSettings, AreReadAndWritten) {
  const Result<ReputationSettings> all = read_reputation("file=/a\\,b.txt,name=n,category=botnet,score=90,kind=malicious");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->file, "/a,b.txt");
  EXPECT_EQ(all->score, 90);
  EXPECT_EQ(reputation_text({{"file", "/a,b.txt"}, {"name", "n"}}), "file=/a\\,b.txt,name=n");
  EXPECT_EQ(read_reputation("file=/etc/x/feodo.txt")->name, "feodo.txt");
  EXPECT_EQ(read_reputation("name=x").error().message, "a reputation list needs its file: file=/etc/tocsin/blocklist.txt");
  EXPECT_EQ(read_reputation("file=x,score=101").error().message, "'101' is no score of a reputation list: a number from 0 to 100");
  EXPECT_EQ(read_reputation("file=x,kind=good").error().message, "'good' is no kind of a reputation list: malicious or benign");
  EXPECT_EQ(read_reputation("feodo.txt").error().message, "'feodo.txt' of a reputation list is no KEY=VALUE; keys are file, name, category, score, kind");
  EXPECT_FALSE(read_reputation("file=x,name=" + std::string(kReputationWordBytesMax + 1, 'x')));
  EXPECT_FALSE(read_reputation("file=x,weight=3"));
}

TEST(IndicatorSettings, AreAFileOrMore) {
  EXPECT_EQ(read_indicators("/feeds/a,b=c.csv")->file, "/feeds/a,b=c.csv");
  const Result<ReputationSettings> all = read_indicators("file=/f.csv,name=feed,category=botnet,confidence=70");
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->alerts);
  EXPECT_EQ(all->score, 70);
  EXPECT_EQ(read_indicators("file=x,kind=benign").error().message, "a file of indicators has no 'kind'; it has file, name, category, confidence");
  EXPECT_EQ(read_indicators("file=x,confidence=high").error().message, "'high' is no confidence of a file of indicators: a number from 0 to 100");
  EXPECT_FALSE(read_indicators(""));
}

}  // namespace
}  // namespace tocsin::enrich
