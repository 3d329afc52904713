#include "enrich/reputation_lists.h"

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
    return lists_.add(env_, *settings, notes_);
  }
  static ReputationLists::Found into(std::string& told) {
    return [&told](const ReputationFact& fact, const FactSource& source) { told += (told.empty() ? "" : "; ") + fact.list + " " + fact.entry + " " + source.record; };
  }
  std::string address(const char* text) {
    std::string told;
    lists_.of_address(*read_ip(text), into(told));
    return told;
  }
  std::string domain(const char* text) {
    std::string told;
    lists_.of_domain(text, into(told));
    return told;
  }
  std::string hash(const char* text) {
    std::string told;
    lists_.of_hash(text, into(told));
    return told;
  }

  MemoryEnv env_;
  ReputationLists lists_;
  std::vector<std::string> notes_;
};

TEST_F(Lists, WhatTheyName) {
  ASSERT_TRUE(add("file=bad.txt,name=bad", kList));
  ASSERT_TRUE(add("file=more.txt,name=more,category=scanner,score=70", "203.0.113.0/25\nexample.org\n"));
  ASSERT_TRUE(add("file=ours.txt,name=ours,kind=benign", "10.1.0.0/16\nok.bad.example.org\n"));
  lists_.finish();
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
  lists_.finish();
  EXPECT_EQ(address("203.0.113.7"), "dirty.txt 203.0.113.7 line 2");
  ASSERT_EQ(notes_.size(), 4u);
  EXPECT_EQ(notes_[0], "dirty.txt:1: 'hello world' is no address, network, domain, URL or hash and is passed over");
  EXPECT_EQ(notes_[3], "dirty.txt: 2 more lines are passed over");
  const Status none = add("file=page.html", "<html>\n<body>\n");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "page.html: not one of its lines is an address, network, domain, URL or hash");
  EXPECT_TRUE(add("file=empty.txt", "# nothing today\n")) << "a list may be empty";
}

TEST_F(Lists, AnEntryIsBounded) {
  ASSERT_TRUE(add("file=long.txt", "http://a.example.org/" + std::string(kReputationEntryBytesMax, 'x') + "\n203.0.113.7\n"));
  EXPECT_EQ(notes_.size(), 1u);
  std::string deep = "x";
  for (std::size_t i = 0; i < kDomainLabelsMax + 3; ++i) deep += ".x";
  ASSERT_TRUE(add("file=deep.txt", "x.x\n"));
  lists_.finish();
  EXPECT_EQ(domain(deep.c_str()), "") << "so many parents are not asked";
  EXPECT_EQ(domain("a.b.x.x"), "deep.txt x.x line 1");
}

TEST_F(Lists, SoManyNameOneAddress) {
  for (std::size_t i = 0; i < kReputationsMax + 2; ++i) ASSERT_TRUE(add("file=f,name=n" + std::to_string(i), "203.0.113.7\n"));
  lists_.finish();
  const std::string told = address("203.0.113.7");
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(told, ';')), kReputationsMax - 1);
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

}  // namespace
}  // namespace tocsin::enrich
