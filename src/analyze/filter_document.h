// A filter as a file for version control: a Sigma filter (specification 2.1, filters), with what Tocsin knows of it under `custom`, a field of one's own as the specification allows them. The loader
// reads `custom.expires` of it (docs/tuning.md), and nothing else. Pure functions.
//
//   title: 'Not: Whoami'                      # of the rule
//   id: 2f0e…                                 # derived from the rule's id and the selections: the same proposal is the same filter
//   author: 'ann'
//   date: '2026-11-30'
//   logsource: {category: process_creation}   # the rule's
//   filter:
//       rules: [the rule's id]
//       selection: {CommandLine: 'whoami /all', ParentImage: 'C:\Program Files\Agent\agent.exe'}    # or filter_1, filter_2 …
//       condition: not selection                                                                   # or not 1 of filter_*
//   custom:
//       owner: 'ann'
//       expires: '2027-02-28'                 # the last day (UTC) on which it is applied
//       reason: …
//       verdicts: {false_positive: 12, benign: 0}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/filter_condition.h"
#include "event/log_source.h"

namespace tocsin::analyze {

struct FilterDocument {
  std::string rule_id = {}, rule_title = {};
  LogSource log_source = {};  // of the rule
  std::vector<FilterSelection> selections = {};
  std::string owner = {}, date = {}, expires = {}, reason = {};  // dates: YYYY-MM-DD; "": not said
  std::uint64_t false_positives = 0, benign = 0;  // that it hides
};

std::string filter_yaml(const FilterDocument& document);

/// A text as a value of Sigma that means the text and nothing else: `*`, `?` and, where it would take away the next one's meaning, `\` have a backslash before them.
std::string sigma_escaped(std::string_view text);
/// A text as a scalar of YAML, quoted; escapes where something in it would not be seen.
std::string yaml_quoted(std::string_view text);

}  // namespace tocsin::analyze
