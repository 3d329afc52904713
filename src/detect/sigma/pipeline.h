// Processing pipelines in pySigma's YAML form: lists of steps, each a transformation under conditions, that change rules
// before they are finished: field names, values, log sources, placeholders. Several pipelines are joined by priority
// (lower first, else in the order given), their variables merged. Steps see what earlier steps did (state, applied ids).
// A pipeline with a mistake is refused as a whole, with the place of each mistake.
//
//   Pipelines pipelines;
//   if (!pipelines.add(source, diagnostics)) …
//   pipelines.apply(draft, diagnostics);
//
// Immutable once built; apply() changes only its argument.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detect/sigma/draft.h"

namespace tocsin::sigma {

struct Pipeline;

class Pipelines {
 public:
  Pipelines();
  ~Pipelines();
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  /// Reads one more pipeline; false, with diagnostics, if it cannot be used. `source` must outlive this object.
  bool add(const Source& source, Diagnostics& diagnostics);
  bool empty() const { return pipelines_.empty(); }

  /// False, with a diagnostic, if a step refuses the rule.
  bool apply(DraftRule& draft, Diagnostics& diagnostics) const;
  /// `below`: the rules the correlation stands on, for conditions on the log source.
  bool apply(DraftCorrelation& draft, const std::vector<const DraftRule*>& below, Diagnostics& diagnostics) const;

 private:
  std::vector<std::unique_ptr<Pipeline>> pipelines_;  // by priority
  std::map<std::string, YamlNode> variables_;
};

}  // namespace tocsin::sigma
