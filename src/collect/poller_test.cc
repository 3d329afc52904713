#include "collect/poller.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "collect/poll_parts.h"

namespace tocsin {
namespace {

constexpr TimeUs kSecond = 1'000'000, kStart = 1'780'000'000 * kSecond;

PollerSettings settings_of(const std::string& more) {
  const Result<PollerSettings> read = read_poller("name=p,secret=/s,interval=10s,overlap=60s," + more);
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

PollerSettings github() { return settings_of("kind=github,org=acme"); }

PollAnswer good(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  PollAnswer answer;
  answer.status = 200;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  return answer;
}

PollAnswer bad(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
  PollAnswer answer = good("", std::move(headers));
  answer.status = status;
  return answer;
}

/// Journal and state, as a service has them: what was taken, and the mark that stands beside it.
struct Kept {
  PollMark mark;
  std::map<PollId, TimeUs> ids;
  std::vector<std::string> records;

  explicit Kept(TimeUs from) {
    mark.name = "p";
    mark.cursor = cursor_at(from);
  }
  void take(const PollBatch& batch) {
    for (const PollRecord& record : batch.records) records.emplace_back(batch.body.substr(record.at, record.size));
    const std::optional<PollMark> read = unpacked_poll_mark(packed(batch.mark));
    ASSERT_TRUE(read);
    mark = *read;
    for (const auto& [id, time] : std::exchange(mark.ids, {})) ids.emplace(id, time);
    std::erase_if(ids, [&](const auto& one) { return one.second < mark.forget_before; });
  }
  std::unique_ptr<Poller> poller(const PollerSettings& settings) const {
    return std::make_unique<Poller>(settings, mark, std::vector<std::pair<PollId, TimeUs>>(ids.begin(), ids.end()));
  }
};

std::string event(int number, TimeUs time) { return fmt::format(R"({{"@timestamp": {}, "_document_id":"d{}"}})", time / 1'000, number); }

TEST(Poller, TakesEachEventOnceAndComesAgain) {
  Kept kept(kStart);
  const std::unique_ptr<Poller> own = kept.poller(github());
  Poller& poller = *own;
  EXPECT_EQ(poller.due(), 0);
  const PollRequest first = poller.ask(kStart + kSecond);
  EXPECT_EQ(first.url, "/orgs/acme/audit-log?phrase=created%3A%3E%3D" + percent_encoded(second_text(kStart - 60 * kSecond)) + "&include=all&order=asc&per_page=100");
  EXPECT_FALSE(poller.due());
  poller.answered(good("[" + event(1, kStart) + " , " + event(2, kStart) + "," + event(1, kStart) + "]", {{"link", "<https://api.github.com/organizations/1/audit-log?after=x>; rel=\"next\""}}), kStart, 0);
  ASSERT_NE(poller.batch(), nullptr);
  EXPECT_FALSE(poller.due());
  kept.take(*poller.batch());
  poller.acknowledged(true, kStart);
  EXPECT_EQ(kept.records, (std::vector<std::string>{event(1, kStart), event(2, kStart)}));
  EXPECT_EQ(poller.due(), kStart);  // there is another page
  EXPECT_EQ(poller.ask(kStart).url, "https://api.github.com/organizations/1/audit-log?after=x");
  poller.answered(good("[" + event(3, kStart + kSecond) + "]"), kStart, 0);
  kept.take(*poller.batch());
  poller.acknowledged(true, kStart);
  EXPECT_EQ(poller.due(), kStart + 10 * kSecond);
  // The next pass sees them again, and one that came late.
  (void)poller.ask(kStart + 10 * kSecond);
  poller.answered(good("[" + event(4, kStart - 30 * kSecond) + "," + event(1, kStart) + "," + event(3, kStart + kSecond) + "]"), kStart + 10 * kSecond, 0);
  kept.take(*poller.batch());
  poller.acknowledged(true, kStart + 10 * kSecond);
  EXPECT_EQ(kept.records.size(), 4u);
  EXPECT_EQ(kept.records.back(), event(4, kStart - 30 * kSecond));
}

TEST(Poller, ABatchThatIsNotSafeComesAgain) {
  Kept kept(kStart);
  const std::unique_ptr<Poller> own = kept.poller(github());
  Poller& poller = *own;
  (void)poller.ask(kStart);
  poller.answered(good("[" + event(1, kStart) + "]"), kStart, 0);
  const PollBatch* const batch = poller.batch();
  poller.acknowledged(false, kStart);
  EXPECT_EQ(poller.batch(), batch);
  EXPECT_GT(poller.batch_due(), kStart);
  poller.acknowledged(true, kStart + 2 * kSecond);
  EXPECT_EQ(poller.batch(), nullptr);
}

TEST(Poller, WaitsLongerAfterEachFailureAndAsLongAsItIsAsked) {
  const std::unique_ptr<Poller> own = Kept(kStart).poller(github());
  Poller& poller = *own;
  TimeUs now = kStart, before = 0;
  for (int i = 0; i < 12; ++i) {
    (void)poller.ask(now);
    poller.answered(bad(500), now, 999);
    const TimeUs wait = *poller.due() - now;
    EXPECT_GE(wait, before);
    EXPECT_LE(wait, kPollBackOffUsMax);
    before = wait;
    now = *poller.due();
  }
  EXPECT_GT(before, kPollBackOffUsMax / 2);
  EXPECT_NE(poller.trouble().find("500"), std::string::npos);
  (void)poller.ask(now);
  poller.answered(bad(429, {{"retry-after", "37"}}), now, 0);
  EXPECT_EQ(*poller.due(), now + 37 * kSecond);
  (void)poller.ask(now);
  poller.answered(good("[]", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", std::to_string(now / kSecond + 90)}}), now, 0);
  EXPECT_EQ(poller.trouble(), "");
  EXPECT_EQ(*poller.due(), (now / kSecond + 90) * kSecond);
}

TEST(Poller, AskedWaitsAreReadAndBounded) {
  EXPECT_EQ(asked_wait(bad(429, {{"retry-after", "Thu, 28 May 2026 20:26:50 GMT"}}), kStart), 10 * kSecond);  // kStart is 20:26:40
  EXPECT_EQ(asked_wait(bad(429, {{"retry-after", "99999999999"}}), kStart), kPollAskedWaitUsMax);
  EXPECT_EQ(asked_wait(bad(429, {{"retry-after", "-5"}}), kStart), 0);
  EXPECT_EQ(asked_wait(bad(429, {{"retry-after", "soon"}}), kStart), 0);
  EXPECT_EQ(asked_wait(good("", {{"x-rate-limit-remaining", "1"}, {"x-rate-limit-reset", "99999999999"}}), kStart), 0);
  EXPECT_EQ(asked_wait(good("", {{"x-rate-limit-remaining", "0"}, {"x-rate-limit-reset", "99999999999999999"}}), kStart), 0);
  EXPECT_EQ(asked_wait(good("", {{"x-rate-limit-remaining", "0"}, {"x-rate-limit-reset", "99999999999"}}), kStart), kPollAskedWaitUsMax);
}

TEST(Poller, WhatIsWrongIsSaidInWordsWithWhatToDo) {
  const std::unique_ptr<Poller> own = Kept(kStart).poller(github());
  Poller& poller = *own;
  for (const auto& [status, words] : {std::pair(401, "401: the token was refused"), {403, "it needs read:audit_log"}, {302, "sends this poller elsewhere"}, {404, "nothing at this address"}}) {
    (void)poller.ask(kStart);
    poller.answered(bad(status), kStart, 0);
    EXPECT_NE(poller.trouble().find(words), std::string::npos) << poller.trouble();
  }
  for (const char* const body : {"", "{}", "[{}", "[1]", "[{}] x", "<html>"}) {
    (void)poller.ask(kStart);
    poller.answered(good(body), kStart, 0);
    EXPECT_NE(poller.trouble().find("not what this API gives"), std::string::npos) << body;
    EXPECT_EQ(poller.batch(), nullptr);
  }
  (void)poller.ask(kStart);
  PollAnswer quota;
  quota.trouble = PollTrouble::kQuota;
  quota.words = "enough";
  poller.answered(std::move(quota), kStart, 0);
  EXPECT_EQ(poller.trouble(), "enough");
  EXPECT_EQ(*poller.due() % (86'400 * kSecond), 0);
}

TEST(Poller, ARecordThatIsTooLargeIsCountedOnceAndTheOthersAreTaken) {
  Kept kept(kStart);
  const std::unique_ptr<Poller> own = kept.poller(github());
  Poller& poller = *own;
  const std::string large = fmt::format(R"({{"_document_id":"big","@timestamp":{},"x":"{}"}})", kStart / 1'000, std::string(1 << 20, 'x'));
  for (int pass = 0; pass < 2; ++pass) {
    (void)poller.ask(kStart);
    poller.answered(good("[" + large + "," + event(pass, kStart) + "]"), kStart, 0);
    EXPECT_EQ(poller.take_too_large(), pass == 0 ? 1u : 0u);
    ASSERT_NE(poller.batch(), nullptr);
    EXPECT_EQ(poller.batch()->records.size(), 1u);
    poller.acknowledged(true, kStart);
  }
}

/// An API of events that come late, killed at any step: what was handed over and not acknowledged is in the journal or is not, by chance.
void run_with_kills(const PollerSettings& settings, unsigned seed, const std::function<std::vector<std::string>(TimeUs)>& grow, const std::function<PollAnswer(const PollRequest&, TimeUs)>& api) {
  std::mt19937 chance(seed);
  Kept kept(kStart);
  std::vector<std::string> sent;
  auto poller = kept.poller(settings);
  TimeUs now = kStart;
  for (int i = 0; i < 3'000; ++i, now += kSecond / 2) {
    if (i < 2'000) {
      for (std::string& text : grow(now)) sent.push_back(std::move(text));
    }
    if (poller->due() && *poller->due() <= now) {
      const PollRequest request = poller->ask(now);
      poller->answered(chance() % 10 == 0 ? bad(503) : api(request, now), now, static_cast<std::uint32_t>(chance()));
    }
    const bool kills = i < 2'500;  // then it may come to the end
    while (poller->batch() != nullptr) {
      const bool is_killed = kills && chance() % 4 == 0;
      if (!is_killed || chance() % 2 == 0) kept.take(*poller->batch());
      if (is_killed) break;
      poller->acknowledged(true, now);
    }
    if (poller->batch() != nullptr || (kills && chance() % 20 == 0)) poller = kept.poller(settings);
  }
  std::vector<std::string> found = kept.records;
  std::ranges::sort(found);
  std::ranges::sort(sent);
  EXPECT_EQ(found.size(), sent.size()) << "seed " << seed;
  EXPECT_TRUE(found == sent) << "seed " << seed;
}

TEST(Poller, LosesAndRepeatsNothingWhereverItIsKilled) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 chance(seed + 100);
    std::vector<std::pair<TimeUs, std::string>> events;
    const auto grow = [&](TimeUs now) {
      std::vector<std::string> fresh;
      for (auto n = chance() % 3; n > 0; --n) {
        const TimeUs time = now - (chance() % 3 == 0 ? static_cast<TimeUs>(chance() % 50) * kSecond : 0);
        events.emplace_back(time, event(static_cast<int>(events.size()), time));
        fresh.push_back(events.back().second);
      }
      std::ranges::stable_sort(events, {}, &std::pair<TimeUs, std::string>::first);
      return fresh;
    };
    const auto api = [&](const PollRequest& request, TimeUs) {
      const std::size_t at = request.url.starts_with('/') ? 0 : std::stoul(request.url.substr(request.url.rfind('=') + 1));
      std::string body;
      std::size_t i = at;
      for (; i < events.size() && i < at + 50; ++i) body += (body.empty() ? "" : ",") + events[i].second;
      std::vector<std::pair<std::string, std::string>> headers;
      if (i < events.size()) headers.emplace_back("link", fmt::format("<https://api.github.com/orgs/acme/audit-log?after={}>; rel=\"next\"", i));
      return good("[" + body + "]", std::move(headers));
    };
    run_with_kills(github(), seed, grow, api);
  }
}

TEST(Poller, AnObjectIsTakenInPartsWhereverItIsKilled) {
  const PollerSettings settings = settings_of("kind=cloudtrail,bucket=b,region=eu-central-1,prefix=AWSLogs/1/CloudTrail/eu-central-1/");
  for (unsigned seed = 0; seed < 5; ++seed) {
    std::mt19937 chance(seed + 200);
    std::map<std::string, std::string> objects;
    int number = 0;
    const auto grow = [&](TimeUs now) {
      std::vector<std::string> fresh;
      if (chance() % 20 != 0) return fresh;
      std::string body;
      for (auto n = chance() % 3 == 0 ? 2'500 : chance() % 5; n > 0; --n) {
        fresh.push_back(fmt::format(R"({{"eventID":"{}"}})", ++number));
        body += (body.empty() ? "" : ",") + fresh.back();
      }
      std::string time = second_text(now);
      std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
      const std::string day = second_text(now).substr(0, 10);
      objects[fmt::format("AWSLogs/1/CloudTrail/eu-central-1/{}/{}/{}/1_CloudTrail_eu-central-1_{}Z_{:08x}.json.gz", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2), time.substr(0, 13), chance())] =
          R"({"Records":[)" + body + "]}";
      return fresh;
    };
    const auto api = [&](const PollRequest& request, TimeUs) {
      if (!request.url.starts_with("/b?")) return good(objects.at(request.url.substr(3)));
      std::string after = request.url.substr(request.url.rfind('=') + 1), xml = "<ListBucketResult>";
      for (std::size_t at = 0; (at = after.find("%2F", at)) != std::string::npos;) after.replace(at, 3, "/");
      int listed = 0;
      auto object = objects.upper_bound(after);
      for (; object != objects.end() && listed < 2; ++object, ++listed) xml += "<Contents><Key>" + object->first + "</Key></Contents>";
      return good(xml + (object != objects.end() ? "<IsTruncated>true</IsTruncated>" : "<IsTruncated>false</IsTruncated>") + "</ListBucketResult>");
    };
    run_with_kills(settings, seed, grow, api);
  }
}

}  // namespace
}  // namespace tocsin
