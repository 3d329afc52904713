#include "pipeline/stream_rules.h"

#include "pipeline/canary_rule.h"

namespace tocsin {

namespace {

WorkerOptions worker_options() {
  WorkerOptions options;
  options.file_times = true;
  options.tally = false;
  return options;
}

}  // namespace

StreamRules::StreamRules(std::unique_ptr<Engine> made, RuleSetFacts known)
    : engine(std::move(made)),
      canary(canary_card(*engine)),
      facts(std::move(known)),
      writer(make_ndjson_writer()),
      hit_fields(wanted_hit_fields(engine->rules())),
      worker(*engine, worker_options(), *writer, hit_fields) {
  if (!engine->rules().correlations.empty()) correlations = std::make_unique<StreamCorrelations>(*engine, *writer, hit_fields);
}

void StreamRules::use(const std::shared_ptr<const enrich::Enricher>& enricher, enrich::HostTable& hosts, baseline::Baselines* baselines) {
  enrich::HostTable* const learnt = enricher != nullptr && enricher->learns_hosts() ? &hosts : nullptr;
  worker.set_enricher(enricher, learnt);
  worker.set_baselines(baselines);
  if (correlations != nullptr) correlations->set_enricher(enricher, learnt);
}

void StreamRules::prepare(const LogSourceTable& seen) {
  const std::size_t classes = seen.size();
  for (std::size_t id = 0; id < classes; ++id) {
    (void)engine->planner().plan(engine->log_sources().intern(seen.get(static_cast<LogSourceId>(id))));
  }
}

}  // namespace tocsin
