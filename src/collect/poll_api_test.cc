#include "collect/poll_api.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "collect/poll_mark.h"
#include "collect/poll_parts.h"
#include "collect/poll_wire.h"
#include "collect/poller.h"
#include "collect/s3_list.h"

namespace tocsin {
namespace {

constexpr TimeUs kSecond = 1'000'000, kNow = 1'780'000'000 * kSecond;  // 2026-05-28T20:26:40Z

std::unique_ptr<PollApi> api_of(const std::string& more, TimeUs from = kNow) {
  const Result<PollerSettings> read = read_poller("name=p,secret=/s,overlap=60s," + more);
  EXPECT_TRUE(read) << read.error().message;
  std::unique_ptr<PollApi> api = make_poll_api(*read);
  api->resume(cursor_at(from));
  return api;
}

PollAnswer answer(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  PollAnswer made;
  made.status = 200;
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

std::vector<std::string> texts(const PollPage& page) {
  std::vector<std::string> all;
  for (const PollRecord& record : page.records) all.push_back(page.body.substr(record.at, record.size));
  return all;
}

TEST(PollApi, OktaGoesOnBehindTheLinkAndBeginsAgainWhereThatIsRefused) {
  const auto api = api_of("kind=okta,url=https://acme.okta.com");
  EXPECT_EQ(api->next(kNow).url, "/api/v1/logs?since=2026-05-28T20%3A25%3A40Z&sortOrder=ASCENDING&limit=1000");
  const std::string link = "<https://acme.okta.com/api/v1/logs>; rel=\"self\"";
  Result<PollPage> page = api->read(answer(R"([ {"uuid":"a","published":"2026-05-28T20:26:41.000Z"} ])", {{"link", link}, {"link", "<https://acme.okta.com/api/v1/logs?after=1>; rel=\"next\""}}), {}, kNow + 5 * kSecond);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->cursor, cursor_at(kNow + kSecond) + "next=https://acme.okta.com/api/v1/logs?after=1\n");
  EXPECT_EQ(api->next(kNow).url, "https://acme.okta.com/api/v1/logs?after=1");
  page = api->read(answer("[]", {{"link", link}}), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
  api->resume(page->cursor);
  EXPECT_EQ(api->next(kNow).url, "https://acme.okta.com/api/v1/logs?after=1");
  api->forget_place();
  api->resume(page->cursor);
  EXPECT_EQ(api->next(kNow).url, "/api/v1/logs?since=2026-05-28T20%3A25%3A41Z&sortOrder=ASCENDING&limit=1000");
}

TEST(PollApi, EntraTakesTheNextPageFromTheBody) {
  const auto api = api_of("kind=entra-signins,tenant=t,client_id=c");
  EXPECT_EQ(api->next(kNow).url, "/v1.0/auditLogs/signIns?%24filter=createdDateTime%20ge%202026-05-28T20%3A25%3A40Z&%24top=1000");
  Result<PollPage> page = api->read(answer(R"({"@odata.nextLink":"https:\/\/graph.microsoft.com\/v1.0\/auditLogs\/signIns?$skiptoken=x","value":[{"id":"1","createdDateTime":"2026-05-28T20:26:44Z"}]})"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(texts(*page), (std::vector<std::string>{R"({"id":"1","createdDateTime":"2026-05-28T20:26:44Z"})"}));
  EXPECT_EQ(page->cursor, cursor_at(kNow));  // until the pass is over
  EXPECT_EQ(api->next(kNow).url, "https://graph.microsoft.com/v1.0/auditLogs/signIns?$skiptoken=x");
  page = api->read(answer(R"({"value":[]})"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
  EXPECT_EQ(page->cursor, cursor_at(kNow));  // an event of the future does not move it there
  EXPECT_FALSE(api->read(answer(R"({"error":{}})"), {}, kNow));
  EXPECT_NE(api_of("kind=entra-audits,tenant=t,client_id=c")->next(kNow).url.find("/v1.0/auditLogs/directoryAudits?%24filter=activityDateTime"), std::string::npos);
}

TEST(PollApi, AnEventWithoutATimeIsOneAndOneOfBeforeIsNot) {
  const auto api = api_of("kind=entra-audits,tenant=t,client_id=c");
  (void)api->next(kNow);
  const Result<PollPage> page = api->read(answer(R"({"value":[{"id":"1"},{"id":"2","activityDateTime":"2026-05-28T20:20:00Z"},{"id":"3","activityDateTime":"soon"}]})"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(texts(*page), (std::vector<std::string>{R"({"id":"1"})", R"({"id":"3","activityDateTime":"soon"})"}));
  for (const PollRecord& record : page->records) EXPECT_GE(record.time, page->forget_before);
}

TEST(PollApi, WhatIsFarBehindIsTakenSliceBySlice) {
  const auto api = api_of("kind=entra-audits,tenant=t,client_id=c", kNow - 10 * 86'400 * kSecond);
  int passes = 0;
  for (bool more = true; more; ++passes) {
    const std::string url = api->next(kNow).url;
    const Result<PollPage> page = api->read(answer(R"({"value":[]})"), {}, kNow);
    ASSERT_TRUE(page);
    more = page->more;
    EXPECT_EQ(url.find("%20le%20") != std::string::npos, more) << url;
    ASSERT_LT(passes, 50);
  }
  EXPECT_GT(passes, 10);
}

TEST(PollApi, GoogleHasNoListWhereNothingHappened) {
  const auto api = api_of("kind=google,application=login,subject=a@example.org");
  EXPECT_EQ(api->next(kNow).url, "/admin/reports/v1/activity/users/all/applications/login?maxResults=1000&startTime=2026-05-28T20%3A25%3A40Z");
  ASSERT_TRUE(api->read(answer(R"({"kind":"admin#reports#activities"})"), {}, kNow));
  EXPECT_FALSE(api->read(answer(R"({})"), {}, kNow));
  const Result<PollPage> page = api->read(answer(R"({"kind":"admin#reports#activities","nextPageToken":"A:1","items":[{"id":{"time":"2026-05-28T20:26:00Z","uniqueQualifier":"7"}}]})"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->records.size(), 1u);
  EXPECT_TRUE(api->next(kNow).url.ends_with("&pageToken=A%3A1"));
}

TEST(PollApi, M365SubscribesListsAndTakesEachBlob) {
  const auto api = api_of("kind=m365,tenant=t,client_id=c,content=Audit.General");
  const PollRequest start = api->next(kNow);
  EXPECT_TRUE(start.post);
  EXPECT_EQ(start.url, "/api/v1.0/t/activity/feed/subscriptions/start?contentType=Audit.General&PublisherIdentifier=t");
  PollAnswer enabled = answer(R"({"error":{"code":"AF20024"}})");
  enabled.status = 400;
  EXPECT_TRUE(api->is_good(enabled));
  ASSERT_TRUE(api->read(enabled, {}, kNow));
  EXPECT_FALSE(api->is_good(enabled));
  EXPECT_EQ(api->next(kNow).url, "/api/v1.0/t/activity/feed/subscriptions/content?contentType=Audit.General&PublisherIdentifier=t&startTime=2026-05-28T20%3A25%3A40&endTime=2026-05-28T20%3A26%3A40");
  const auto item = [](const char* id, const char* time) { return fmt::format(R"({{"contentUri":"https://manage.office.com/{}","contentId":"{}","contentCreated":"{}"}})", id, id, time); };
  ASSERT_TRUE(api->read(answer("[" + item("late", "2026-05-28T20:26:30Z") + "]", {{"nextpageuri", "https://manage.office.com/next"}}), {}, kNow));
  EXPECT_EQ(api->next(kNow).url, "https://manage.office.com/next");
  PollIds known;
  known.add(poll_id("blob known"), kNow);
  ASSERT_TRUE(api->read(answer("[" + item("early", "2026-05-28T20:26:00Z") + "," + item("known", "2026-05-28T20:26:10Z") + "]"), known, kNow));
  EXPECT_EQ(api->next(kNow).url, "https://manage.office.com/early");
  Result<PollPage> page = api->read(answer(R"([{"Id":"1"},{"Id":"2"}])"), known, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->records.size(), 2u);
  ASSERT_EQ(page->done.size(), 1u);
  EXPECT_EQ(page->done[0].first, poll_id("blob early"));
  EXPECT_EQ(page->cursor, cursor_at(kNow));
  EXPECT_EQ(api->next(kNow).url, "https://manage.office.com/late");
  page = api->read(answer("[]"), known, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
}

TEST(PollApi, M365GoesBackNoFurtherThanTheApi) {
  const auto api = api_of("kind=m365,tenant=t,client_id=c,content=DLP.All", kNow - 30 * 86'400 * kSecond);
  ASSERT_TRUE(api->read(answer("{}"), {}, kNow));
  const auto again = api_of("kind=m365,tenant=t,client_id=c,content=DLP.All", kNow - 30 * 86'400 * kSecond);
  ASSERT_TRUE(again->read(answer("{}"), {}, kNow));
  (void)again->next(kNow);
  const Result<PollPage> page = again->read(answer("[]"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_NE(page->words.find("was not read"), std::string::npos);
  EXPECT_NE(api->next(kNow).url.find("startTime=2026-05-21T21%3A26%3A40&endTime=2026-05-22T21%3A26%3A40"), std::string::npos) << api->next(kNow).url;
}

TEST(PollApi, CloudTrailIsListedFromTheMinuteAndOtherObjectsArePassedOver) {
  const auto api = api_of("kind=cloudtrail,bucket=b,region=eu-west-1,prefix=x/AWSLogs/1/CloudTrail/eu-west-1/");
  EXPECT_EQ(api->next(kNow).url, "/b?encoding-type=url&list-type=2&max-keys=1000&prefix=x%2FAWSLogs%2F1%2FCloudTrail%2Feu-west-1%2F&start-after="
                                 "x%2FAWSLogs%2F1%2FCloudTrail%2Feu-west-1%2F2026%2F05%2F28%2F1_CloudTrail_eu-west-1_20260528T2025");
  const std::string folder = "x/AWSLogs/1/CloudTrail/eu-west-1/2026/05/28/";
  const auto key = [](const std::string& name) { return "<Contents><Key>" + name + "</Key></Contents>"; };
  ASSERT_TRUE(api->read(answer("<ListBucketResult>" + key(folder + "1_CloudTrail_eu-west-1_20260528T2026Z_aB%2Bc.json.gz") + key(folder + "1_CloudTrail_eu-west-1_20260528T2027Z_d.json") +
                               key(folder + "zz_20261328T2027Z_d.json.gz") + key(folder + "zzz") + "</ListBucketResult>"), {}, kNow));
  EXPECT_EQ(api->next(kNow).url, "/b/" + folder + "1_CloudTrail_eu-west-1_20260528T2026Z_aB%2Bc.json.gz");
  const Result<PollPage> page = api->read(answer(R"({"Records":[{"eventID":"1"} ]})"), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_EQ(texts(*page), (std::vector<std::string>{R"({"eventID":"1"})"}));
  EXPECT_FALSE(page->more);
  EXPECT_EQ(page->part, folder + "1_CloudTrail_eu-west-1_20260528T2026Z_aB+c.json.gz");
}

TEST(PollApi, AnObjectThatIsDamagedIsPassedOverAfterAWhile) {
  const auto api = api_of("kind=cloudtrail,bucket=b,region=eu-west-1,prefix=AWSLogs/1/CloudTrail/eu-west-1/");
  const std::string list = "<ListBucketResult><Contents><Key>AWSLogs/1/CloudTrail/eu-west-1/2026/05/28/1_CloudTrail_eu-west-1_20260528T2026Z_a.json.gz</Key></Contents></ListBucketResult>";
  (void)api->next(kNow);
  ASSERT_TRUE(api->read(answer(list), {}, kNow));
  EXPECT_FALSE(api->read(answer("\x1f\x8b damaged"), {}, kNow));
  api->forget_place();
  api->resume(cursor_at(kNow));
  (void)api->next(kNow);
  const Result<PollPage> page = api->read(answer(list), {}, kNow);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
}

TEST(S3List, IsReadAndNothingElse) {
  const Result<S3List> list = read_s3_list("<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Prefix/><Key>no</Key><IsTruncated>true</IsTruncated>"
                                           "<Contents><Key>a%2Fb&amp;c&#x41;+d</Key><Owner><ID>x</ID></Owner></Contents></ListBucketResult>");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->keys, (std::vector<std::string>{"a/b&cA d"}));
  EXPECT_TRUE(list->truncated);
  for (const char* const bad : {"", "x", "<a></a>", "<ListBucketResult>", "<ListBucketResult></b>", "<!DOCTYPE x><ListBucketResult></ListBucketResult>", "<ListBucketResult><Contents><Key>&x;</Key></Contents></ListBucketResult>",
                                "<ListBucketResult><Contents><Key></Key></Contents></ListBucketResult>", "<ListBucketResult><Contents><Key>%00</Key></Contents></ListBucketResult>", "<ListBucketResult></ListBucketResult><ListBucketResult></ListBucketResult>",
                                "<ListBucketResult><a><b><c><d><e><f><g><h>"}) {
    EXPECT_FALSE(read_s3_list(bad)) << bad;
  }
}

TEST(PollMark, IsWhatWasPackedAndNothingElseIsOne) {
  PollMark mark;
  mark.name = "github";
  mark.cursor = cursor_at(kNow);
  mark.forget_before = kNow - 1;
  mark.ids = {{poll_id("a"), kNow}, {poll_id("b"), kNow + 1}};
  const std::string bytes = packed(mark);
  const std::optional<PollMark> read = unpacked_poll_mark(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->cursor, mark.cursor);
  EXPECT_EQ(read->ids, mark.ids);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(unpacked_poll_mark(bytes.substr(0, size)));
  EXPECT_FALSE(unpacked_poll_mark(bytes + "x"));
  mark.ids.resize(kPollMarkIdsMax);
  mark.cursor = std::string(kPollCursorBytesMax, 'x');
  EXPECT_LT(packed(mark).size(), 0xFFFFu - 512);  // it fits beside a record
  EXPECT_TRUE(unpacked_poll_mark(packed(mark)));
  mark.ids.resize(kPollMarkIdsMax + 1);
  EXPECT_FALSE(unpacked_poll_mark(packed(mark)));
}

TEST(PollIds, TheOldestGoWhereThereAreTooMany) {
  PollIds ids;
  for (std::size_t i = 0; i < kPollIdsMax + 5; ++i) ids.add(poll_id(std::to_string(i)), static_cast<TimeUs>(i));
  EXPECT_EQ(ids.size(), kPollIdsMax);
  EXPECT_EQ(ids.forgotten(), 5u);
  EXPECT_FALSE(ids.contains(poll_id("4")));
  EXPECT_TRUE(ids.contains(poll_id("5")));
  ids.forget_before(static_cast<TimeUs>(kPollIdsMax));
  EXPECT_EQ(ids.size(), 5u);
}

TEST(PollWire, WhatIsReadIsWhatWasWritten) {
  const Result<PollAsk> ask = read_ask(ask_payload({3, {true, "/x"}}));
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->poller == 3 && ask->request.post && ask->request.url == "/x");
  PollAnswer sent = answer("body", {{"link", "<x>"}, {"set-cookie", "secret"}, {"retry-after", "5"}});
  sent.words = "why";
  const Result<PollAnswered> read = read_answered(answered_payload({9, sent}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->answer.body, "body");
  EXPECT_EQ(read->answer.words, "why");
  EXPECT_EQ(read->answer.header("link"), "<x>");
  EXPECT_EQ(read->answer.header("set-cookie"), "");  // not one that anybody needs
  EXPECT_EQ(read->answer.header("retry-after"), "5");
  EXPECT_FALSE(read_ask(std::string("\0\2x", 3)));
  EXPECT_FALSE(read_ask(ask_payload({0, {false, std::string(kPollUrlBytesMax + 1, 'x')}})));
  const std::string payload = answered_payload({9, sent});
  for (std::size_t size = 0; size < payload.size() - 4; ++size) EXPECT_FALSE(read_answered(payload.substr(0, size)));
}

TEST(PollerSettings, WhatIsWrongIsSaid) {
  const std::string good = "name=g,kind=github,org=acme,secret=/s";
  const Result<PollerSettings> read = read_poller(good + ",interval=5m,requests_per_day=100");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->url, "https://api.github.com");
  EXPECT_EQ(read->interval_us, 300 * kSecond);
  EXPECT_EQ(read->source(), "poll/g");
  EXPECT_EQ(poller_text({{"a", "x,y\\z"}}), "a=x\\,y\\\\z");
  EXPECT_EQ(read_poller("name=g,kind=github,org=acme,secret=/a\\,b")->value("secret"), "/a,b");
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"kind=github", "needs a 'name'"}, {"name=g,kind=gitub", "did you mean 'github'"}, {"name=g,kind=github,secret=/s", "needs 'org'"}, {"name=g,kind=github,org=acme", "needs 'secret'"},
           {good + ",orgs=x", "did you mean 'org'"}, {good + ",interval=0s", "no interval"}, {good + ",overlap=2M", "no overlap"}, {good + ",requests_per_day=many", "no number"},
           {good + ",url=http://api.example.org", "begins with https://"}, {good + ",url=https://x/y", "a machine alone"}, {"name=g,kind=github,org=a/../b,secret=/s", "is no org"}, {good + ",name=h", "twice"}, {good + ",x", "KEY=VALUE"},
           {"name=c,kind=cloudtrail,bucket=b,region=r,prefix=x,secret=/s", "is no prefix"}, {"name=o,kind=okta,secret=/s", "needs 'url'"}}) {
    const Result<PollerSettings> wrong = read_poller(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().message.find(words), std::string::npos) << wrong.error().message;
  }
}

}  // namespace
}  // namespace tocsin
