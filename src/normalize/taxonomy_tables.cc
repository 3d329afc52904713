#include "normalize/taxonomy_tables.h"

#include <algorithm>

#include "base/text.h"
#include "normalize/text_formats.h"

namespace tocsin {

TaxonomyTables::TaxonomyTables() : formats(std::make_unique<TextFormats>()) {}
TaxonomyTables::~TaxonomyTables() = default;

namespace {

/// A number below this is a duration or a counter, not a time: no log is older than 2000, and seconds since 1970 passed
/// this on 2000-01-01.
constexpr TimeUs kEpochMin = 946'684'800'000'000;
/// Longer than any spelling of a time.
constexpr std::size_t kTimeBytesMax = 64;

void sort_distinct(PredicateSet& set) {
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

bool says_less(const std::string& less, const std::string& more) { return less.empty() || less == more; }

/// True if whatever fits `less` fits `more` too.
bool is_covered(const LogSource& less, const LogSource& more) {
  return less != more && says_less(less.product, more.product) && says_less(less.category, more.category) &&
         says_less(less.service, more.service);
}

TimeUs epoch_of(std::string_view text) {
  const std::optional<TimeUs> time = parse_epoch(text);
  return time.has_value() && *time >= kEpochMin ? *time : kNoTime;
}

/// "/Date(1595412345000)/", as PowerShell and .NET write JSON.
TimeUs dotnet_date_of(std::string_view text) {
  constexpr std::string_view kStart = "/Date(", kEnd = ")/";
  if (!text.starts_with(kStart) || !text.ends_with(kEnd)) return kNoTime;
  return epoch_of(text.substr(kStart.size(), text.size() - kStart.size() - kEnd.size()));
}

TimeUs time_of_text(std::string_view text) {
  if (text.empty() || text.size() > kTimeBytesMax) return kNoTime;
  if (const std::optional<TimeUs> time = parse_time(text)) return *time;
  const TimeUs epoch = epoch_of(text);
  return epoch != kNoTime ? epoch : dotnet_date_of(text);
}

}  // namespace

FoldedPattern::FoldedPattern(std::string_view text) {
  const std::string all = folded(text);
  std::size_t from = 0;
  for (std::size_t star = all.find('*'); star != std::string::npos; star = all.find('*', from)) {
    pieces_.push_back(all.substr(from, star - from));
    from = star + 1;
  }
  pieces_.push_back(all.substr(from));
  for (const std::string& piece : pieces_) {
    const ByteSet bytes(piece);
    for (int i = 0; i < 4; ++i) bytes_.words[i] |= bytes.words[i];
  }
}

/// The first and last pieces stand at the ends; those between are looked for from left to right, each at its earliest,
/// which leaves the most room for the rest.
bool FoldedPattern::fits(std::string_view text) const {
  if (is_exact()) return text == exact();
  const std::string& first = pieces_.front();
  const std::string& last = pieces_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const std::size_t at = text.find(pieces_[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces_[i].size());
  }
  return true;
}

std::uint32_t ColumnTables::fed_by(const std::string& name) const {
  std::uint32_t bits = 0;
  const auto found = field_ids.find(name);
  if (found == field_ids.end()) return bits;
  for (const ColumnEntryId id : fields[static_cast<std::size_t>(found->second)].entries) {
    if (entry(id).when.empty()) bits |= column_bit(column_of(id));
  }
  return bits;
}

ColumnFieldId ColumnTables::field_of(const std::string& path, const std::vector<std::string>& names) const {
  const auto whole = field_ids.find(path);
  if (whole != field_ids.end()) return whole->second;
  for (const std::string& name : names) {
    const auto at = field_ids.find(name);
    if (at != field_ids.end()) return at->second;
  }
  return -1;
}

std::vector<FieldId> TaxonomyTables::routing_fields(std::string_view path) const {
  std::vector<FieldId> found;
  for (const std::string& name : naming.names(path).routing) {
    const auto at = field_ids.find(name);
    if (at != field_ids.end() && std::ranges::find(found, at->second) == found.end()) found.push_back(at->second);
  }
  std::ranges::sort(found);
  return found;
}

void TaxonomyTables::add_satisfied(FieldId field, std::string_view folded_text, PredicateSet& into) const {
  const RoutingField& asked = fields[field];
  into.insert(into.end(), asked.presence.begin(), asked.presence.end());
  const auto at = asked.exact.find(std::string(folded_text));
  if (at != asked.exact.end()) into.push_back(at->second);
  for (const PredicateId id : asked.wild) {
    if (predicates[id].pattern.fits(folded_text)) into.push_back(id);
  }
}

bool TaxonomyTables::holds(const TaxonomyEntry& entry, const PredicateSet& satisfied) {
  return std::ranges::all_of(entry.conditions, [&](const TaxonomyCondition& condition) {
    const bool found = std::ranges::any_of(condition.any_of,
                                           [&](PredicateId id) { return std::ranges::binary_search(satisfied, id); });
    return found != condition.negated;
  });
}

LogSourceClass TaxonomyTables::log_source_class(const PredicateSet& satisfied) const {
  std::vector<LogSource> all;
  LogSourceClass out;
  for (const TaxonomyEntry& entry : entries) {
    if (!holds(entry, satisfied)) continue;
    if (entry.source != LogSource{}) all.push_back(entry.source);
    out.aliases.insert(out.aliases.end(), entry.fields.begin(), entry.fields.end());
  }
  for (const LogSource& source : all) {
    const bool covered = std::ranges::any_of(all, [&](const LogSource& other) { return is_covered(source, other); });
    if (!covered) out.sources.push_back(source);
  }
  std::ranges::sort(out.sources);
  out.sources.erase(std::unique(out.sources.begin(), out.sources.end()), out.sources.end());
  std::ranges::sort(out.aliases);
  out.aliases.erase(std::unique(out.aliases.begin(), out.aliases.end()), out.aliases.end());
  if (out.sources.empty()) out.aliases.clear();  // not recognised: one class, not one per set of aliases
  return out;
}

std::vector<DerivationId> TaxonomyTables::derivations_of(const PredicateSet& satisfied) const {
  std::vector<DerivationId> all;
  for (const TaxonomyEntry& entry : entries) {
    if (!entry.values.empty() && holds(entry, satisfied)) {
      all.insert(all.end(), entry.values.begin(), entry.values.end());
    }
  }
  if (all.empty()) return all;
  const bool recognised = std::ranges::any_of(
      entries, [&](const TaxonomyEntry& entry) { return entry.source != LogSource{} && holds(entry, satisfied); });
  if (!recognised) return {};
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

PredicateSet satisfied_plainly(const TaxonomyTables& tables, const PathTable& paths, const Event& event) {
  PredicateSet satisfied;
  for (const Value& value : event.values) {
    if (value.kind == ValueKind::kNull || value.derived || value.path == PathTable::kOverflow) continue;
    std::string text;
    append_value_text(text, value);
    for (const FieldId field : tables.routing_fields(paths.name(value.path))) {
      tables.add_satisfied(field, folded(text), satisfied);
    }
  }
  sort_distinct(satisfied);
  return satisfied;
}

LogSourceClass classify_plainly(const TaxonomyTables& tables, const PathTable& paths, const Event& event) {
  return tables.log_source_class(satisfied_plainly(tables, paths, event));
}

TimeUs time_of(const Value& value, std::string& scratch) {
  switch (value.kind) {
    case ValueKind::kNull:
    case ValueKind::kBool: return kNoTime;
    case ValueKind::kText: return time_of_text(value.raw());
    case ValueKind::kJsonText:
      if (value.size > kTimeBytesMax) return kNoTime;
      if (value.raw().find('\\') == std::string_view::npos) return time_of_text(value.raw());
      break;
    case ValueKind::kNumber:
      if (value.raw().find_first_of("eE") == std::string_view::npos) return epoch_of(value.raw());
      break;
  }
  scratch.clear();
  append_value_text(scratch, value);
  return time_of_text(scratch);
}

}  // namespace tocsin
