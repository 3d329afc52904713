#include "pipeline/mapping_check.h"

#include <fmt/format.h>

#include "detect/sigma/diagnostics.h"
#include "normalize/mapping_tests.h"
#include "pipeline/coverage.h"
#include "pipeline/engine.h"
#include "pipeline/record_reader.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin {

namespace {

std::string source_text(const LogSource& source) { return fmt::format("{}/{}/{}", source.product, source.category, source.service); }

sigma::Diagnostic diagnostic(sigma::Issue issue, const sigma::Rule& rule, std::string message) {
  const sigma::IssueInfo& info = sigma::issue_info(issue);
  return {info.severity, std::string(info.code), rule.file, rule.at, std::move(message), std::string(info.help), {}};
}

/// All events of the tests, asked by all rules.
void ask(Worker& worker, const std::vector<MappingFile>& files) {
  BlockResult result;
  Block block;
  for (const MappingFile& file : files) {
    for (const std::string& record : mapping_test_records({file.name, file.text})) {
      put_record(record, kNoTime, block);
      worker.process(block, file.name, result);
    }
  }
}

}  // namespace

Result<std::vector<sigma::Diagnostic>> check_with_mappings(const sigma::RuleSet& set, const std::vector<MappingFile>& files) {
  Engine engine(set, TRY(load_taxonomy(files)));
  const SilentWriter writer;
  const std::vector<HitFields> no_hits(set.rules.size());
  Worker worker(engine, {}, writer, no_hits);
  ask(worker, files);
  const LogSourceClass known{engine.taxonomy().known_log_sources(), {}};
  std::vector<sigma::Diagnostic> found;
  for (const SilentRule& silent : silent_rules(engine.rules(), engine.log_sources(), worker.seen())) {
    const sigma::Rule& rule = engine.rules().rules[silent.rule];
    if (silent.why == SilentRule::Why::kNoLogSource) {
      if (known.fits(rule.log_source) == nullptr) found.push_back(diagnostic(sigma::Issue::kUnmappedLogSource, rule, fmt::format("no mapping yields the log source {}", source_text(rule.log_source))));
      continue;
    }
    found.push_back(diagnostic(sigma::Issue::kUntestedField, rule, fmt::format("no event in the tests of the mappings carries {}", fmt::join(silent.fields, ", "))));
  }
  return found;
}

}  // namespace tocsin
