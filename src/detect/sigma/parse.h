// From one YAML document to a draft: rules, correlations and filters, each in its own file (parse_rule.cc,
// parse_correlation.cc, parse_filter.cc; parse_detection.cc reads what rules and filters share). Nothing is returned
// after an error, which is then among the diagnostics; warnings do not stop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "detect/sigma/draft.h"

namespace tocsin::sigma {

/// Selections of one rule or filter; the largest public rule has 40.
inline constexpr std::size_t kSelectionsMax = 1000;

std::optional<DraftRule> parse_rule(const YamlNode& document, const Source& source, Diagnostics& diagnostics);
std::optional<DraftCorrelation> parse_correlation(const YamlNode& document, const Source& source,
                                                  Diagnostics& diagnostics);
std::optional<DraftFilter> parse_filter(const YamlNode& document, const Source& source, Diagnostics& diagnostics);

// -- shared by the above

/// The head that rules and correlations have in common.
struct Head {
  std::string id, name, title, description, status, author, date, modified, license, taxonomy;
  Level level = Level::kInformational;
  std::vector<std::string> tags, references, falsepositives, fields;
};
/// Reads the head; false if it is not acceptable. Filters have no level or status to miss.
bool parse_head(const YamlNode& document, const Source& source, Diagnostics& diagnostics, bool is_filter, Head& head);
/// Moves what both have into a Rule or a Correlation.
template <class Target>
void take_head(Head& head, Target& target) {
  target.id = std::move(head.id);
  target.name = std::move(head.name);
  target.title = std::move(head.title);
  target.description = std::move(head.description);
  target.status = std::move(head.status);
  target.author = std::move(head.author);
  target.date = std::move(head.date);
  target.modified = std::move(head.modified);
  target.license = std::move(head.license);
  target.level = head.level;
  target.tags = std::move(head.tags);
  target.references = std::move(head.references);
  target.falsepositives = std::move(head.falsepositives);
}

bool parse_log_source(const YamlNode& document, const Source& source, Diagnostics& diagnostics, LogSource& log_source);

/// One selection from its YAML; false after a diagnostic. Also used for the conditions that pipelines add.
bool parse_selection(const YamlNode& value, const Source& source, Diagnostics& diagnostics, DraftSelection& selection);
/// Every entry but those under `reserved`.
bool parse_selections(const YamlNode& mapping, std::span<const std::string_view> reserved, const Source& source,
                      Diagnostics& diagnostics, std::vector<DraftSelection>& selections);

/// YYYY-MM-DD.
bool is_date(std::string_view text);
std::optional<Level> parse_level(std::string_view word);
/// A scalar, or a list of them; false if it is something else.
bool parse_texts(const YamlNode& node, std::vector<std::string>& texts);
std::string lower_ascii(std::string_view text);

}  // namespace tocsin::sigma
