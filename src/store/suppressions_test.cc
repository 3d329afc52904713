#include "store/suppressions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMinuteUs = 60'000'000, kDayUs = 86'400'000'000;
constexpr TimeUs kNow = 1'800'000'000'000'000;

/// As a file, so that the state is opened as it is by the service.
class SuppressionsTest : public testing::Test {
 protected:
  SuppressionsTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-suppressions-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    open();
  }
  ~SuppressionsTest() override { fs::remove_all(folder_); }

  void open() {
    state_.reset();
    state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake));
  }

  static StoredAlert alert(const std::string& id, const std::string& rule, const std::string& host, const std::string& level = "medium", TimeUs time = kNow) {
    StoredAlert one;
    one.id = id;
    one.time = time;
    one.rule_id = rule;
    one.title = "title";
    one.level = level;
    one.body = fmt::format(R"({{"schema":"tocsin.alert/1","id":"{}","entities":[{{"type":"host","value":"{}"}},{{"type":"user","value":"CORP\\ann"}}]}})", id, host);
    return one;
  }
  void keep(const std::vector<StoredAlert>& alerts, TimeUs now = kNow) {
    StreamStep step;
    step.alerts = alerts;
    step.now = now;
    ASSERT_TRUE(state_->apply(step));
  }
  static Suppression about(const std::string& rule, const std::string& host) {
    Suppression one;
    one.owner = "ada";
    one.reason = "a scanner of ours";
    one.rule = rule;
    one.type = host.empty() ? EntityType::kNone : EntityType::kHost;
    one.entity = host;
    one.level_max = preset_level_max(one);
    one.until = kNow + kDayUs;
    return one;
  }
  std::int64_t add(const Suppression& one) {
    const Result<std::int64_t> number = Suppressions(*state_).add(one, by_);
    EXPECT_TRUE(number) << number.error().message;
    return number.value_or(0);
  }
  Suppression one(std::int64_t number) { return *Suppressions(*state_).one(number).value(); }
  std::string reaching() {
    std::string ids;
    const std::vector<StoredAlert> alerts = state_->alerts_added_after(0, 1'000, 0).value();
    for (const StoredAlert& alert : alerts) ids += alert.id;
    return ids;
  }

  std::string folder_;
  std::unique_ptr<State> state_;
  const Actor by_{"user ada", "192.0.2.1", kNow};
};

TEST_F(SuppressionsTest, HidesWhatItNamesAndNothingElse) {
  const std::int64_t number = add(about("r1", "WS-07"));
  keep({alert("a", "r1", "ws-07"), alert("b", "r2", "ws-07"), alert("c", "r1", "ws-08"), alert("d", "r1", "ws-07", "high")});
  EXPECT_EQ(reaching(), "bc");
  EXPECT_EQ(state_->alerts({}).value().size(), 2u);
  EXPECT_EQ(state_->alerts({.which = WhichAlerts::kAll}).value().size(), 4u);
  EXPECT_EQ(state_->alert("a").value()->hidden_by, number);
  EXPECT_EQ(state_->alert("b").value()->hidden_by, kHiddenByNone);
  EXPECT_EQ(state_->hidden_alerts({}).value().suppressed, 2u);
  EXPECT_EQ(state_->hidden_alerts({.level_min = 3}).value().suppressed, 1u);
  EXPECT_EQ(state_->hidden_alerts({.since = kNow + 1}).value().suppressed, 0u);
  EXPECT_EQ(one(number).hidden, 2u);
  EXPECT_EQ(one(number).hosts, 1u);
  EXPECT_EQ(one(number).first, kNow);
}

TEST_F(SuppressionsTest, WhatWasKeptBeforeStaysWhereItIs) {
  keep({alert("a", "r1", "ws-07")});
  const std::int64_t number = add(about("r1", "ws-07"));
  keep({alert("a", "r1", "ws-07"), alert("b", "r1", "ws-07")});
  EXPECT_EQ(reaching(), "a") << "an alert that is there stays as it is, also if it comes again";
  EXPECT_EQ(one(number).hidden, 1u);
}

TEST_F(SuppressionsTest, GraverAlertsBreakThrough) {
  Suppression anything = about("", "ws-07");
  EXPECT_EQ(anything.level_max, 2) << "medium, where no rule is named";
  const std::int64_t number = add(anything);
  keep({alert("a", "r1", "ws-07", "medium"), alert("b", "r1", "ws-07", "high"), alert("c", "r9", "ws-07", "critical"), alert("d", "r9", "ws-07", "no level")});
  EXPECT_EQ(reaching(), "bcd");
  EXPECT_EQ(one(number).too_grave, 3u);
  anything.level_max = kCriticalRank;
  EXPECT_FALSE(Suppressions(*state_).add(anything, by_)) << "critical ones always reach people";
}

TEST_F(SuppressionsTest, AlertsAboutWhatIsWatchedBreakThrough) {
  const std::int64_t number = add(about("r1", ""));
  Suppressions suppressions(*state_);
  ASSERT_TRUE(suppressions.watch({{EntityType::kHost, "WS-07.corp.example.org", kNow + kDayUs}, {EntityType::kHost, "ws-08", kNow}}));
  keep({alert("a", "r1", "ws-07"), alert("b", "r1", "ws-08")});
  EXPECT_EQ(reaching(), "a") << "the other is watched no more";
  EXPECT_EQ(one(number).watched, 1u);
  ASSERT_TRUE(suppressions.watch({{EntityType::kUser, "ann", INT64_MAX}}));
  keep({alert("c", "r1", "ws-09")});
  EXPECT_EQ(reaching(), "ac") << "an account without its domain is the same account";
  ASSERT_TRUE(suppressions.watch({}));
  keep({alert("d", "r1", "ws-07")});
  EXPECT_EQ(reaching(), "ac");
  ASSERT_TRUE(suppressions.watch(std::vector<WatchedEntity>(kWatchedEntitiesMax + 1, {EntityType::kIp, "192.0.2.1", INT64_MAX})));
  keep({alert("e", "r1", "ws-07")});
  EXPECT_EQ(reaching(), "ace") << "with too much that is watched everything is";
}

TEST_F(SuppressionsTest, TheFirstOfAWindowReachesPeople) {
  Suppression windows = about("r1", "");
  windows.type = EntityType::kHost;
  windows.window_us = 10 * kMinuteUs;
  const std::int64_t number = add(windows);
  const auto at = [](const std::string& id, const std::string& host, int minute) { return alert(id, "r1", host, "medium", kNow + minute * kMinuteUs); };
  keep({at("a", "ws-07", 0), at("b", "ws-07", 5), at("c", "ws-08", 5), at("d", "ws-07", 9)});
  open();
  keep({at("e", "ws-07", 9), at("f", "ws-07", 10), at("g", "ws-07", 8), at("h", "ws-07", -40), at("i", "ws-07", 19)});
  EXPECT_EQ(reaching(), "acfh") << "what is late is in the window that is open, or in none";
  EXPECT_EQ(one(number).hidden, 5u);
  EXPECT_EQ(one(number).first_ones, 4u);
}

TEST_F(SuppressionsTest, ItEnds) {
  add(about("r1", "ws-07"));
  keep({alert("a", "r1", "ws-07")}, kNow + kDayUs - 1);
  keep({alert("b", "r1", "ws-07")}, kNow + kDayUs);
  EXPECT_EQ(reaching(), "b");
}

TEST_F(SuppressionsTest, WhatIsTakenBackHidesNothingAnyMore) {
  const std::int64_t number = add(about("r1", "ws-07")), other = add(about("r2", ""));
  keep({alert("a", "r1", "ws-07"), alert("b", "r2", "ws-07")});
  Suppressions suppressions(*state_);
  const std::int64_t version = suppressions.version().value();
  ASSERT_TRUE(suppressions.take_back(number, "it was them", by_));
  EXPECT_NE(suppressions.version().value(), version);
  EXPECT_EQ(reaching(), "a");
  EXPECT_EQ(state_->alert("a").value()->hidden_by, kHiddenByNone);
  EXPECT_EQ(state_->hidden_alerts({}).value().suppressed, 1u);
  EXPECT_EQ(one(number).hidden, 1u) << "what it did is still known";
  EXPECT_EQ(one(number).taken_back_why, "it was them");
  keep({alert("c", "r1", "ws-07")});
  EXPECT_EQ(reaching(), "ac");
  EXPECT_EQ(suppressions.take_back(number, "", by_).error().code, Code::kInvalid);
  EXPECT_EQ(suppressions.take_back(99, "", by_).error().code, Code::kNotFound);
  EXPECT_EQ(one(other).taken_back, kNoTime);
}

TEST_F(SuppressionsTest, WhatCannotBeIsRefused) {
  const auto refused = [&](auto&& change) {
    Suppression one = about("r1", "ws-07");
    change(one);
    const Result<std::int64_t> number = Suppressions(*state_).add(one, by_);
    return !number && number.error().code == Code::kInvalid;
  };
  EXPECT_FALSE(refused([](Suppression&) {}));
  EXPECT_TRUE(refused([](Suppression& one) { one.rule.clear(), one.type = EntityType::kNone, one.entity.clear(); }));
  EXPECT_TRUE(refused([](Suppression& one) { one.entity.clear(); })) << "each host, without a window";
  EXPECT_TRUE(refused([](Suppression& one) { one.type = EntityType::kNone; }));
  EXPECT_TRUE(refused([](Suppression& one) { one.until = kNow; }));
  EXPECT_TRUE(refused([](Suppression& one) { one.until = kNow + kSuppressionAgeMaxUs + 1; }));
  EXPECT_TRUE(refused([](Suppression& one) { one.reason = " \n"; }));
  EXPECT_TRUE(refused([](Suppression& one) { one.owner.clear(); }));
  EXPECT_TRUE(refused([](Suppression& one) { one.window_us = kSuppressionWindowMaxUs + 1; }));
  EXPECT_TRUE(refused([](Suppression& one) { one.entity = std::string(kSuppressionEntityBytesMax + 1, 'x'); }));
}

TEST_F(SuppressionsTest, RulesInShadowReachNobodyUntilPromoted) {
  StoredAlert shadow = alert("a", "r1", "ws-07");
  shadow.hidden_by = kHiddenByShadow;
  const std::int64_t number = add(about("r1", ""));
  keep({shadow, alert("b", "r2", "ws-07")});
  EXPECT_EQ(reaching(), "b");
  EXPECT_EQ(one(number).hidden, 0u) << "an alert is hidden once";
  EXPECT_EQ(state_->hidden_alerts({}).value().in_shadow, 1u);
  Suppressions suppressions(*state_);
  const std::vector<ShadowCount> counts = suppressions.shadow_counts(kNoTime).value();
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts[0].rule, "r1");
  EXPECT_EQ(counts[0].alerts, 1u);
  ASSERT_TRUE(suppressions.promote("r1", by_));
  EXPECT_FALSE(suppressions.promote("r1", by_));
  ASSERT_TRUE(suppressions.take_back(number, "", by_));
  shadow.id = "c";
  keep({shadow});
  EXPECT_EQ(reaching(), "bc") << "from then on, not what was before";
  ASSERT_TRUE(suppressions.demote("r1", by_));
  EXPECT_FALSE(suppressions.demote("r1", by_));
  shadow.id = "d";
  keep({shadow});
  EXPECT_EQ(reaching(), "bc");
}

TEST_F(SuppressionsTest, EachChangeHasItsLine) {
  const std::int64_t number = add(about("r1", "ws-07"));
  keep({alert("a", "r1", "ws-07")});
  ASSERT_TRUE(Suppressions(*state_).take_back(number, "a secret", by_));
  ASSERT_TRUE(Suppressions(*state_).promote("r1", by_));
  const std::vector<AuditLine> lines = Accounts(*state_).audit(10, 0).value();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[2].action + " " + lines[2].object, "suppression.add 1");
  EXPECT_EQ(lines[2].detail, "of rule r1 about host ws-07, up to high, until 2027-01-16T08:00:00.000000Z, owner ada");
  EXPECT_EQ(lines[1].action + " " + lines[1].object + ": " + lines[1].detail, "suppression.take_back 1: 1 alerts reach people again");
  EXPECT_EQ(lines[0].action + " " + lines[0].object, "rule.promote r1");
}

TEST_F(SuppressionsTest, AnAlertTakesItsMarkWithIt) {
  add(about("r1", ""));
  keep({alert("a", "r1", "ws-07"), alert("b", "r1", "ws-07"), alert("c", "r2", "ws-07")});
  ASSERT_TRUE(state_->expire_alerts({.most = 1}, kNow));
  EXPECT_EQ(state_->hidden_alerts({}).value().suppressed, 0u);
  keep({alert("a", "r1", "ws-07")});
  EXPECT_EQ(state_->hidden_alerts({}).value().suppressed, 1u);
}

TEST_F(SuppressionsTest, WhatIsNoAlertHasNoEntities) {
  Suppressions suppressions(*state_);
  EXPECT_EQ(suppressions.entities(alert("a", "r", "h").body).value().size(), 2u);
  for (const char* const body : {"", "{", "[]", "7", R"({"entities":7})", R"({"entities":["x",null]})", R"({"entities":{"type":"host"}})"}) {
    EXPECT_TRUE(suppressions.entities(body)) << body;
  }
}

/// The rules of docs/tuning.md, word by word, over all that was ever there: slow and obvious.
struct Twin {
  struct Line {
    Suppression suppression;
    std::map<std::pair<std::string, std::string>, TimeUs> windows;
    std::uint64_t hidden = 0;
  };
  std::vector<Line> lines;
  std::set<std::string> watched, promoted;

  std::int64_t hider(const StoredAlert& alert, const std::string& host, TimeUs now) {
    if (alert.hidden_by == kHiddenByShadow && !promoted.contains(alert.rule_id)) return kHiddenByShadow;
    for (Line& line : lines) {
      const Suppression& one = line.suppression;
      const bool named = (one.rule.empty() || one.rule == alert.rule_id) && (one.type == EntityType::kNone || one.entity.empty() || one.entity == host);
      if (!named || one.taken_back != kNoTime || now >= one.until) continue;
      if (watched.contains(host)) return 0;
      if (*level_rank_of(alert.level) > one.level_max) continue;
      if (one.window_us > 0) {
        const std::pair<std::string, std::string> key{alert.rule_id, one.type == EntityType::kNone ? "" : host};
        const auto open = line.windows.find(key);
        if (open == line.windows.end() || std::abs(alert.time - open->second) >= one.window_us) {
          line.windows[key] = open == line.windows.end() ? alert.time : std::max(open->second, alert.time);
          return 0;
        }
      }
      ++line.hidden;
      return one.number;
    }
    return 0;
  }
};

TEST_F(SuppressionsTest, TheCountsAddUpAndTheTwinAgrees) {
  std::mt19937 dice(48);
  const auto roll = [&](int sides) { return static_cast<int>(dice() % static_cast<unsigned>(sides)); };
  for (int history = 0; history < 8; ++history) {
    state_.reset();
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    open();
    Twin twin;
    std::map<std::string, std::int64_t> hidden_by;
    TimeUs now = kNow;
    for (int step = 0; step < 60; ++step) {
      now += roll(20) * kMinuteUs;
      const Actor by{"user ada", "", now};
      Suppressions suppressions(*state_);
      const int what = roll(10);
      if (what == 0) {
        Suppression one = about(roll(3) == 0 ? "" : fmt::format("r{}", roll(3)), roll(2) == 0 ? "" : fmt::format("h{}", roll(3)));
        if (one.rule.empty() && one.entity.empty()) one.rule = "r0";
        one.window_us = roll(2) * roll(40) * kMinuteUs;
        if (one.type == EntityType::kNone && one.window_us > 0 && roll(2) == 0) one.type = EntityType::kHost;
        one.level_max = static_cast<std::uint8_t>(roll(4));
        one.until = now + (1 + roll(300)) * kMinuteUs;
        one.number = suppressions.add(one, by).value();
        twin.lines.push_back({.suppression = one, .windows = {}});
      } else if (what == 1 && !twin.lines.empty()) {
        Suppression& one = twin.lines[static_cast<std::size_t>(roll(static_cast<int>(twin.lines.size())))].suppression;
        EXPECT_EQ(suppressions.take_back(one.number, "", by).has_value(), one.taken_back == kNoTime);
        if (one.taken_back == kNoTime) one.taken_back = now;
      } else if (what == 2) {
        twin.watched = roll(2) == 0 ? std::set<std::string>() : std::set<std::string>{fmt::format("h{}", roll(3))};
        std::vector<WatchedEntity> entities;
        for (const std::string& host : twin.watched) entities.push_back({EntityType::kHost, host, INT64_MAX});
        ASSERT_TRUE(suppressions.watch(entities));
      } else if (what == 3) {
        const std::string rule = fmt::format("r{}", roll(3));
        EXPECT_EQ(suppressions.promote(rule, by).has_value(), twin.promoted.insert(rule).second);
      } else if (what == 4) {
        open();
      } else {
        std::vector<StoredAlert> alerts;
        for (int i = roll(6); i >= 0; --i) {
          const std::string host = fmt::format("h{}", roll(3)), id = fmt::format("{:04d}{:02d}", step, i);
          StoredAlert& one = alerts.emplace_back(alert(id, fmt::format("r{}", roll(3)), host, std::string(kLevelWords[static_cast<std::size_t>(roll(5))]), now - roll(60) * kMinuteUs));
          if (roll(5) == 0) one.hidden_by = kHiddenByShadow;
          hidden_by[id] = twin.hider(one, host, now);
        }
        keep(alerts, now);
      }
    }
    std::set<std::int64_t> taken_back;
    for (const Twin::Line& line : twin.lines) {
      EXPECT_EQ(one(line.suppression.number).hidden, line.hidden) << "history " << history;
      if (line.suppression.taken_back != kNoTime) taken_back.insert(line.suppression.number);
    }
    const std::vector<StoredAlert> all = state_->alerts({.limit = 10'000, .which = WhichAlerts::kAll}).value();
    ASSERT_EQ(all.size(), hidden_by.size());
    HiddenAlerts hidden;
    for (const StoredAlert& alert : all) {
      const std::int64_t by = taken_back.contains(hidden_by[alert.id]) ? 0 : hidden_by[alert.id];
      EXPECT_EQ(alert.hidden_by, by) << "history " << history << ", alert " << alert.id;
      if (by > 0) ++hidden.suppressed;
      if (by < 0) ++hidden.in_shadow;
    }
    const HiddenAlerts counted = state_->hidden_alerts({}).value();
    EXPECT_EQ(counted.suppressed, hidden.suppressed);
    EXPECT_EQ(counted.in_shadow, hidden.in_shadow);
    EXPECT_EQ(state_->alerts({.limit = 10'000}).value().size() + counted.suppressed + counted.in_shadow, all.size()) << "reached + suppressed + shadow = all";
  }
}

}  // namespace
}  // namespace tocsin
