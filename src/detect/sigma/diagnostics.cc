#include "detect/sigma/diagnostics.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/mistake.h"
#include "base/text.h"
#include "detect/sigma/load.h"

namespace tocsin::sigma {
namespace {

constexpr auto kError = Diagnostic::Severity::kError;
constexpr auto kWarning = Diagnostic::Severity::kWarning;

constexpr IssueInfo kIssues[] = {
    {Issue::kYaml, "S0101", kError, false, "not valid YAML", "correct the file at this place"},
    {Issue::kNotAMapping, "S0102", kError, false, "the document is not a mapping",
     "a rule starts with keys such as title, logsource and detection"},
    {Issue::kNotARule, "S0103", kError, false, "neither rule, correlation nor filter",
     "add one of the keys detection, correlation or filter"},
    {Issue::kCollectionAction, "S0104", kError, false, "collection actions are not supported",
     "action: global, reset and repeat are not part of Sigma 2; write every document out"},
    {Issue::kTooManyDiagnostics, "S0105", kWarning, false, "more of the same file is not shown",
     "correct what is shown, then check again"},

    {Issue::kMissingTitle, "S0201", kError, false, "no title", "add a title of at most 256 characters"},
    {Issue::kMissingLogSource, "S0202", kError, false, "no log source",
     "add logsource: with product, category or service"},
    {Issue::kEmptyLogSource, "S0203", kError, false, "the log source says nothing",
     "name at least one of product, category and service"},
    {Issue::kUnknownLevel, "S0204", kError, false, "unknown level", "use informational, low, medium, high or critical"},
    {Issue::kWrongType, "S0205", kWarning, false, "a value of the wrong type is passed over",
     "see the specification for what belongs here"},
    {Issue::kDuplicateId, "S0206", kError, false, "the id is taken",
     "give this rule an id of its own; two rules with one id would give alerts with one id"},
    {Issue::kUnknownStatus, "S0207", kWarning, false, "unknown status",
     "use stable, test, experimental, deprecated or unsupported"},

    {Issue::kMissingDetection, "S0301", kError, false, "no detection",
     "detection: must be a mapping of selections and a condition"},
    {Issue::kEmptySelection, "S0302", kError, false, "a selection asks for nothing",
     "an empty selection would match every event or none; say what it asks for, or remove it"},
    {Issue::kEmptyList, "S0303", kError, false, "a list of values is empty",
     "write null if the field must be absent, or remove the line"},
    {Issue::kNestedValue, "S0304", kError, false, "a value is not a single value",
     "a field takes one value or a list of them"},
    {Issue::kUnknownModifier, "S0305", kError, false, "unknown modifier", "see docs/sigma-semantics.md for the list"},
    {Issue::kModifierOrder, "S0306", kError, false, "a modifier stands in the wrong place",
     "re, cidr and exists come first, right after the field name"},
    {Issue::kModifierType, "S0307", kError, false, "a modifier does not fit the value",
     "change the value or the modifier"},
    {Issue::kBadRegex, "S0308", kError, false, "not a regular expression", "the flavour is PCRE"},
    {Issue::kBadCidr, "S0309", kError, false, "not a network",
     "write an address and a prefix length, as in 10.0.0.0/8"},
    {Issue::kBadNumber, "S0310", kError, false, "not a number that fits here", "write a plain number"},
    {Issue::kBadBool, "S0311", kError, false, "neither true nor false", "write true or false"},
    {Issue::kNeedsField, "S0312", kError, false, "this needs a field name", "write the field before the modifier"},
    {Issue::kTooManyVariants, "S0313", kError, false, "the value stands for too many variants",
     "split the rule or write the wanted variants out"},
    {Issue::kUnresolvedPlaceholder, "S0314", kError, false, "a placeholder has no value",
     "give values with a pipeline: vars and a value_placeholders transformation"},
    {Issue::kEncodedTooShort, "S0315", kError, false, "too short to be recognised in Base64",
     "a value of fewer than two bytes leaves nothing that is the same at every offset"},
    {Issue::kBadSelectionName, "S0316", kWarning, true, "a selection name that a condition can reach only by a pattern",
     "use letters, digits, '_', '-' and '.'; modifiers belong to fields"},
    {Issue::kExpandWithoutPlaceholder, "S0317", kError, false, "'expand' and no placeholder",
     "write %name%, or remove the modifier"},

    {Issue::kMissingCondition, "S0401", kError, false, "no condition", "add condition: to the detection"},
    {Issue::kConditionSyntax, "S0402", kError, false, "the condition does not follow the grammar",
     "selections joined with and, or, not, parentheses, '1 of x*', 'all of x*'"},
    {Issue::kUnknownSelection, "S0403", kError, false, "the condition names a selection that is not there",
     "add the selection or correct the name"},
    {Issue::kNoSelectionMatches, "S0404", kError, false, "no selection fits the pattern",
     "add a selection with such a name or correct the pattern"},
    {Issue::kAggregation, "S0405", kError, false, "aggregations in conditions are no longer part of Sigma",
     "write a correlation: event_count for count(), value_count for count(field), temporal for near"},
    {Issue::kBadQuantifier, "S0406", kError, false, "unknown quantifier", "use '1 of', 'any of' or 'all of'"},
    {Issue::kConditionTooLarge, "S0407", kError, false, "the condition is too large", "split the rule"},
    {Issue::kEmptiedCondition, "S0408", kError, false, "nothing is left of the condition",
     "a pipeline dropped every detection item; narrow it or leave the rule out"},

    {Issue::kBadCorrelation, "S0501", kError, false, "the correlation is not complete",
     "a correlation has type, rules, timespan and, but for temporal, a condition"},
    {Issue::kUnknownCorrelationType, "S0502", kError, false, "unknown correlation type",
     "use event_count, value_count, value_sum, value_avg, value_median, value_percentile, temporal or "
     "temporal_ordered"},
    {Issue::kBadTimespan, "S0503", kError, false, "not a time span", "a number and one of s m h d w M y, as in 90m"},
    {Issue::kBadBound, "S0504", kError, false, "the condition does not bound anything",
     "use gt, gte, lt, lte, eq or neq with a number"},
    {Issue::kMissingField, "S0505", kError, false, "this correlation type needs a field",
     "add field: to the correlation's condition"},
    {Issue::kExtendedCondition, "S0506", kError, false, "conditions over rule names are not supported",
     "list the rules; for and/or/not over rules, chain correlations"},
    {Issue::kUnresolvedRule, "S0507", kError, false, "a rule that is not there",
     "load the file that has it, or correct its id or name"},
    {Issue::kAmbiguousRule, "S0508", kError, false, "several rules have this name", "refer to the rule by its id"},
    {Issue::kRejectedRule, "S0509", kError, false, "depends on a rule that was rejected", "correct that rule first"},
    {Issue::kCorrelationCycle, "S0510", kError, false, "correlations refer to each other in a circle",
     "break the circle"},
    {Issue::kBadAlias, "S0511", kError, false, "the alias is not usable",
     "aliases: name: {rule: field}, with rules of this correlation"},

    {Issue::kBadFilter, "S0601", kError, false, "the filter is not complete",
     "a filter has logsource, and filter: with rules, selections and one condition"},
    {Issue::kFilterWithoutNot, "S0602", kWarning, false, "the filter excludes nothing",
     "the condition is joined to the rule with and: the rule then fires only on events for which it holds; to exclude "
     "them, write 'not'"},
    {Issue::kFilterWithoutRule, "S0603", kWarning, false, "the filter is not used",
     "check its rules and its log source"},
    {Issue::kFilterExpired, "S0604", kWarning, false, "the filter has expired and is not applied",
     "look whether it is still wanted: `tocsin tune check` says what it hides; then give it a later custom.expires, or remove it"},
    {Issue::kBadExpiry, "S0605", kError, false, "it cannot be told when the filter expires",
     "custom.expires is a day, YYYY-MM-DD: the last on which it is applied"},

    {Issue::kBadPipeline, "S0701", kError, false, "not a processing pipeline",
     "a pipeline has transformations: with a list"},
    {Issue::kUnknownTransformation, "S0702", kError, false, "unknown transformation",
     "see docs/sigma-semantics.md for the list"},
    {Issue::kUnknownPipelineCondition, "S0703", kError, false, "unknown condition type",
     "see docs/sigma-semantics.md for the list"},
    {Issue::kUnsupportedTransformation, "S0704", kError, false,
     "this transformation makes sense only for query languages", "leave it out"},
    {Issue::kBadParameter, "S0705", kError, false, "a parameter is missing or wrong", "see pySigma's documentation"},
    {Issue::kPipelineRefusedRule, "S0706", kError, false, "the pipeline refuses this rule",
     "leave the rule out or change the pipeline"},
    {Issue::kPipelineIgnored, "S0707", kWarning, false, "a part of the pipeline has no effect here",
     "post-processing and finalizers change query text, which does not exist here"},

    {Issue::kMissingId, "S0801", kWarning, true, "no id", "add a random UUID; alert ids are derived from it"},
    {Issue::kOddId, "S0802", kWarning, true, "the id is not a UUID", "use a random UUID (version 4)"},
    {Issue::kMissingLevel, "S0803", kWarning, true, "no level", "the rule counts as informational"},
    {Issue::kMissingDate, "S0804", kWarning, true, "no date", "add date: YYYY-MM-DD"},
    {Issue::kOddDate, "S0805", kWarning, true, "not a date of the form YYYY-MM-DD", "write YYYY-MM-DD"},
    {Issue::kStatusAdvice, "S0806", kWarning, true, "the rule says that it should not be used",
     "use the rule that replaces it (related)"},
    {Issue::kOddTag, "S0807", kWarning, true, "an odd tag", "namespace.name in lower case, as in attack.t1059.001"},
    {Issue::kUnusedSelection, "S0808", kWarning, true, "a selection that no condition uses", "use it or remove it"},
    {Issue::kAllOfOne, "S0809", kWarning, true, "'all' with a single value", "remove the modifier"},
    {Issue::kNeedlessWildcard, "S0810", kWarning, true, "a wildcard that changes nothing", "remove it"},
    {Issue::kNumberRewritten, "S0811", kWarning, true, "the number is compared in another form",
     "quote it if it is a text such as a version"},
    {Issue::kConditionKeywordCase, "S0812", kWarning, true, "keywords of the condition are written in lower case",
     "other tools read only lower case"},
    {Issue::kTaxonomy, "S0813", kWarning, true, "another taxonomy",
     "the field names are taken as they stand; map them with a pipeline"},
    {Issue::kNullInList, "S0814", kWarning, true, "null among other values",
     "the specification wants null alone; it is read as 'absent, or one of the others'"},
    {Issue::kUnknownKey, "S0815", kWarning, true, "an unknown key is passed over", "correct or remove it"},
    {Issue::kHostBits, "S0816", kWarning, false, "the network has bits beyond its prefix", "they are taken as zero"},
    {Issue::kEmptyPattern, "S0817", kWarning, true, "the value matches everything", "remove it"},
    {Issue::kPercentileDefault, "S0818", kWarning, true, "no percentile given", "50, the median, is taken"},
    {Issue::kAliasGap, "S0819", kWarning, true, "an alias without a field for one of the rules",
     "for that rule the alias is taken as the field name"},

    {Issue::kUnmappedLogSource, "S0901", kWarning, false, "no mapping yields the log source", "the rule can never fire; `tocsin mappings list` names log sources, a mapping adds one (docs/mappings.md)"},
    {Issue::kUntestedField, "S0902", kWarning, false, "no event in the tests of the mappings carries the field", "correct the name, in the rule or in the mapping, or add a test with an event that has it"},
    {Issue::kForeignFilterField, "S0903", kWarning, false, "a field of the filter that no rule on this log source asks for", "the filter hides nothing where the field is missing: correct the name, or see with `tocsin tune check` what it hides"},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The byte where line `line` begins, as yaml_line counts.
std::size_t line_start(const Source& source, std::uint32_t line) {
  const std::string_view text = yaml_line(source.text, line);
  return text.data() == nullptr ? source.text.size() : static_cast<std::size_t>(text.data() - source.text.data());
}

}  // namespace

std::span<const IssueInfo> issue_table() { return kIssues; }

const IssueInfo& issue_info(Issue issue) {
  const IssueInfo& info = kIssues[static_cast<std::size_t>(issue)];
  TOCSIN_CHECK(info.issue == issue);
  return info;
}

Position position_in(const Source& source, Position scalar, std::string_view value, std::size_t offset) {
  if (scalar.line == 0) return scalar;
  std::size_t at = skip_characters(source.text, line_start(source, scalar.line), scalar.column - 1);
  const std::size_t begin = at;
  // Walk value and source side by side: what is in the source only (quotes, escapes, indentation) is skipped, and
  // white space of the value may be any white space of the source.
  for (std::size_t i = 0; i <= offset && i < value.size(); ++i) {
    if (i > 0) ++at;
    if (is_space(value[i])) {
      while (at < source.text.size() && !is_space(source.text[at])) ++at;
      while (at + 1 < source.text.size() && is_space(source.text[at + 1]) && source.text[at] != value[i]) ++at;
    } else {
      while (at < source.text.size() && source.text[at] != value[i]) ++at;
    }
    if (at >= source.text.size()) return scalar;
  }
  if (offset >= value.size() && !value.empty()) ++at;
  Position position = scalar;
  for (std::size_t i = begin; i < at && i < source.text.size();) {
    const std::uint32_t size = char_at(source.text, i).size;
    position.column += 1;
    if (source.text[i] == '\n') position = {position.line + 1, 1};
    i += size;
  }
  return position;
}

void Diagnostics::add(Issue issue, const Source& source, Position at, std::string message, std::string help) {
  const IssueInfo& info = issue_info(issue);
  if (info.only_lint && !lint_) return;
  const std::size_t count = ++(info.severity == kError ? errors_of_ : warnings_of_)[source.file];
  if (count > kPerFileMax + 1) return;
  if (count == kPerFileMax + 1) {
    const IssueInfo& more = issue_info(Issue::kTooManyDiagnostics);
    diagnostics_.push_back({more.severity,
                            std::string(more.code),
                            std::string(source.file),
                            {},
                            std::string(more.title),
                            std::string(more.help),
                            {}});
    return;
  }
  diagnostics_.push_back({info.severity, std::string(info.code), std::string(source.file), at, std::move(message),
                          help.empty() ? std::string(info.help) : std::move(help),
                          std::string(yaml_line(source.text, at.line))});
}

std::string format_diagnostic(const Diagnostic& diagnostic) {
  std::string out = terminal_safe(diagnostic.file);
  if (diagnostic.at.line != 0) {
    out += ":" + std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
  }
  out += diagnostic.severity == Diagnostic::Severity::kError ? ": error[" : ": warning[";
  out += diagnostic.code + "]: " + terminal_safe(diagnostic.message) + "\n";
  if (!diagnostic.line.empty() && diagnostic.at.line != 0) {
    out += line_with_caret(diagnostic.line, skip_characters(diagnostic.line, 0, diagnostic.at.column - 1));
  }
  if (!diagnostic.help.empty()) out += "    help: " + terminal_safe(diagnostic.help) + "\n";
  return out;
}

}  // namespace tocsin::sigma
