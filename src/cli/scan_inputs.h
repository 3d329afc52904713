// What every verb that runs rules over logs asks for: which rules, which logs, how they are to be read, which of the events count. `tocsin scan` and `tocsin incidents` have the
// same.
//
//   ScanInputs inputs;
//   inputs.add_to(app);
//   …
//   std::optional<ScanOptions> options = inputs.options(env);      // the reason was said where there is none
//   const std::unique_ptr<Engine> engine = inputs.engine(env, *options);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/enrich_options.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "pipeline/scan.h"

namespace tocsin::cli {

struct ScanInputs {
  RuleArguments rules;
  EnrichOptions enrich;
  std::string level, since, until;
  unsigned threads = 0;
  std::vector<std::string> paths, sources, authserv_ids;

  /// PATH is added too; whoever cannot do without it says that it is required.
  CLI::Option* add_to(CLI::App& app);
  /// Nothing, and nullptr: they are not usable (the reason was said).
  std::optional<ScanOptions> options(Env& env) const;
  std::unique_ptr<Engine> engine(Env& env, ScanOptions& options) const;
  std::vector<FoundFile> files(Env& env, std::vector<Error>& unreadable) const;
  /// Which host had which address, where that is wanted (nullptr: it is not); without rules, since they are asked when it is known.
  Result<std::unique_ptr<enrich::HostTable>> hosts(Env& env, const std::shared_ptr<const enrich::Enricher>& enricher, const std::vector<FoundFile>& files) const;
};

/// What could not be read, or not to its end; on standard error.
void show_scan_problems(const ScanSummary& summary, const std::vector<Error>& unreadable);
std::string scan_progress_text(const ScanProgress& progress);

}  // namespace tocsin::cli
