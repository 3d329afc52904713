// Incidents where people decided: what they put together stays together, what they put apart stays apart, and what is closed stays as it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "analyze/case_book.h"
#include "analyze/incident_book.h"
#include "analyze/incident_testing.h"
#include "base/sanitized.h"

namespace tocsin::analyze {
namespace {

std::vector<std::string> ids_of(const Incident& incident) {
  std::vector<std::string> ids;
  for (const IncidentAlertLine& alert : incident.alerts) ids.push_back(alert.id);
  return ids;
}

/// Alerts and acts, as a service has them.
class Service {
 public:
  void add(IncidentAlert alert) { alerts_.push_back(std::move(alert)); }
  std::int64_t act(CaseAct act) {
    act.number = static_cast<std::int64_t>(acts_.size()) + 1;
    act.who = "user ada";
    acts_.push_back(std::move(act));
    return acts_.back().number;
  }
  const CaseBook& cases() { return cases_ = CaseBook(acts_); }
  std::vector<Incident> incidents() {
    IncidentBook book;
    for (const IncidentAlert& alert : alerts_) EXPECT_TRUE(book.add(alert));
    book.decide(&cases());
    return book.incidents();
  }
  /// The incident that has this alert.
  Incident of(const std::string& alert) {
    for (const Incident& incident : incidents()) {
      if (std::ranges::find(incident.alerts, alert, &IncidentAlertLine::id) != incident.alerts.end()) return incident;
    }
    ADD_FAILURE() << alert << " is in no incident";
    return {};
  }
  void shuffle(unsigned seed) { std::shuffle(alerts_.begin(), alerts_.end(), std::mt19937(seed)); }
  /// As the desk does it: with all that is in the incident.
  CaseAct about(const std::string& alert, CaseActKind kind) {
    const Incident incident = of(alert);
    return {.kind = kind, .incident = incident.id, .seen = ids_of(incident)};
  }

 private:
  std::vector<IncidentAlert> alerts_;
  std::vector<CaseAct> acts_;
  CaseBook cases_;
};

CaseAct closed(CaseAct act) {
  act.status = CaseStatus::kClosed;
  act.verdict = Verdict::kBenign;
  return act;
}

TEST(IncidentCases, WhatIsClosedTakesNothingAndIsRelated) {
  Service service;
  service.add(on("a", 0, "ws5", "ann"));
  service.add(on("b", 5, "ws5", "ann"));
  const std::string id = service.of("a").id;
  service.act(closed(service.about("a", CaseActKind::kStatus)));
  service.add(on("c", 10, "ws5", "ann"));
  service.add(on("d", 11, "ws5", "ann"));
  EXPECT_EQ(ids_of(service.of("a")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(service.of("a").id, id);
  EXPECT_EQ(service.of("a").status, CaseStatus::kClosed);
  const Incident next = service.of("c");
  EXPECT_EQ(ids_of(next), (std::vector<std::string>{"c", "d"}));
  ASSERT_FALSE(next.related.empty());
  EXPECT_EQ(next.related.front().id, id);
}

TEST(IncidentCases, WhatIsOpenGoesOn) {
  Service service;
  service.add(on("a", 0, "ws5", "ann"));
  CaseAct assign = service.about("a", CaseActKind::kAssign);
  assign.assignee = "ada";
  service.act(assign);
  service.add(on("b", 5, "ws5", "ann"));
  EXPECT_EQ(ids_of(service.of("a")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(service.of("b").assignee, "ada");
  service.add(on("z", -5, "ws5", "ann"));
  EXPECT_EQ(service.of("z").id, assign.incident) << "an earlier alert does not give it another name";
}

TEST(IncidentCases, TwoThatPeopleHaveBecomeOneByAPersonAlone) {
  Service service;
  service.add(on("a", 0, "ws5"));
  service.add(on("b", 0, "ws6"));
  for (const char* const alert : {"a", "b"}) service.act(service.about(alert, CaseActKind::kComment));
  service.add(on("c", 1, "ws5", "ann"));
  service.add(on("d", 2, "ws6", "ann"));
  EXPECT_NE(service.of("a").id, service.of("b").id);
  CaseAct merge = service.about("a", CaseActKind::kMerge);
  merge.other = service.of("b").id;
  merge.alerts = ids_of(service.of("b"));
  const std::int64_t merged = service.act(merge);
  EXPECT_EQ(service.of("b").id, merge.incident);
  EXPECT_EQ(service.incidents().size(), 1u);
  service.act({.kind = CaseActKind::kUndo, .incident = merge.incident, .of = merged});
  EXPECT_EQ(service.of("b").id, merge.other);
  EXPECT_EQ(service.of("a").id, merge.incident);
}

TEST(IncidentCases, ASplitStays) {
  Service service;
  for (int i = 0; i < 4; ++i) service.add(on("a" + std::to_string(i), i, "ws5", "ann"));
  CaseAct split = service.about("a0", CaseActKind::kSplit);
  split.other = "another";
  split.alerts = {"a1", "a3"};
  split.seen = {"a0", "a2"};
  service.act(split);
  EXPECT_EQ(ids_of(service.of("a0")), (std::vector<std::string>{"a0", "a2"}));
  EXPECT_EQ(ids_of(service.of("a3")), (std::vector<std::string>{"a1", "a3"}));
  EXPECT_EQ(service.of("a3").id, "another");
}

TEST(IncidentCases, APersonIsTheReasonWhereThereIsNoLink) {
  Service service;
  service.add(on("a", 0, "ws5", "ann"));
  service.add(on("b", 1, "ws6", "bob"));
  CaseAct move = service.about("b", CaseActKind::kMove);
  move.other = service.of("a").id;
  move.alerts = {"b"};
  move.seen = {};
  move.seen_other = {"a"};
  service.act(move);
  const Incident both = service.of("b");
  EXPECT_EQ(ids_of(both), (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(both.links.size(), 1u);
  EXPECT_EQ(both.links[0].kind, LinkKind::kPerson);
  EXPECT_EQ(both.links[0].entity, "user ada put it here");
}

/// Whatever is done in whatever order, and whatever comes after.
TEST(IncidentCases, HoldOverMadeUpHistories) {
  constexpr unsigned kSeeds = is_sanitized() ? 30 : 120;
  std::size_t closings = 0, moves = 0, later = 0;
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    Service service;
    int named = 0;
    const auto come = [&](int count, std::int64_t from) {
      for (int i = 0; i < count; ++i) {
        service.add(on("a" + std::to_string(named++), from + static_cast<std::int64_t>(pick(300)), "ws" + std::to_string(pick(5)), pick(2) == 0 ? "" : "user" + std::to_string(pick(4))));
      }
    };
    come(25, 0);
    for (int round = 0; round < 8; ++round) {
      const std::vector<Incident> now = service.incidents();
      const Incident& one = now[pick(now.size())];
      const Incident& other = now[pick(now.size())];
      CaseAct act{.incident = one.id, .seen = ids_of(one)};
      const std::size_t what = pick(5);
      if (what == 0 && one.status != CaseStatus::kClosed) {
        act = closed(act), act.kind = CaseActKind::kStatus, ++closings;
      } else if (what == 1 && one.id != other.id && one.status != CaseStatus::kClosed && other.status != CaseStatus::kClosed) {
        act.kind = CaseActKind::kMerge, act.other = other.id, act.alerts = ids_of(other), ++moves;
      } else if (what == 2 && one.alerts.size() > 1 && one.status != CaseStatus::kClosed) {
        act.kind = CaseActKind::kSplit, act.other = "split " + std::to_string(round), act.alerts = {act.seen.back()}, act.seen.pop_back(), ++moves;
      } else if (what == 3 && round > 0) {
        act.kind = CaseActKind::kUndo, act.of = 1 + static_cast<std::int64_t>(pick(static_cast<std::size_t>(round)));
      }
      service.act(act);
      come(3, 100 * round);
    }
    const std::vector<Incident> incidents = service.incidents();
    const CaseBook cases = service.cases();
    std::set<std::string> all;
    for (const Incident& incident : incidents) {
      std::size_t pinned = 0;
      for (const IncidentAlertLine& alert : incident.alerts) {
        EXPECT_TRUE(all.insert(alert.id).second);
        const CaseBook::Pin* const pin = cases.pin(alert.id);
        if (pin == nullptr) continue;
        ++pinned;
        ASSERT_EQ(cases.at(pin->number).incident, incident.id) << "seed " << seed << ", alert " << alert.id;
      }
      if (incident.status == CaseStatus::kClosed) {
        EXPECT_EQ(pinned, incident.alerts.size()) << "seed " << seed << ": something joined what is closed";
      }
      if (incident.acts > 0 && incident.status != CaseStatus::kClosed) later += incident.alerts.size() - pinned;
    }
    ASSERT_EQ(all.size(), static_cast<std::size_t>(named));
    service.shuffle(seed);
    const std::vector<Incident> again = service.incidents();
    ASSERT_EQ(again.size(), incidents.size());
    for (std::size_t i = 0; i < again.size(); ++i) ASSERT_EQ(ids_of(again[i]), ids_of(incidents[i])) << "seed " << seed;
  }
  EXPECT_GT(closings, kSeeds * 5 / 12);
  EXPECT_GT(moves, kSeeds * 5 / 6);
  EXPECT_GT(later, kSeeds * 5 / 6) << "open ones go on";
}

}  // namespace
}  // namespace tocsin::analyze
