#include "collect/poll_taxii.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "collect/poller.h"

namespace tocsin {
namespace {

constexpr TimeUs kSecond = 1'000'000, kNow = 1'780'000'000 * kSecond;  // 2026-05-28T20:26:40Z
constexpr const char* kSettings = "name=feed,kind=taxii,url=https://taxii.example.org,api_root=feeds/a,collection=c-1,user=u,secret=/s";
constexpr const char* kFirst = "/feeds/a/collections/c-1/objects/?limit=1000&match%5Btype%5D=indicator";

PollerSettings settings() {
  const Result<PollerSettings> read = read_poller(kSettings);
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

PollAnswer answer(std::string body, std::string last = {}) {
  PollAnswer made;
  made.status = 200;
  made.body = std::move(body);
  if (!last.empty()) made.headers = {{"x-taxii-date-added-last", std::move(last)}};
  return made;
}

std::string object(int number) { return fmt::format(R"({{"type":"indicator","id":"indicator--{}","name":"x","modified":"2026-01-01T00:00:00Z","pattern":"[a:b = '{{}}\"']" , "labels" : [ "y" ]}})", number); }
std::string kept(int number) { return fmt::format(R"({{"type":"indicator","id":"indicator--{}","modified":"2026-01-01T00:00:00Z","pattern":"[a:b = '{{}}\"']","labels":[ "y" ]}})", number); }

std::vector<std::string> texts(const PollPage& page) {
  std::vector<std::string> all;
  for (const PollRecord& record : page.records) all.push_back(page.body.substr(record.at, record.size));
  return all;
}

TEST(PollTaxii, KeepsWhatAnIndicatorIsReadFor) {
  EXPECT_EQ(reduced_indicator(object(1)), kept(1));
  EXPECT_EQ(reduced_indicator(R"({"type":"malware","id":"x"})"), "");
  EXPECT_EQ(reduced_indicator(R"({"id":"indicator--1","type":"indicator","type":"malware"})"), "");
  EXPECT_EQ(reduced_indicator("[]"), "");
}

TEST(PollTaxii, GoesFromPageToPageAndThenBehindWhatWasAddedLast) {
  const auto api = make_poll_api(settings());
  api->resume(cursor_at(0));
  EXPECT_EQ(api->next(kNow).url, kFirst);
  Result<PollPage> page = api->read(answer(fmt::format(R"( {{"more":true,"next":"a/b","objects":[{},{{"type":"malware"}},{}]}})", object(1), object(2)), "2026-05-01T00:00:00.000001Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(texts(*page), (std::vector<std::string>{kept(1), kept(2)}));
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->cursor, "from=0\nnext=a/b\n") << "within a pass the place is the server's alone";
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&next=a%2Fb");
  page = api->read(answer(fmt::format(R"({{"objects":[{}]}})", object(3)), "2026-05-02T00:00:00.000001Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
  const std::string cursor = page->cursor;
  EXPECT_EQ(cursor, cursor_at(*parse_time("2026-05-02T00:00:00.000001Z")) + "after=2026-05-02T00:00:00.000001Z\n");
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&added_after=2026-05-02T00%3A00%3A00.000001Z");
  page = api->read(answer("{}"), {}, kNow);  // nothing new
  ASSERT_TRUE(page);
  EXPECT_EQ(page->cursor, cursor);
  const auto other = make_poll_api(settings());
  other->resume(cursor);
  EXPECT_EQ(other->next(kNow).url, api->next(kNow).url);
}

TEST(PollTaxii, ANextThatTheServerForgotIsBegunAgain) {
  const auto api = make_poll_api(settings());
  const std::string cursor = cursor_at(kNow) + "after=2026-05-02T00:00:00Z\nnext=gone\n";
  api->resume(cursor);
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&added_after=2026-05-02T00%3A00%3A00Z&next=gone");
  api->forget_place();
  api->resume(cursor);
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&added_after=2026-05-02T00%3A00%3A00Z");
}

TEST(PollTaxii, WithoutNextTheTimeLeadsOn) {
  const auto api = make_poll_api(settings());
  api->resume(cursor_at(0));
  Result<PollPage> page = api->read(answer(fmt::format(R"({{"more":true,"objects":[{}]}})", object(1)), "2026-05-01T00:00:00Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&added_after=2026-05-01T00%3A00%3A00Z");
  page = api->read(answer(fmt::format(R"({{"more":true,"objects":[{}]}})", object(1)), "2026-05-01T00:00:00Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more) << "or it would be asked the same for ever";
  page = api->read(answer(R"({"objects":[]})", "2026-04-01T00:00:00Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(api->next(kNow).url, std::string(kFirst) + "&added_after=2026-05-01T00%3A00%3A00Z") << "it never moves back";
  EXPECT_FALSE(api->read(answer(R"({"more":true})"), {}, kNow)) << "there is no way on";
}

TEST(PollTaxii, SaysWhatIsNoEnvelopeAndLeavesOutWhatIsTooLarge) {
  const auto api = make_poll_api(settings());
  api->resume(cursor_at(0));
  for (const char* const bad : {"", "<html>", "[]", R"({"objects":{}})", R"({"objects":[1)", R"({"objects":[]}x)"}) EXPECT_FALSE(api->read(answer(bad), {}, kNow)) << bad;
  EXPECT_FALSE(api->read(answer(R"({"more":true,"next":")" + std::string(kTaxiiNextBytesMax + 1, 'x') + "\"}"), {}, kNow));
  const std::string large = R"({"type":"indicator","id":"indicator--1","pattern":")" + std::string(kTaxiiObjectBytesMax, 'x') + "\"}";
  const Result<PollPage> page = api->read(answer(fmt::format(R"({{"objects":[{},{}]}})", large, object(2)), std::string(kTaxiiTimeBytesMax, ' ') + "2026-05-01T00:00:00Z"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(texts(*page), std::vector<std::string>{kept(2)});
  EXPECT_NE(page->words.find("1 indicators"), std::string::npos);
  EXPECT_EQ(page->cursor, cursor_at(0)) << "a time that is none";
}

TEST(PollTaxii, APageThatComesOnceMoreIsNotTakenTwice) {
  PollMark mark;
  mark.name = "feed";
  mark.cursor = cursor_at(0);
  Poller poller(settings(), mark, {});
  std::size_t taken = 0;
  for (int pass = 0; pass < 3; ++pass) {
    (void)poller.ask(kNow);
    poller.answered(answer(fmt::format(R"({{"objects":[{}]}})", object(1))), kNow, 0);  // it does not say when it was added
    while (const PollBatch* const batch = poller.batch()) {
      taken += batch->records.size();
      poller.acknowledged(true, kNow);
    }
  }
  EXPECT_EQ(taken, 1u);
}

TEST(PollTaxii, SettingsSayWhereAndWho) {
  EXPECT_TRUE(read_poller("name=f,kind=taxii,url=https://t.example,api_root=r,collection=c")) << "an open server needs no secret";
  EXPECT_TRUE(read_poller("name=f,kind=taxii,url=https://t.example,api_root=r,collection=c,secret=/s,confidence=100,category=c2"));
  for (const char* const bad : {"api_root=r,collection=c", "url=https://t.example,collection=c", "url=https://t.example,api_root=/r,collection=c", "url=https://t.example,api_root=r/,collection=c", "url=https://t.example,api_root=a/../b,collection=c",
                                "url=https://t.example,api_root=r,collection=a/b", "url=https://t.example,api_root=r,collection=c,user=u", "url=https://t.example,api_root=r,collection=c,user=a:b,secret=/s",
                                "url=https://t.example,api_root=r,collection=c,confidence=101", "url=https://t.example,api_root=r,collection=c,confidence=x", "url=http://t.example,api_root=r,collection=c", "url=https://t.example,api_root=r?x,collection=c"}) {
    EXPECT_FALSE(read_poller(std::string("name=f,kind=taxii,") + bad)) << bad;
  }
}

}  // namespace
}  // namespace tocsin
