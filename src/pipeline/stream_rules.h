// A rule set as the stream asks it: the engine and all that was made for it. Built on any thread (compiling takes seconds), handed over whole, and from then
// on used by the stream's thread alone. It neither moves nor changes; the next set is another one.
//
//   auto rules = std::make_unique<StreamRules>(std::move(engine), facts);
//   rules->prepare(old->engine->log_sources());
//   TRY(stream.exchange(std::move(rules), cancelled));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/engine.h"
#include "pipeline/stream_correlations.h"
#include "pipeline/worker.h"
#include "store/state.h"

namespace tocsin {

struct StreamRules {
  StreamRules(std::unique_ptr<Engine> made, RuleSetFacts known);
  StreamRules(const StreamRules&) = delete;
  StreamRules& operator=(const StreamRules&) = delete;

  /// Compiles the plans of classes that were seen before, so that the first event of each need not wait.
  void prepare(const LogSourceTable& seen);
  /// What alerts say of their entities, and of what was unusual, from now on; nullptr: nothing.
  void use(const std::shared_ptr<const enrich::Enricher>& enricher, enrich::HostTable& hosts, baseline::Baselines* baselines);

  const std::unique_ptr<Engine> engine;
  const std::optional<std::uint32_t> canary;  // the card of the rule that finds canaries
  RuleSetFacts facts;
  const std::unique_ptr<AlertWriter> writer;
  const std::vector<HitFields> hit_fields;
  Worker worker;
  std::unique_ptr<StreamCorrelations> correlations;  // nullptr: the rules have none
};

}  // namespace tocsin
