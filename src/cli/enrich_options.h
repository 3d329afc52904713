// What enrichment is made of, on the command line of the verbs that need no service and in the settings of `tocsin serve`, and how it is loaded. One thread.
//
//   EnrichOptions options;
//   options.add_to(app);
//   …
//   std::shared_ptr<const enrich::Enricher> enricher;     // nullptr: nothing is looked up
//   if (!options.load(env, enricher)) return kUsage;      // all that is wrong is told
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "cli/parse.h"
#include "cli/settings.h"
#include "enrich/enricher.h"

namespace tocsin::cli {

struct EnrichOptions {
  std::vector<std::string> databases, assets, lists, indicators, allowed;
  std::string config, hosts;

  void add_to(CLI::App& app);
  /// Where events are asked for indicators.
  void add_indicators_to(CLI::App& app);
  /// Where events come from that hosts can be learnt from.
  void add_hosts_to(CLI::App& app);
  bool empty() const { return databases.empty() && assets.empty() && lists.empty() && indicators.empty() && config.empty(); }
  bool load(Env& env, std::shared_ptr<const enrich::Enricher>& enricher) const;
};

/// What the settings say of it, which have been checked.
enrich::EnrichSettings enrich_settings(const Settings& settings);

/// Reputation lists, or files of indicators, of the settings, which `read` reads: a list of files, or of mappings. False, with all mistakes told, if one of them is not good.
using ReadList = Result<enrich::ReputationSettings> (*)(std::string_view text);
bool lists_of(const YamlNode& node, ReadList read, std::string_view setting, const std::function<std::string(Position)>& place, std::vector<std::string>& texts, std::vector<std::string>& mistakes);

}  // namespace tocsin::cli
