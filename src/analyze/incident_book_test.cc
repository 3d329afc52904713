#include "analyze/incident_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "event/attack_stages.h"
#include "analyze/incident_testing.h"

namespace tocsin::analyze {
namespace {

std::vector<Incident> book_of(std::vector<IncidentAlert> alerts) {
  IncidentBook book;
  for (IncidentAlert& alert : alerts) EXPECT_TRUE(book.add(std::move(alert)));
  return book.incidents();
}

std::vector<IncidentAlert> made_up(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  std::vector<IncidentAlert> alerts;
  for (unsigned i = 0; i < 80; ++i) {
    alerts.push_back(on("a" + std::to_string(i), pick(3'000), "ws" + std::to_string(pick(6)), pick(2) == 0 ? "" : "user" + std::to_string(pick(4)), static_cast<std::uint8_t>(pick(5))));
    alerts.back().rule_id = "rule " + std::to_string(pick(9));
    alerts.back().tags = {"attack.execution", "attack.t1059"};
    if (pick(4) == 0) alerts.back().context[static_cast<std::size_t>(ContextRole::kProcessPid)] = "0x" + std::to_string(10 + pick(9));
  }
  return alerts;
}

/// What is said of an incident, to compare.
std::string text_of(const std::vector<Incident>& incidents) {
  std::string text;
  for (const Incident& incident : incidents) {
    text += incident.id + '\n';
    for (const IncidentAlertLine& alert : incident.alerts) text += "  " + alert.id + '\n';
    for (const IncidentLink& link : incident.links) text += "  " + link.alert + ' ' + link.to_alert + ' ' + link.entity + ' ' + std::to_string(link.strength) + '\n';
  }
  return text;
}

TEST(IncidentBook, EveryAlertIsInOneIncidentAndLinksHoldItTogether) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const std::vector<IncidentAlert> alerts = made_up(seed);
    const std::vector<Incident> incidents = book_of(alerts);
    std::set<std::string> all;
    for (const Incident& incident : incidents) {
      std::map<std::string, std::string> part;  // union of what links join
      for (const IncidentAlertLine& alert : incident.alerts) {
        EXPECT_TRUE(all.insert(alert.id).second) << alert.id << " is in two";
        part[alert.id] = alert.id;
      }
      const auto root = [&](std::string id) {
        while (part.at(id) != id) id = part.at(id);
        return id;
      };
      for (const IncidentLink& link : incident.links) {
        ASSERT_TRUE(part.contains(link.alert) && part.contains(link.to_alert)) << "a link out of its incident";
        EXPECT_GE(link.strength, link.merged ? kMergeStrength : kJoinStrength);
        part[root(link.alert)] = root(link.to_alert);
      }
      std::set<std::string> roots;
      for (const auto& [id, parent] : part) roots.insert(root(id));
      EXPECT_EQ(roots.size(), 1u) << "seed " << seed << ": nothing says why " << incident.id << " is one";
      EXPECT_TRUE(std::ranges::is_sorted(incident.alerts, {}, &IncidentAlertLine::time));
    }
    EXPECT_EQ(all.size(), alerts.size());
  }
}

TEST(IncidentBook, TheOrderInWhichAlertsComeDoesNotCount) {
  std::vector<IncidentAlert> alerts = made_up(7);
  const std::string once = text_of(book_of(alerts));
  std::shuffle(alerts.begin(), alerts.end(), std::mt19937(1));
  EXPECT_EQ(text_of(book_of(alerts)), once);
}

TEST(IncidentBook, GoesOnWithWhatIsAddedAndForgets) {
  IncidentBook book;
  book.add(on("b", 10, "ws5"));
  EXPECT_EQ(book.incidents().size(), 1u);
  book.add(on("a", 0, "ws6"));
  book.add(on("c", 20, "ws5"));
  ASSERT_EQ(book.incidents().size(), 2u);
  EXPECT_EQ(book.incidents()[0].alerts.size() + book.incidents()[1].alerts.size(), 3u);
  book.forget_earliest(1);
  ASSERT_EQ(book.incidents().size(), 1u);
  EXPECT_EQ(book.incidents()[0].alerts[0].id, "c");
  book.forget_earliest(0);
  EXPECT_TRUE(book.incidents().empty());
}

TEST(IncidentBook, TellsWhatHappened) {
  IncidentAlert first = on("a", 0, "WS5.corp.example.org", "ann", 3), second = on("b", 5, "ws5", "", 1), third = on("c", 6, "ws5", "", 4);
  first.tags = {"attack.initial-access", "attack.t1566.001", "cve.2024-1"};
  second.tags = third.tags = {"attack.defense_evasion", "attack.t1027"};
  second.rule_id = third.rule_id = "r2";
  second.context[static_cast<std::size_t>(ContextRole::kProcessPid)] = "0x20";
  second.context[static_cast<std::size_t>(ContextRole::kParentPid)] = "0x10";
  second.context[static_cast<std::size_t>(ContextRole::kParentPath)] = "C:\\parent.exe";
  const std::vector<Incident> incidents = book_of({first, second, third});
  ASSERT_EQ(incidents.size(), 1u);
  const Incident& incident = incidents.front();
  EXPECT_EQ(incident.level, 4);
  ASSERT_EQ(incident.stages.size(), 2u);
  EXPECT_EQ(incident.stages[0].tactic, "initial-access");
  EXPECT_EQ(incident.stages[0].techniques, (std::vector<std::string>{"T1566.001"}));
  EXPECT_EQ(incident.stages[1].tactic, "defense-evasion");
  EXPECT_EQ(incident.stages[1].alerts, 2u);
  EXPECT_EQ(incident.rules.front().id, "r2") << "the gravest, though it began as a slight one";
  EXPECT_EQ(incident.rules.front().level, 4);
  ASSERT_EQ(incident.processes.size(), 2u);
  EXPECT_EQ(incident.processes[1].id, "pid 32");
  EXPECT_EQ(incident.processes[1].parent, "pid 16");
  ASSERT_EQ(incident.names.size(), 1u);
  EXPECT_EQ(incident.names.front().value, "ws5 is ws5.corp.example.org");
}

TEST(IncidentBook, RelatesWhatHasAnIndicatorInCommon) {
  IncidentAlert a = on("a", 0, "ws5"), b = on("b", 1, "ws6");
  a.entities = b.entities = {{EntityType::kDomain, "bad.example"}};
  const std::vector<Incident> incidents = book_of({a, b});
  ASSERT_EQ(incidents.size(), 2u);
  ASSERT_EQ(incidents[0].related.size(), 1u);
  EXPECT_EQ(incidents[0].related.front().id, incidents[1].id);
  EXPECT_EQ(incidents[0].related.front().entity, "bad.example");
  EXPECT_EQ(incidents[1].related.front().id, incidents[0].id);
}

TEST(AttackStages, OldAndNewNamesResolve) {
  ASSERT_NE(tactic_of("attack.defense_evasion"), nullptr);
  EXPECT_EQ(tactic_of("attack.defense-evasion")->name, "defense-evasion");
  EXPECT_EQ(tactic_of("attack.stealth")->name, "stealth");
  EXPECT_EQ(tactic_of("attack.defense-impairment")->name, "defense-impairment");
  EXPECT_LT(tactic_of("attack.initial-access")->order, tactic_of("attack.impact")->order);
  for (const char* tag : {"attack.t1059", "attack.g0007", "attack.", "stealth", "cve.2024-1", "attack.nothing"}) EXPECT_EQ(tactic_of(tag), nullptr) << tag;
  EXPECT_EQ(technique_of("attack.t1059.001"), "T1059.001");
  EXPECT_EQ(technique_of("attack.T1059"), "T1059");
  for (const char* tag : {"attack.t105", "attack.t1059.1", "attack.t1059.0011", "attack.execution", "t1059"}) EXPECT_EQ(technique_of(tag), "") << tag;
}

TEST(IncidentAlertLine, IsReadFromTheLineOfAnAlert) {
  const auto alert = read_incident_alert(
      R"({"schema":"tocsin.alert/1","id":"7f","time":"2026-07-17T14:18:34Z","rule":{"id":"r","title":"T","level":"high","tags":["attack.impact"]},)"
      R"("event":{"source":"a.log","index":7,"log_source":{"product":"windows","category":null,"service":"security"}},"matched":[],)"
      R"("entities":[{"type":"hash","value":"ab"}],"context":[{"role":"host","field":"Computer","value":"ws5"},{"role":"new.role","field":"x","value":"y"}]})");
  ASSERT_TRUE(alert) << alert.error().message;
  EXPECT_EQ(alert->level, 3);
  EXPECT_EQ(alert->log_source.product, "windows");
  EXPECT_EQ(alert->events.front(), (std::pair<std::string, std::uint64_t>("a.log", 7)));
  EXPECT_EQ(alert->said(ContextRole::kHost), "ws5");
  EXPECT_EQ(alert->entities.front().type, EntityType::kHash);
}

TEST(IncidentAlertLine, WhatIsNoAlertIsRefused) {
  for (const char* line : {"", "{", "[]", "7", R"({"id":"a"})", R"({"schema":"tocsin.alert/2","id":"a"})", R"({"schema":"tocsin.alert/1"})", R"({"schema":7,"id":"a"})"}) {
    EXPECT_FALSE(read_incident_alert(line)) << line;
  }
  const auto odd = read_incident_alert(R"({"schema":"tocsin.alert/1","id":"a","time":7,"rule":[],"event":{"index":"x"},"events":7,"entities":[7,{"type":"no"}],"context":[{}]})");
  ASSERT_TRUE(odd) << "what is not understood is left out";
  EXPECT_EQ(odd->time, kNoTime);
}

}  // namespace
}  // namespace tocsin::analyze
