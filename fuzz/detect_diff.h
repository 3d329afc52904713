// Runs the naive and the fast evaluator over one generated world and says where they differ: in the rules that match, in
// the lines that an alert would show, with every optimization on and off. Used by detect_diff_fuzz.cc and by
// tests/conformance/engines_test.cc.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "detect/match/matcher.h"
#include "detect/naive/generate.h"
#include "detect/naive/naive.h"

namespace tocsin {

inline std::string list_text(const std::vector<std::uint32_t>& rules) {
  std::string text;
  for (const std::uint32_t rule : rules) text += ' ' + std::to_string(rule);
  return text;
}

inline std::string lines_text(const std::vector<Matched>& lines) {
  std::string text;
  for (const Matched& line : lines) {
    text += "  " + std::string(line.selection) + ' ' + std::string(line.field) + " [" + std::string(line.pattern) +
            "] met ";
    append_value_json(text, line.value);
    text += '\n';
  }
  return text;
}

inline bool same_line(const Matched& a, const Matched& b) {
  const bool same_value =
      a.value.kind == b.value.kind &&
      (a.value.kind == ValueKind::kNull || (a.value.data == b.value.data && a.value.size == b.value.size));
  return a.selection == b.selection && a.field == b.field && a.modifiers == b.modifiers && a.pattern == b.pattern &&
         same_value;
}

/// The two evaluators over one world; two fast matchers, one with every optimization on, one with some (7 is all, 0 none).
class EngineComparison {
 public:
  EngineComparison(naive::World& world, std::uint32_t options)
      : world_(world), planner_(world.rules(), world.log_sources()), naive_(world.rules(), world.log_sources()) {
    for (const std::uint32_t bits : {7u, options}) {
      options_.push_back(bits);
      fast_.emplace_back(planner_, world.paths(),
                         match::MatcherOptions{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0});
    }
  }

  /// "" if all agree; else what differs.
  std::string check(const Event& event) {
    naive_.match(event, world_.paths(), expected_);
    for (std::size_t i = 0; i < fast_.size(); ++i) {
      fast_[i].match(event, actual_);
      std::string difference;
      if (actual_ != expected_) difference = "naive:" + list_text(expected_) + "\nfast: " + list_text(actual_) + '\n';
      for (const std::uint32_t rule : expected_) {
        if (difference.empty()) difference = check_lines(event, rule, fast_[i]);
      }
      if (!difference.empty()) return difference + context(event, options_[i]);
    }
    for (std::uint32_t rule = 0; rule < world_.rules().rules.size(); ++rule) {
      const bool listed = std::find(expected_.begin(), expected_.end(), rule) != expected_.end();
      if (naive_.explain(rule, event, world_.paths()).holds != listed) {
        return "explain() and match() of naive differ on rule " + std::to_string(rule) + '\n' + context(event, 7);
      }
    }
    matches_ += expected_.size();
    return {};
  }

  /// Rules matched so far, so that a test can tell that it compared something.
  std::size_t matches() const { return matches_; }

 private:
  std::string check_lines(const Event& event, std::uint32_t rule, match::Matcher& fast) {
    naive_.matched(rule, event, world_.paths(), expected_lines_);
    fast.matched(rule, actual_lines_);
    if (std::equal(expected_lines_.begin(), expected_lines_.end(), actual_lines_.begin(), actual_lines_.end(),
                   same_line))
      return {};
    return "rule " + std::to_string(rule) + "\nnaive:\n" + lines_text(expected_lines_) + "fast:\n" +
           lines_text(actual_lines_);
  }

  std::string context(const Event& event, std::uint32_t bits) const {
    std::string text = "options " + std::to_string(bits) + "\n" + naive::describe(event, world_.paths());
    for (const sigma::Rule& rule : world_.rules().rules) text += naive::describe(rule);
    return text;
  }

  naive::World& world_;
  plan::Planner planner_;
  naive::NaiveMatcher naive_;
  std::vector<std::uint32_t> options_;
  std::deque<match::Matcher> fast_;
  std::vector<std::uint32_t> expected_, actual_;
  std::vector<Matched> expected_lines_, actual_lines_;
  std::size_t matches_ = 0;
};

/// One world and some events, each twice, so that what is remembered is used.
inline std::string find_difference(naive::Choices& choices, std::size_t& matches) {
  constexpr std::uint32_t kEventsMax = 6;
  naive::World world(choices);
  EngineComparison comparison(world, choices.below(8));
  std::deque<naive::GeneratedEvent> events;
  for (std::uint32_t i = 0, count = 1 + choices.below(kEventsMax); i < count; ++i) events.emplace_back(world, choices);
  for (int round = 0; round < 2; ++round) {
    for (const naive::GeneratedEvent& event : events) {
      std::string difference = comparison.check(event.event());
      if (!difference.empty()) return difference;
    }
  }
  matches = comparison.matches();
  return {};
}

}  // namespace tocsin
