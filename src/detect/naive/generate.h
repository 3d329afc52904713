// Random rules, and random events that nearly match them: what the two evaluators are compared over. Everything a rule can
// ask occurs: all kinds of patterns, any and all, negation, keywords, several selections and alternatives, conditions with
// `not`. The values of events are made from the patterns (what fits, then changed a little): letters in the other case,
// letters that fold to ASCII (U+212A, U+017F), JSON escapes where none is needed, broken UTF-8, one character more or less.
// Names are few, so that fields have several values, aliases meet, and rules share lines.
//
// For tests and fuzz targets only. The same choices give the same world.
//
//   Choices choices(seed);
//   World world(choices);
//   GeneratedEvent event(world, choices);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detect/naive/choices.h"
#include "detect/sigma/load.h"
#include "event/event.h"

namespace tocsin::naive {

/// Rules, log sources and paths. Events of a world are for its rules and its paths.
class World {
 public:
  static constexpr std::uint32_t kRulesMax = 6;

  explicit World(Choices& choices);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const sigma::RuleSet& rules() const { return rules_; }
  const LogSourceTable& log_sources() const { return log_sources_; }
  PathTable& paths() { return *paths_; }
  const std::vector<LogSourceId>& classes() const { return classes_; }
  /// A text that fits the pattern, or nearly; empty where the pattern says nothing about text.
  std::string sample(const sigma::Pattern& pattern, Choices& choices) const;
  /// Some pattern of some rule, nullptr if there is none; of the field, if `field` is given and has one.
  const sigma::Pattern* any_pattern(Choices& choices, std::string_view field = {}) const;

 private:
  sigma::RuleSet rules_;
  LogSourceTable log_sources_;
  std::unique_ptr<Naming> naming_;
  std::unique_ptr<PathTable> paths_;
  std::vector<LogSourceId> classes_;
};

/// An event with the bytes it points into. Neither may move.
class GeneratedEvent {
 public:
  static constexpr std::uint32_t kValuesMax = 10;

  GeneratedEvent(World& world, Choices& choices);
  GeneratedEvent(const GeneratedEvent&) = delete;
  GeneratedEvent& operator=(const GeneratedEvent&) = delete;

  const Event& event() const { return event_; }

 private:
  std::unique_ptr<char[]> bytes_;  // exactly as long as the record, so that a sanitizer sees any read beyond it
  Event event_;
};

/// Rules and event in words, for a failing test.
std::string describe(const sigma::Rule& rule);
std::string describe(const Event& event, const PathTable& paths);

}  // namespace tocsin::naive
