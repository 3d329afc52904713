// What each rule costs, measured: the time that the matcher takes for a sample of events with this rule alone, less what it takes with a rule that asks for nothing that is there. The sample is some events of each class of
// log sources, kept whole; every value is taken as one that was not seen before (the token memory is off), which is when rules cost something. What rules share in the full engine (one search for the texts of all of them) each has to itself
// here, so the sum is more than all cost together: it says which are dear, not what would be saved. Nothing of this is in the path of events.
//
//   CostSample sample(engine);
//   EventWalk(env, engine).run(files, [&](std::string_view, const Event& event, const PathTable& paths) { return sample.add(event, paths); });
//   for (const RuleCost& cost : sample.measure(env)) …
//
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/env.h"
#include "pipeline/engine.h"

namespace tocsin {

/// Events that are kept of each class of log sources: with more the times differ by less than between two runs.
inline constexpr std::size_t kCostEventsMax = 500;
/// All of them together, whatever their size.
inline constexpr std::size_t kCostBytesMax = 64u << 20;

struct RuleCost {
  std::uint32_t rule = 0;
  std::uint64_t events = 0;  // of the sample, that are of its log source
  double microseconds = 0;   // for each of those; 0 where there are none
  std::string why;           // what in it takes the time, and what to do; "" where nothing stands out
};

class CostSample {
 public:
  /// The engine must outlive it.
  explicit CostSample(Engine& engine);
  ~CostSample();

  /// True, so that a walk goes on. An event is kept whole, by chance but the same chance each time.
  bool add(const Event& event, const PathTable& paths);
  std::size_t size() const;
  /// By rule, in the order of the set.
  std::vector<RuleCost> measure(Env& env);

 private:
  struct Kept;
  struct Class;
  void learn_paths(const PathTable& paths);
  std::vector<const Event*> events_of(const sigma::Rule& rule) const;
  double microseconds(Env& env, const sigma::Rule& rule, const std::vector<const Event*>& events);
  std::string why(const sigma::Rule& rule, const std::vector<const Event*>& events) const;
  double bytes_of(const std::string& field, const std::vector<const Event*>& events) const;

  Engine& engine_;
  PathTable paths_;
  std::vector<std::unique_ptr<Class>> classes_;  // by LogSourceId
  std::size_t bytes_ = 0;
  std::mt19937_64 random_{1};  // fixed: the same events are kept each time
};

}  // namespace tocsin
