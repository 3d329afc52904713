// Events made by hand, and what is said of the next one; made-up streams beside a twin that keeps all of them; the same after a restart.
#include "baseline/baselines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "baseline/event_reader.h"

namespace tocsin::baseline {
namespace {

constexpr TimeUs kMinuteUs = 60'000'000, kDayUs = 1'440 * kMinuteUs, kStart = 20'000 * kDayUs;
constexpr const char* kTable = "host: [Computer, host.name]\naccount: [TargetUserName, User]\nfields:\n  - {name: process, of: {category: process_creation}, from: [Image, exe]}\n  - {name: account, from: [TargetUserName, User]}\n  - {name: source_address, from: [IpAddress]}\n  - {name: destination, from: [DestinationIp]}\n";

/// A field is called as it stands in the event.
class Names : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {.names = {std::string(path)}}; }
};

class Made : public testing::Test {
 protected:
  using Values = std::vector<std::pair<std::string, std::string>>;
  const Observation& see(const Values& values, TimeUs time, TimeUs received = kNoTime) {
    event_.clear();
    texts_.clear();
    for (const auto& [field, text] : values) {
      const std::string& kept = texts_.emplace_back(text);
      event_.values.push_back({kept.data(), static_cast<std::uint32_t>(kept.size()), paths_.child(PathTable::kRoot, field), ValueKind::kText});
    }
    event_.log_source = started_;
    event_.time = time;
    reader_.read(event_, "syslog/gw", received, seen_);
    return seen_;
  }
  void learn(const Values& values, TimeUs time) { baselines_.learn(see(values, time)); }
  std::vector<BaselineSign> ask(const Values& values, TimeUs time) {
    std::vector<BaselineSign> signs;
    baselines_.ask(see(values, time), signs);
    return signs;
  }
  /// So many events of usual starts, one a minute.
  TimeUs usual(int events, TimeUs from, const std::string& host = "web1") {
    for (int i = 0; i < events; ++i) learn({{"Computer", host}, {"User", "ann"}, {"Image", i % 2 == 0 ? "a.exe" : "b.exe"}}, from + i * kMinuteUs);
    return from + events * kMinuteUs;
  }
  static const BaselineSign* find(const std::vector<BaselineSign>& signs, BaselineKind kind, EntityType type, std::string_view field) {
    const auto at = std::ranges::find_if(signs, [&](const BaselineSign& sign) { return sign.kind == kind && sign.subject_type == type && sign.field == field; });
    return at == signs.end() ? nullptr : &*at;
  }

  const Names names_{};
  PathTable paths_{names_};
  LogSourceTable log_sources_;
  const LogSourceId started_ = log_sources_.intern({{{"windows", "process_creation", ""}}, {}});
  Baselines baselines_{*BaselineFields::read(kTable, "table")};
  EventReader reader_{baselines_.fields(), paths_, log_sources_};
  Event event_;
  Observation seen_;
  std::deque<std::string> texts_;
};

TEST_F(Made, WhatWasNeverSeen) {
  const TimeUs end = usual(3 * 1'440, kStart);
  const std::vector<BaselineSign> signs = ask({{"Computer", "web1"}, {"User", "ann"}, {"Image", "whoami.exe"}}, end);
  for (const EntityType type : {EntityType::kNone, EntityType::kHost, EntityType::kUser}) {
    const BaselineSign* const sign = find(signs, BaselineKind::kFirstSeen, type, "Image");
    ASSERT_NE(sign, nullptr);
    EXPECT_EQ(sign->subject, type == EntityType::kNone ? "" : type == EntityType::kHost ? "web1" : "ann");
    EXPECT_EQ(sign->value, "whoami.exe");
    EXPECT_NEAR(sign->days, 3, 0.01);
    EXPECT_NEAR(sign->usual, 4'020, 150) << "faded from 4,320";
    EXPECT_NEAR(sign->observed, 2, 0.5) << "two were new";
  }
  EXPECT_EQ(find(signs, BaselineKind::kFirstSeen, EntityType::kHost, "User"), nullptr) << "ann was seen there";
  EXPECT_EQ(find(signs, BaselineKind::kFirstSeen, EntityType::kUser, "User"), nullptr) << "that an account is itself is no news";
  EXPECT_TRUE(ask({{"Computer", "WEB1"}, {"User", "Ann"}, {"Image", "A.EXE"}}, end).empty()) << "whatever the case of its letters";
}

TEST_F(Made, NothingIsSaidOfWhatIsHardlyKnown) {
  TimeUs end = usual(1'000, kStart);
  EXPECT_TRUE(ask({{"Computer", "web1"}, {"Image", "whoami.exe"}}, end).empty()) << "not a day";
  end = usual(10, kStart, "db1");
  EXPECT_EQ(find(ask({{"Computer", "db1"}, {"Image", "whoami.exe"}}, kStart + 3 * kDayUs), BaselineKind::kFirstSeen, EntityType::kHost, "Image"), nullptr) << "ten events";
  EXPECT_EQ(find(ask({{"Computer", "new1"}, {"Image", "a.exe"}}, kStart + 3 * kDayUs), BaselineKind::kFirstSeen, EntityType::kHost, "Image"), nullptr) << "no such host";
}

TEST_F(Made, WhereMostIsNewNothingIs) {
  for (int i = 0; i < 3'000; ++i) learn({{"Computer", "web1"}, {"Image", "setup-" + std::to_string(i) + ".exe"}}, kStart + i * kMinuteUs);
  EXPECT_EQ(find(ask({{"Computer", "web1"}, {"Image", "whoami.exe"}}, kStart + 3'000 * kMinuteUs), BaselineKind::kFirstSeen, EntityType::kHost, "Image"), nullptr);
}

TEST_F(Made, ConnectionsAtEqualIntervals) {
  TimeUs at = kStart;
  for (int i = 0; i < 24; ++i) learn({{"Computer", "web1"}, {"DestinationIp", "203.0.113.9"}}, at += 10 * kMinuteUs);
  for (int i = 0; i < 24; ++i) learn({{"IpAddress", "192.0.2.7"}, {"DestinationIp", "203.0.113.8"}}, at += 5 * kMinuteUs);
  const std::vector<BaselineSign> signs = ask({{"Computer", "web1"}, {"DestinationIp", "203.0.113.9"}}, at);
  const BaselineSign* const sign = find(signs, BaselineKind::kBeacon, EntityType::kHost, "DestinationIp");
  ASSERT_NE(sign, nullptr);
  EXPECT_EQ(sign->subject, "web1");
  EXPECT_EQ(sign->value, "203.0.113.9");
  EXPECT_NEAR(sign->observed, 600, 1);
  EXPECT_LT(sign->usual, 60);
  const BaselineSign* const of_network = find(ask({{"IpAddress", "192.0.2.7"}, {"DestinationIp", "203.0.113.8"}}, at), BaselineKind::kBeacon, EntityType::kIp, "DestinationIp");
  ASSERT_NE(of_network, nullptr) << "a network's log has no host";
  EXPECT_TRUE(ask({{"Computer", "web1"}}, at).empty()) << "no connection";
  EXPECT_EQ(find(ask({{"Computer", "web1"}, {"DestinationIp", "203.0.113.8"}}, at), BaselineKind::kBeacon, EntityType::kHost, "DestinationIp"), nullptr) << "of another host";
  Baselines again(*BaselineFields::read(kTable, "table"));
  ASSERT_TRUE(again.unpack(baselines_.packed()));
  std::vector<BaselineSign> same;
  again.ask(see({{"Computer", "web1"}, {"DestinationIp", "203.0.113.9"}}, at), same);
  ASSERT_NE(find(same, BaselineKind::kBeacon, EntityType::kHost, "DestinationIp"), nullptr);
  EXPECT_EQ(again.packed(), baselines_.packed());
}

TEST_F(Made, AnHourThatIsUnlikeTheOthers) {
  constexpr TimeUs kHourUs = 60 * kMinuteUs;
  const auto hour = [&](int number, int starts, int connections) {
    for (int i = 0; i < starts; ++i) learn({{"Computer", "web1"}, {"User", "ann"}, {"Image", "a.exe"}}, kStart + number * kHourUs + i * 1'000'000);
    for (int i = 0; i < connections; ++i) learn({{"Computer", "web1"}, {"DestinationIp", "203.0.113.9"}}, kStart + number * kHourUs + (i + 100) * 1'000'000);
  };
  std::mt19937 random(7);
  for (int i = 0; i < 9 * 24; ++i) {
    const int many = 10 + static_cast<int>(random() % 10);
    hour(i, many, many);
  }
  hour(9 * 24, 2, 60);
  const TimeUs next = kStart + (9 * 24 + 1) * kHourUs;
  learn({{"Computer", "web1"}}, next);
  const std::vector<BaselineSign> signs = ask({{"Computer", "web1"}}, next + kMinuteUs);
  const BaselineSign* const sign = find(signs, BaselineKind::kOutlier, EntityType::kHost, "");
  ASSERT_NE(sign, nullptr);
  EXPECT_EQ(sign->subject, "web1");
  EXPECT_NEAR(sign->days, 9, 0.1);
  EXPECT_FALSE(sign->value.empty());
  EXPECT_EQ(find(ask({{"Computer", "web1"}}, kStart + 9 * 24 * kHourUs), BaselineKind::kOutlier, EntityType::kHost, ""), nullptr) << "before it";
}

TEST_F(Made, WhatIsSeldom) {
  learn({{"Computer", "web1"}, {"User", "ann"}, {"Image", "whoami.exe"}}, kStart);
  const TimeUs end = usual(3 * 1'440, kStart + kMinuteUs);
  const std::vector<BaselineSign> signs = ask({{"Computer", "web1"}, {"User", "ann"}, {"Image", "whoami.exe"}}, end);
  const BaselineSign* const sign = find(signs, BaselineKind::kRare, EntityType::kHost, "Image");
  ASSERT_NE(sign, nullptr);
  EXPECT_NEAR(sign->observed, 0.86, 0.05);
  EXPECT_EQ(find(signs, BaselineKind::kFirstSeen, EntityType::kHost, "Image"), nullptr);
}

TEST_F(Made, MoreThanThisHourHas) {
  for (int hour = 0; hour < 5 * 24; ++hour) {
    for (int i = 0; i < 10; ++i) learn({{"Computer", "web1"}}, kStart + hour * 60 * kMinuteUs + i * kMinuteUs);
  }
  const TimeUs now = kStart + 5 * 24 * 60 * kMinuteUs;
  for (int i = 0; i < 200; ++i) learn({{"Computer", "web1"}}, now + i * 1'000'000);
  const std::vector<BaselineSign> signs = ask({{"Computer", "web1"}}, now + 201 * 1'000'000);
  const BaselineSign* const host = find(signs, BaselineKind::kVolume, EntityType::kHost, "");
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(host->observed, 201);
  EXPECT_NEAR(host->usual, 10, 0.5);
  const BaselineSign* const source = find(signs, BaselineKind::kVolume, EntityType::kNone, "");
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->subject, "syslog/gw");
}

TEST_F(Made, TimesThatCannotBe) {
  EXPECT_EQ(see({{"Computer", "web1"}}, kNoTime).time_s, 0u);
  EXPECT_EQ(see({{"Computer", "web1"}}, -5 * kDayUs).time_s, 0u);
  EXPECT_EQ(see({{"Computer", "web1"}}, kStart + kDayUs, kStart).time_s, static_cast<std::uint32_t>(kStart / 1'000'000)) << "not after it was received";
  EXPECT_EQ(see({{"Computer", "web1"}}, INT64_MAX / 2).time_s, UINT32_MAX);
  const std::uint64_t before = baselines_.learnt();
  learn({{"Computer", "web1"}}, kNoTime);
  EXPECT_EQ(baselines_.learnt(), before);
}

TEST_F(Made, TheBestFieldSaysIt) {
  EXPECT_EQ(see({{"User", "SYSTEM"}, {"TargetUserName", "ann"}}, kStart).account.value->raw(), "ann");
  EXPECT_EQ(see({{"TargetUserName", "-"}, {"User", "SYSTEM"}}, kStart).account.value->raw(), "SYSTEM") << "what says nothing leaves it to the next";
  EXPECT_EQ(see({{"host.name", "a"}}, kStart).host.fingerprint, see({{"Computer", "A"}}, kStart).host.fingerprint);
  EXPECT_EQ(see({{"Image", std::string(kObservedBytesMax + 1, 'x')}}, kStart).field_count, 0u);
  EXPECT_EQ(see({{"Image", std::string(kObservedBytesMax, 'x')}}, kStart).field_count, 1u);
}

/// All events in a list: what was new is what is nowhere before it.
TEST_F(Made, AgreesWithATwinThatKeepsEverything) {
  std::mt19937_64 random(5);
  struct Kept {
    std::string host, image;
    TimeUs time;
  };
  std::vector<Kept> all;
  std::size_t told = 0;
  for (int i = 0; i < 6'000; ++i) {
    const std::string host = "h" + std::to_string(random() % 4), image = "p" + std::to_string(std::min(random() % 60, random() % 60)) + ".exe";
    const TimeUs time = kStart + i * 2 * kMinuteUs;
    const std::vector<BaselineSign> signs = ask({{"Computer", host}, {"Image", image}}, time);
    std::size_t events = 0;
    bool seen = false;
    TimeUs first = time;
    for (const Kept& one : all) {
      if (one.host != host) continue;
      ++events;
      seen = seen || one.image == image;
      first = std::min(first, one.time);
    }
    const bool is_said = find(signs, BaselineKind::kFirstSeen, EntityType::kHost, "Image") != nullptr;
    if (seen) {
      ASSERT_FALSE(is_said) << i;
    }
    if (!seen && time - first > kDayUs && events > 700) {
      ASSERT_TRUE(is_said) << i;  // by then few of them are new
    }
    told += is_said;
    learn({{"Computer", host}, {"Image", image}}, time);
    all.push_back({host, image, time});
  }
  EXPECT_GT(told, 3u);
}

TEST_F(Made, TheSameAfterARestart) {
  const TimeUs end = usual(3'000, kStart);
  const std::string bytes = baselines_.packed();
  Baselines again(*BaselineFields::read(kTable, "table"));
  ASSERT_TRUE(again.unpack(bytes));
  EXPECT_EQ(again.packed(), bytes);
  for (int i = 0; i < 500; ++i) {
    const Observation& seen = see({{"Computer", "web1"}, {"User", "u" + std::to_string(i % 50)}, {"Image", "c" + std::to_string(i % 7)}}, end + i * kMinuteUs);
    std::vector<BaselineSign> a, b;
    baselines_.ask(seen, a);
    again.ask(seen, b);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) ASSERT_TRUE(a[k].observed == b[k].observed && a[k].usual == b[k].usual && a[k].days == b[k].days && a[k].kind == b[k].kind);
    baselines_.learn(seen);
    again.learn(seen);
  }
  EXPECT_EQ(again.packed(), baselines_.packed());
}

const LoginPlace kBerlin{{'D', 'E'}, 52.52, 13.405, 20}, kSaoPaulo{{'B', 'R'}, -23.55, -46.63, 20};

/// An event that is a log-in, as the reader and somebody who knows places make it.
class LoggedIn : public Made {
 protected:
  const Observation& log_in(const std::string& account, const LoginPlace& place, TimeUs time) {
    see({{"Computer", "web1"}, {"User", account}}, time);
    seen_.login = {{seen_.account.fingerprint, seen_.account.value}, &event_.values[0], place};
    return seen_;
  }
  void learn_days(const std::string& account, int days) {
    for (int day = 0; day < days; ++day) baselines_.learn(log_in(account, kBerlin, kStart + day * kDayUs));
  }
  std::vector<BaselineSign> promoted(const Observation& seen) {
    std::vector<BaselineSign> signs;
    baselines_.ask_promoted(seen, signs);
    return signs;
  }
};

TEST_F(LoggedIn, FromWhereTheyCannotBe) {
  learn_days("ann", 10);
  const TimeUs at = kStart + 9 * kDayUs + 20 * kMinuteUs;
  std::vector<BaselineSign> signs;
  baselines_.ask(log_in("ann", kSaoPaulo, at), signs);
  const BaselineSign* const travel = find(signs, BaselineKind::kTravel, EntityType::kUser, "");
  ASSERT_NE(travel, nullptr);
  EXPECT_EQ(travel->subject, "ann");
  EXPECT_EQ(travel->value, "DE to BR");
  EXPECT_NEAR(travel->observed, 10'220, 60);
  EXPECT_NEAR(travel->usual, 300, 0.1);
  EXPECT_NEAR(travel->days, 9, 0.1);
  const BaselineSign* const country = find(signs, BaselineKind::kNewCountry, EntityType::kUser, "");
  ASSERT_NE(country, nullptr);
  EXPECT_EQ(country->value, "BR");
  EXPECT_NEAR(country->usual, 10, 1);
  EXPECT_EQ(baselines_.logins().all, 10u);
  baselines_.learn(log_in("ann", kSaoPaulo, at));
  signs.clear();
  baselines_.ask(log_in("ann", kSaoPaulo, at + kDayUs), signs);
  EXPECT_EQ(find(signs, BaselineKind::kNewCountry, EntityType::kUser, ""), nullptr) << "asked first, learnt then";
}

TEST_F(LoggedIn, WithoutAPlaceThereIsNothingToSay) {
  learn_days("ann", 10);
  const std::string before = baselines_.packed();
  std::vector<BaselineSign> signs;
  baselines_.ask(log_in("ann", {}, kStart + 9 * kDayUs + kMinuteUs), signs);
  EXPECT_EQ(find(signs, BaselineKind::kTravel, EntityType::kUser, ""), nullptr);
  baselines_.learn(seen_);
  EXPECT_EQ(baselines_.logins().all, 11u);
  EXPECT_EQ(baselines_.logins().placed, 10u);
}

TEST_F(LoggedIn, WhatIsPromotedMakesAnAlertOnce) {
  learn_days("ann", 10);
  learn_days("bob", 10);
  const TimeUs at = kStart + 9 * kDayUs + 20 * kMinuteUs;
  EXPECT_TRUE(promoted(log_in("ann", kSaoPaulo, at)).empty()) << "nobody asked for it";
  baselines_.promote({BaselineKind::kTravel});
  const std::vector<BaselineSign> signs = promoted(log_in("ann", kSaoPaulo, at));
  ASSERT_EQ(signs.size(), 1u) << "and none of the other kinds";
  EXPECT_EQ(signs[0].kind, BaselineKind::kTravel);
  EXPECT_TRUE(promoted(log_in("ann", kSaoPaulo, at + kMinuteUs)).empty()) << "the same once";
  EXPECT_EQ(promoted(log_in("bob", kSaoPaulo, at + kMinuteUs)).size(), 1u);
  EXPECT_TRUE(promoted(see({{"Computer", "web1"}, {"User", "ann"}}, at)).empty()) << "no log-in";
}

TEST_F(LoggedIn, OfNewValuesOnlyWhatIsNewForAll) {
  usual(3 * 1'440, kStart);
  usual(2 * 1'440, kStart, "db1");
  learn({{"Computer", "db1"}, {"User", "ann"}, {"Image", "c.exe"}}, kStart + 2 * kDayUs);
  baselines_.promote({BaselineKind::kFirstSeen});
  const TimeUs at = kStart + 3 * kDayUs;
  EXPECT_TRUE(promoted(see({{"Computer", "web1"}, {"User", "ann"}, {"Image", "c.exe"}}, at)).empty()) << "new on this host, known on another";
  const std::vector<BaselineSign> signs = promoted(see({{"Computer", "web1"}, {"User", "ann"}, {"Image", "whoami.exe"}}, at));
  ASSERT_EQ(signs.size(), 1u);
  EXPECT_EQ(signs[0].subject, "");
}

TEST_F(LoggedIn, TheSameAfterARestart) {
  baselines_.promote({BaselineKind::kTravel});
  learn_days("ann", 10);
  learn_days("bob", 10);
  const TimeUs at = kStart + 9 * kDayUs + 20 * kMinuteUs;
  ASSERT_EQ(promoted(log_in("ann", kSaoPaulo, at)).size(), 1u);
  Baselines again(*BaselineFields::read(kTable, "table"));
  ASSERT_TRUE(again.unpack(baselines_.packed()));
  EXPECT_EQ(again.packed(), baselines_.packed());
  again.promote({BaselineKind::kTravel});
  std::vector<BaselineSign> signs;
  again.ask_promoted(log_in("ann", kSaoPaulo, at + kMinuteUs), signs);
  EXPECT_TRUE(signs.empty()) << "it was told";
  again.ask_promoted(log_in("bob", kSaoPaulo, at + kMinuteUs), signs);
  EXPECT_EQ(signs.size(), 1u);
}

/// A program that knew no log-ins kept the same without the last two parts.
TEST_F(Made, WhatWasKeptBeforeThereWereLogInsIsTaken) {
  usual(2'000, kStart);
  std::string bytes = baselines_.packed(), state;
  for (const std::size_t size : {(LoginTravel().append_state(state), state.size()), (state.clear(), AlertLimit().append_state(state), state.size())}) bytes.resize(bytes.size() - size - 4);
  bytes[7] = '2';
  Baselines again(*BaselineFields::read(kTable, "table"));
  ASSERT_TRUE(again.unpack(bytes));
  EXPECT_EQ(again.packed(), baselines_.packed());
  bytes[7] = '1';
  EXPECT_FALSE(again.unpack(bytes));
}

TEST_F(Made, BytesThatAreNoBaselines) {
  const TimeUs end = usual(2'000, kStart);
  const std::string bytes = baselines_.packed();
  ASSERT_LT(bytes.size(), kBaselinesPackedBytesMax);
  for (std::size_t size = 0; size < bytes.size(); size += 97) EXPECT_FALSE(baselines_.unpack(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(baselines_.unpack(bytes + "x"));
  std::string other = bytes;
  other[9] ^= 1;  // another hash
  EXPECT_FALSE(baselines_.unpack(other));
  EXPECT_EQ(baselines_.learnt(), 0u) << "nothing is known";
  EXPECT_TRUE(ask({{"Computer", "web1"}, {"Image", "whoami.exe"}}, end + kDayUs).empty());
}

TEST(BaselineFields, TheShippedTableReads) {
  const Result<BaselineFields> fields = BaselineFields::shipped();
  ASSERT_TRUE(fields) << fields.error().message;
  EXPECT_GE(fields->fields().size(), 8u);
}

TEST(BaselineFields, MistakesHaveAPlace) {
  EXPECT_EQ(BaselineFields::read("host: [a]\naccount: [b]\nfields:\n  - {from: [c]}\n", "t.yml").error().message, "t.yml:4:5: a field needs a name");
  EXPECT_EQ(BaselineFields::read("host: []\n", "t.yml").error().message, "t.yml:1:1: must list fields, the best first");
  std::string many = "host: [a]\naccount: [b]\nfields:\n";
  for (std::size_t i = 0; i <= kFieldRowsMax; ++i) many += "  - {name: x, from: [c]}\n";
  EXPECT_NE(BaselineFields::read(many, "t.yml").error().message.find("more than 64 rows"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::baseline
