// What needs all rules at once: ids that must differ, references by id or name, filters joined to the rules they
// concern, correlations in an order in which each comes after what it refers to.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "detect/sigma/draft.h"
#include "detect/sigma/pipeline.h"

namespace tocsin::sigma {

/// Filters on one rule; each adds its selections to the rule.
inline constexpr std::size_t kFiltersPerRuleMax = 256;

/// Rules of one name among which that of the same file is looked for; more are ambiguous without a look.
inline constexpr std::size_t kSameNameMax = 1000;

struct Drafts {
  std::vector<DraftRule> rules;
  std::vector<DraftCorrelation> correlations;
  std::vector<DraftFilter> filters;
  /// Ids and names of documents that did not become drafts.
  std::unordered_set<std::string> rejected;
};

/// A rule or correlation of the set.
struct Target {
  bool is_correlation = false;
  std::size_t index = 0;
};

/// Ids and names of a set of drafts.
class Index {
 public:
  /// Marks every draft whose id is taken as rejected; the first one keeps it. Returns how many rules were rejected;
  /// rejected correlations are counted at the end.
  std::size_t build(Drafts& drafts, Diagnostics& diagnostics);
  /// What a reference means: an id, else a name (of the same file first). Nothing after a diagnostic.
  std::optional<Target> resolve(const Reference& reference, const Source& from, const Drafts& drafts,
                                Diagnostics& diagnostics) const;
  /// The rules that carry this id or name, without complaint.
  std::vector<std::size_t> rules_named(const std::string& text) const;

 private:
  void add(const std::string& id, const std::string& name, Target target);
  std::unordered_map<std::string, Target> ids_;
  std::unordered_map<std::string, std::vector<Target>> names_;
};

/// Joins every filter to the rules it concerns, but for those that have expired before `today` (LoadOptions). Returns how many times
/// that was; filters that cannot be used are counted as rejected.
std::size_t apply_filters(Drafts& drafts, const Index& index, const Pipelines& pipelines, const std::string& today,
                          Diagnostics& diagnostics, std::size_t& rejected);

/// By correlation: what its rules and the rules of its aliases mean.
struct Links {
  std::vector<std::vector<Target>> targets;
};
/// Resolves; a correlation that cannot be is rejected.
Links resolve_correlations(Drafts& drafts, const Index& index, Diagnostics& diagnostics);
/// The rules below a correlation, at any depth.
std::vector<const DraftRule*> rules_below(const Drafts& drafts, const Links& links, std::size_t correlation);
/// Rejects circles and what depends on something rejected; sets `reported`; the order to emit correlations in.
std::vector<std::size_t> order_correlations(Drafts& drafts, const Links& links, Diagnostics& diagnostics);

}  // namespace tocsin::sigma
