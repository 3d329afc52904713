#include "normalize/partial_columns.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "normalize/column_reader.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

PartialColumns::PartialColumns(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths)
    : tables_(taxonomy.tables()), log_sources_(log_sources), paths_(paths) {}

std::uint32_t PartialColumns::of(const Event& event, const EventColumns& columns) {
  std::uint32_t partial = 0;
  for (const Value& value : event.values) {
    std::uint32_t fed = fed_by(value.path, event.log_source) & ~partial;
    if (fed == 0 || value.kind == ValueKind::kNull) continue;
    text_.clear();
    append_value_text(text_, value);
    if (std::ranges::find(kSaysNothing, text_) != std::end(kSaysNothing)) continue;
    for (; fed != 0; fed &= fed - 1) {
      const auto column = static_cast<Column>(std::countr_zero(fed));
      if (!holds_text(column, columns)) partial |= column_bit(column);
    }
  }
  return partial;
}

std::uint32_t PartialColumns::fed_by(PathId path, LogSourceId log_source) {
  if (fed_.size() <= log_source) fed_.resize(log_source + 1);
  std::vector<std::uint32_t>& known = fed_[log_source];
  for (std::size_t next = known.size(); next <= path; ++next) {
    std::uint32_t fed = 0;
    const std::vector<std::string>& names = paths_.meaning(static_cast<PathId>(next)).names;
    for (const std::string& name : names) fed |= tables_.columns.fed_by(name);
    for (const auto& [in_rules, in_event] : log_sources_.get(log_source).aliases) {
      if (std::ranges::find(names, in_event) != names.end()) fed |= tables_.columns.fed_by(in_rules);
    }
    known.push_back(fed & kToldColumns);
  }
  return known[path];
}

/// Whether the column has the text at hand: as it is or, where its values are folded, but for the case.
bool PartialColumns::holds_text(Column column, const EventColumns& columns) {
  const std::string& held = columns.text(column);
  switch (column) {
    case Column::kSourcePort: return text_ == std::to_string(columns.source_port);
    case Column::kDestinationPort: return text_ == std::to_string(columns.destination_port);
    case Column::kSourceIp:
    case Column::kDestinationIp:
    case Column::kDomain:
      folded_.clear();
      append_folded(folded_, text_);
      return held == folded_ && is_valid_utf8(text_);
    default: return held == text_ && is_valid_utf8(text_);
  }
}

}  // namespace tocsin
