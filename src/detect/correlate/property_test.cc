// The engine against its oracle, over rule sets and hits that a generator makes up. TOCSIN_CORRELATE_CASES asks for
// more cases than an ordinary test run has time for, TOCSIN_CORRELATE_SEED for others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <tuple>

#include "detect/correlate/oracle.h"
#include "detect/correlate/testing.h"

namespace tocsin::correlate {
namespace {

using testing::Collected;
using testing::kSecond;
using sigma::Correlation;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Small worlds: few users, few values and short times, so that things coincide.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    rule_count_ = 1 + below(4);
    spread_s_ = 5 + static_cast<std::int64_t>(below(60));
    std::vector<Correlation> correlations;
    for (std::uint64_t left = 1 + below(4); left > 0; --left) correlations.push_back(correlation(correlations.size()));
    rules = testing::rules(rule_count_, std::move(correlations));
    for (std::uint64_t left = below(40); left > 0; --left) hits.push_back(hit());
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  std::int64_t seconds(std::int64_t most) { return static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most) + 1)); }

  /// Nobody arrives more than `lateness` after anybody with a time as late as his.
  std::vector<Arrival> arrive_within(std::int64_t lateness_s) {
    std::vector<std::pair<std::int64_t, Arrival>> order;
    for (const Hit& each : hits) {
      const std::int64_t time = each.time == kNoTime ? 0 : each.time;
      order.emplace_back(time + seconds(lateness_s * 1000) * kSecond / 1000, Arrival{true, each, kNoTime});
    }
    std::shuffle(order.begin(), order.end(), random_);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Arrival> arrivals;
    for (auto& [when, arrival] : order) {
      // What else goes by: events without hits, never ahead of what has arrived.
      if (chance(10)) arrivals.push_back({false, {}, when - lateness_s * kSecond});
      arrivals.push_back(std::move(arrival));
    }
    return arrivals;
  }

  sigma::RuleSet rules;
  std::vector<Hit> hits;

 private:
  std::string name() { return std::string(1, "uhva"[below(4)]); }

  Correlation correlation(std::size_t index) {
    Correlation made;
    made.id = "c" + std::to_string(index);
    made.type = static_cast<Correlation::Type>(below(8));
    std::vector<std::string> nodes;
    for (std::uint64_t i = 0; i < rule_count_; ++i) nodes.push_back("r" + std::to_string(i));
    for (std::size_t i = 0; i < index; ++i) nodes.push_back("c" + std::to_string(i));
    std::shuffle(nodes.begin(), nodes.end(), random_);
    nodes.resize(1 + below(std::min<std::size_t>(nodes.size(), 4)));
    made.rules = nodes;
    for (std::uint64_t left = below(3); left > 0; --left) {
      const std::string field = name();
      if (std::find(made.group_by.begin(), made.group_by.end(), field) == made.group_by.end()) made.group_by.push_back(field);
    }
    if (chance(30)) {
      Correlation::Alias& alias = made.aliases.emplace_back();
      alias.name = chance(70) ? "a" : "u";
      for (const std::string& node : nodes) {
        if (chance(70)) alias.targets.push_back({node, name()});
      }
    }
    made.timespan_us = seconds(20) * kSecond;
    set_condition(made);
    made.reported = chance(85);
    return made;
  }

  void set_condition(Correlation& made) {
    using Type = Correlation::Type;
    using Op = Correlation::Bound::Op;
    const bool temporal = made.type == Type::kTemporal || made.type == Type::kTemporalOrdered;
    const bool count = made.type == Type::kEventCount || made.type == Type::kValueCount;
    if (!temporal && made.type != Type::kEventCount) made.value_fields.push_back(chance(80) ? "v" : name());
    if (made.type == Type::kValueCount && chance(30)) made.value_fields.push_back(name());
    made.percentile = static_cast<double>(below(101));
    if (temporal && chance(60)) {
      made.bounds.push_back({Op::kGte, static_cast<double>(made.rules.size())});
      return;
    }
    for (std::uint64_t left = 1 + (chance(25) ? 1 : 0); left > 0; --left) {
      const double value = count || temporal ? static_cast<double>(below(5)) : static_cast<double>(below(60)) / 4;
      made.bounds.push_back({chance(55) ? Op::kGte : static_cast<Op>(below(6)), value});
    }
  }

  Hit hit() {
    Hit made;
    if (!hits.empty() && chance(15)) {  // a second rule on an event there is
      made = hits[below(hits.size())];
      made.rule = static_cast<std::uint32_t>(below(rule_count_));
      const bool twice = std::any_of(hits.begin(), hits.end(), [&](const Hit& other) {
        return other.event == made.event && other.rule == made.rule;
      });
      if (!twice) return made;
      made = {};
    }
    made.rule = static_cast<std::uint32_t>(below(rule_count_));
    made.event = {static_cast<std::uint32_t>(below(3)), hits.size()};
    made.time = chance(1) ? kNoTime : (100 + seconds(spread_s_)) * kSecond;
    if (chance(95)) made.fields.emplace_back("u", std::string(1, "xy"[below(2)]));
    if (chance(80)) made.fields.emplace_back("h", std::string(1, "xyz"[below(3)]));
    if (chance(20)) made.fields.emplace_back("a", std::string(1, "xy"[below(2)]));
    if (chance(92)) made.fields.emplace_back("v", chance(90) ? number() : "many");
    std::sort(made.fields.begin(), made.fields.end());
    for (const auto& [field, value] : made.fields) {
      if (field == "u") made.entities.push_back({EntityType::kUser, value});
    }
    return made;
  }

  std::string number() {
    static constexpr const char* kNumbers[] = {"0", "1", "2", "2.50", "3", "-1.5", "4.25", "8", "1e1"};
    return kNumbers[below(std::size(kNumbers))];
  }

  std::mt19937_64 random_;
  std::uint64_t rule_count_ = 1;
  std::int64_t spread_s_ = 0;
};

std::vector<std::string> sorted_texts(const std::vector<CorrelationAlert>& alerts,
                                      const std::vector<std::vector<std::string>>& wanted) {
  std::vector<std::string> texts;
  for (CorrelationAlert alert : alerts) {
    // The engine keeps only fields that some correlation asks for.
    for (Hit& hit : alert.hits) {
      std::erase_if(hit.fields, [&](const auto& field) {
        return std::find(wanted[hit.rule].begin(), wanted[hit.rule].end(), field.first) == wanted[hit.rule].end();
      });
    }
    texts.push_back(testing::describe(alert));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<CorrelationAlert> engine(const sigma::RuleSet& rules, std::int64_t lateness_us,
                                     const std::vector<Arrival>& arrivals) {
  Correlator correlator(rules, {.lateness_us = lateness_us});
  Collected sink;
  for (const Arrival& arrival : arrivals) {
    if (!arrival.is_hit) {
      correlator.advance(arrival.seen, sink);
      continue;
    }
    Hit hit = arrival.hit;
    std::erase_if(hit.fields, [&](const auto& field) {
      const auto& wanted = correlator.fields_wanted(hit.rule);
      return std::find(wanted.begin(), wanted.end(), field.first) == wanted.end();
    });
    correlator.add(std::move(hit), sink);
  }
  correlator.finish(sink);
  return std::move(sink.alerts);
}

/// As a scan feeds it: sorted outside.
std::vector<CorrelationAlert> engine_in_order(const sigma::RuleSet& rules, std::vector<Hit> hits) {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.time, a.event, a.rule) < std::tie(b.time, b.event, b.rule);
  });
  Correlator correlator(rules, {});
  Collected sink;
  for (const Hit& hit : hits) correlator.add_in_order(hit, sink);
  correlator.finish(sink);
  return std::move(sink.alerts);
}

/// What to print of a case that fails.
std::string describe(const sigma::RuleSet& rules, const std::vector<Arrival>& arrivals) {
  std::string out;
  for (const Correlation& correlation : rules.correlations) {
    out += correlation.id + ": type " + std::to_string(static_cast<int>(correlation.type)) + " rules";
    for (const std::string& rule : correlation.rules) out += " " + rule;
    out += " by";
    for (const std::string& field : correlation.group_by) out += " " + field;
    out += " value";
    for (const std::string& field : correlation.value_fields) out += " " + field;
    out += " span " + std::to_string(correlation.timespan_us / kSecond) + " bounds";
    for (const auto& bound : correlation.bounds) {
      out += " " + std::to_string(static_cast<int>(bound.op)) + ":" + std::to_string(bound.value);
    }
    for (const auto& alias : correlation.aliases) {
      out += " alias " + alias.name;
      for (const auto& target : alias.targets) out += " " + target.rule + "->" + target.field;
    }
    out += correlation.reported ? "\n" : " hidden\n";
  }
  for (const Arrival& arrival : arrivals) {
    if (!arrival.is_hit) {
      out += "seen " + std::to_string(arrival.seen) + "\n";
      continue;
    }
    const Hit& hit = arrival.hit;
    out += "r" + std::to_string(hit.rule) + " " + std::to_string(hit.event.source) + ":" + std::to_string(hit.event.index) +
           " at " + std::to_string(hit.time);
    for (const auto& [name, value] : hit.fields) out += " " + name + "=" + value;
    out += "\n";
  }
  return out;
}

struct Tally {
  std::uint64_t runs = 0, alerts = 0, late = 0, folded = 0;
};

bool agree(const World& world, std::int64_t lateness_us, const std::vector<Arrival>& arrivals,
           const std::vector<std::string>& expected, const std::vector<std::vector<std::string>>& wanted, Tally& tally) {
  const std::vector<CorrelationAlert> alerts = engine(world.rules, lateness_us, arrivals);
  ++tally.runs;
  tally.alerts += alerts.size();
  for (const CorrelationAlert& alert : alerts) {
    tally.late += alert.late ? 1 : 0;
    tally.folded += alert.folded > 0 ? 1 : 0;
  }
  EXPECT_EQ(sorted_texts(alerts, wanted), expected) << "lateness " << lateness_us << "\n" << describe(world.rules, arrivals);
  return !::testing::Test::HasFailure();
}

bool run_case(std::uint64_t seed, Tally& tally) {
  World world(seed);
  std::vector<std::vector<std::string>> wanted;
  const Correlator names(world.rules, {});
  for (std::uint32_t i = 0; i < world.rules.rules.size(); ++i) wanted.push_back(names.fields_wanted(i));

  // Within the lateness every order of arrival gives what the order of time gives.
  std::vector<Arrival> in_order = world.arrive_within(0);
  const auto expected = sorted_texts(oracle(world.rules, Correlator::kSortEverything, in_order), wanted);
  EXPECT_EQ(sorted_texts(engine_in_order(world.rules, world.hits), wanted), expected) << "sorted\n" << describe(world.rules, in_order);
  const std::int64_t lateness_s = world.seconds(30);
  for (int permutation = 0; permutation < 3; ++permutation) {
    const std::vector<Arrival> arrivals = world.arrive_within(lateness_s);
    if (!agree(world, lateness_s * kSecond, arrivals, expected, wanted, tally)) return false;
    if (!agree(world, Correlator::kSortEverything, world.arrive_within(1000), expected, wanted, tally)) return false;
  }
  // Beyond it, what is late counts against what is still held.
  for (int permutation = 0; permutation < 2; ++permutation) {
    const std::int64_t short_us = world.seconds(lateness_s) * kSecond / 3;
    const std::vector<Arrival> arrivals = world.arrive_within(lateness_s + 5);
    const auto late = sorted_texts(oracle(world.rules, short_us, arrivals), wanted);
    if (!agree(world, short_us, arrivals, late, wanted, tally)) return false;
  }
  return true;
}

TEST(CorrelateProperty, TheEngineAgreesWithTheOracle) {
  const std::uint64_t cases = from_environment("TOCSIN_CORRELATE_CASES", 3'000);
  const std::uint64_t seed = from_environment("TOCSIN_CORRELATE_SEED", 1);
  Tally tally;
  for (std::uint64_t i = 0; i < cases; ++i) {
    ASSERT_TRUE(run_case(seed + i, tally)) << "seed " << seed + i;
  }
  std::printf("%llu cases, %llu runs, %llu alerts, %llu of them late, %llu with folded matches\n",
              static_cast<unsigned long long>(cases), static_cast<unsigned long long>(tally.runs),
              static_cast<unsigned long long>(tally.alerts), static_cast<unsigned long long>(tally.late),
              static_cast<unsigned long long>(tally.folded));
  // A generator that makes nothing happen tests nothing.
  EXPECT_GT(tally.alerts, tally.runs);
  EXPECT_GT(tally.late, tally.runs / 50);
  EXPECT_GT(tally.folded, 0u);
}

}  // namespace
}  // namespace tocsin::correlate
