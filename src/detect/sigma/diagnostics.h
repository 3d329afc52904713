// What the loader can say about a file: one table of issues with stable codes, and the collector that turns an issue
// at a place into a Diagnostic. A code never changes its meaning and is never used again; new ones are added at the
// end of their group. docs/sigma-diagnostics.md is printed from the table, and a test holds the two together.
//
//   Diagnostics diagnostics(options.lint);
//   diagnostics.add(Issue::kUnknownModifier, source, item.at, "there is no modifier 'contain'", "did you mean 'contains'?");
//
// One collector per load(), on one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mistake.h"
#include "detect/sigma/rule.h"

namespace tocsin::sigma {

enum class Issue : std::uint8_t {
  // S01: the file
  kYaml,
  kNotAMapping,
  kNotARule,
  kCollectionAction,
  kTooManyDiagnostics,
  // S02: a rule's head
  kMissingTitle,
  kMissingLogSource,
  kEmptyLogSource,
  kUnknownLevel,
  kWrongType,
  kDuplicateId,
  kUnknownStatus,
  // S03: a detection
  kMissingDetection,
  kEmptySelection,
  kEmptyList,
  kNestedValue,
  kUnknownModifier,
  kModifierOrder,
  kModifierType,
  kBadRegex,
  kBadCidr,
  kBadNumber,
  kBadBool,
  kNeedsField,
  kTooManyVariants,
  kUnresolvedPlaceholder,
  kEncodedTooShort,
  kBadSelectionName,
  kExpandWithoutPlaceholder,
  // S04: a condition
  kMissingCondition,
  kConditionSyntax,
  kUnknownSelection,
  kNoSelectionMatches,
  kAggregation,
  kBadQuantifier,
  kConditionTooLarge,
  kEmptiedCondition,
  // S05: a correlation
  kBadCorrelation,
  kUnknownCorrelationType,
  kBadTimespan,
  kBadBound,
  kMissingField,
  kExtendedCondition,
  kUnresolvedRule,
  kAmbiguousRule,
  kRejectedRule,
  kCorrelationCycle,
  kBadAlias,
  // S06: a filter
  kBadFilter,
  kFilterWithoutNot,
  kFilterWithoutRule,
  kFilterExpired,
  kBadExpiry,
  // S07: a pipeline
  kBadPipeline,
  kUnknownTransformation,
  kUnknownPipelineCondition,
  kUnsupportedTransformation,
  kBadParameter,
  kPipelineRefusedRule,
  kPipelineIgnored,
  // S08: advice (lint)
  kMissingId,
  kOddId,
  kMissingLevel,
  kMissingDate,
  kOddDate,
  kStatusAdvice,
  kOddTag,
  kUnusedSelection,
  kAllOfOne,
  kNeedlessWildcard,
  kNumberRewritten,
  kConditionKeywordCase,
  kTaxonomy,
  kNullInList,
  kUnknownKey,
  kHostBits,
  kEmptyPattern,
  kPercentileDefault,
  kAliasGap,
  // S09: rules beside mappings
  kUnmappedLogSource,
  kUntestedField,
  kForeignFilterField,
};

struct IssueInfo {
  Issue issue;
  std::string_view code;
  Diagnostic::Severity severity;
  bool only_lint;  // said only when the user asks for advice
  std::string_view title;
  std::string_view help;  // what to do, unless add() knows better
};

/// Every issue, in the order of the enumeration.
std::span<const IssueInfo> issue_table();
const IssueInfo& issue_info(Issue issue);

/// A file under work: its name and its text, which outlive the load.
struct Source {
  std::string_view file;
  std::string_view text;
};

/// Where byte `offset` of a scalar's value stands in the file, given where the scalar begins. Quotes, escapes, folds
/// and indentation are stepped over, so inside a double-quoted scalar with escapes it may be off by the escape.
Position position_in(const Source& source, Position scalar, std::string_view value, std::size_t offset);

class Diagnostics {
 public:
  /// Errors of one file, and warnings of one file: a broken file of a megabyte must not print ten.
  static constexpr std::size_t kPerFileMax = 100;

  explicit Diagnostics(bool lint) : lint_(lint) {}

  void add(Issue issue, const Source& source, Position at, std::string message, std::string help = {});
  bool lint() const { return lint_; }
  std::vector<Diagnostic> take() { return std::move(diagnostics_); }

 private:
  bool lint_;
  std::vector<Diagnostic> diagnostics_;
  std::unordered_map<std::string_view, std::size_t> errors_of_, warnings_of_;  // by file
};

}  // namespace tocsin::sigma
