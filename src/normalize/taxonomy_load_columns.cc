// The part `columns` of the mappings: for each column, the fields that fill it, in order of preference.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "normalize/taxonomy_load.h"

namespace tocsin {

void MappingLoader::add_columns(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "columns must be a mapping of columns to lists of fields");
  for (const auto& [name, fields] : node.entries) {
    const auto at = std::ranges::find(kColumnNames, name.scalar);
    if (at == kColumnNames.end()) {
      complain(name, fmt::format("'{}' is not a column ({})", name.scalar, fmt::join(kColumnNames, ", ")));
      continue;
    }
    if (!fields.is_sequence() || fields.items.empty()) {
      complain(fields, fmt::format("'{}' must be a list of fields, the best first", name.scalar));
      continue;
    }
    const auto column = static_cast<Column>(at - kColumnNames.begin());
    for (const YamlNode& item : fields.items) add_column_entry(column, item);
  }
}

void MappingLoader::add_column_entry(Column column, const YamlNode& node) {
  const YamlNode* const name = node.is_mapping() ? node.find("field") : &node;
  if (name == nullptr || !name->is_scalar()) {
    return complain(node, "must be a field name, or a mapping of field and when, for outcome also values and else");
  }
  ColumnEntry entry = column_entry_of(column, node);
  entry.field = column_field(*name);
  if (entry.field < 0 || fills_already(column, entry, *name)) return;
  std::vector<ColumnEntry>& entries = tables_->columns.entries[static_cast<std::size_t>(column)];
  if (entries.size() >= kColumnEntriesMax) {
    return complain(node, fmt::format("more than {} fields for one column", kColumnEntriesMax));
  }
  const ColumnEntryId id = ColumnTables::entry_id(column, entries.size());
  tables_->columns.fields[static_cast<std::size_t>(entry.field)].entries.push_back(id);
  entries.push_back(std::move(entry));
}

ColumnEntry MappingLoader::column_entry_of(Column column, const YamlNode& node) {
  ColumnEntry entry;
  for (const auto& [key, value] : node.entries) {
    const bool of_outcome = key.scalar == "values" || key.scalar == "else";
    if (of_outcome && column != Column::kOutcome) {
      complain(key, fmt::format("only outcome has '{}'", key.scalar));
    } else if (key.scalar == "when") {
      entry.when = column_conditions_of(value);
    } else if (key.scalar == "values") {
      add_outcomes(value, entry);
    } else if (key.scalar == "else") {
      entry.other_outcome = outcome_of(value);
    } else if (key.scalar != "field") {
      complain(key, fmt::format("'{}' is not a part of a column's field (field, when, values, else)", key.scalar));
    }
  }
  if (column != Column::kOutcome || node.is_mapping()) return entry;
  for (std::size_t i = 1; i < kOutcomeNames.size(); ++i) {
    entry.outcomes.emplace(kOutcomeNames[i], static_cast<Outcome>(i));
  }
  return entry;
}

std::vector<ColumnCondition> MappingLoader::column_conditions_of(const YamlNode& node) {
  std::vector<ColumnCondition> conditions;
  if (!node.is_mapping() || node.entries.empty()) {
    complain(node, "when must be a mapping of field names to values");
    return conditions;
  }
  for (const auto& [name, wanted] : node.entries) {
    const YamlNode* const unwanted = wanted.is_mapping() && wanted.entries.size() == 1 ? wanted.find("not") : nullptr;
    ColumnCondition condition{column_field(name), {}, unwanted != nullptr};
    const YamlNode& values = unwanted != nullptr ? *unwanted : wanted;
    for (const std::string& text : texts(values, "a value")) condition.any_of.emplace_back(text);
    if (condition.field >= 0) conditions.push_back(std::move(condition));
  }
  return conditions;
}

void MappingLoader::add_outcomes(const YamlNode& node, ColumnEntry& entry) {
  if (!node.is_mapping() || node.entries.empty()) {
    return complain(node, "values must be a mapping of what events say to success, failure or unknown");
  }
  for (const auto& [said, outcome] : node.entries) {
    if (!entry.outcomes.try_emplace(folded(said.scalar), outcome_of(outcome)).second) {
      complain(said, fmt::format("'{}' stands here already, in another case", said.scalar));
    }
  }
}

Outcome MappingLoader::outcome_of(const YamlNode& node) {
  const auto at = std::ranges::find(kOutcomeNames, node.scalar);
  if (node.is_scalar() && !node.scalar.empty() && at != kOutcomeNames.end()) {
    return static_cast<Outcome>(at - kOutcomeNames.begin());
  }
  complain(node, "must be success, failure or unknown");
  return Outcome::kNone;
}

/// -1 if there are too many.
ColumnFieldId MappingLoader::column_field(const YamlNode& name) {
  ColumnTables& columns = tables_->columns;
  const auto fresh_id = static_cast<ColumnFieldId>(columns.fields.size());
  const auto [at, fresh] = columns.field_ids.try_emplace(name.scalar, fresh_id);
  if (!fresh) return at->second;
  if (columns.fields.size() >= kColumnFieldsMax) {
    columns.field_ids.erase(at);
    complain(name, fmt::format("more than {} fields in 'columns'", kColumnFieldsMax));
    return -1;
  }
  columns.fields.push_back({name.scalar, {}});
  return fresh_id;
}

/// Without `when` a field fills one column, besides telling the outcome; with it, as many as there are conditions. What
/// comes after a field without `when` in the same column would never be reached.
bool MappingLoader::fills_already(Column column, const ColumnEntry& entry, const YamlNode& node) {
  const ColumnTables& columns = tables_->columns;
  for (const ColumnEntryId id : columns.fields[static_cast<std::size_t>(entry.field)].entries) {
    const Column other = ColumnTables::column_of(id);
    const bool one_is_outcome = (column == Column::kOutcome) != (other == Column::kOutcome);
    if (!columns.entry(id).when.empty() || one_is_outcome || (other != column && !entry.when.empty())) continue;
    complain(node, fmt::format("'{}' fills {} already", node.scalar, kColumnNames[static_cast<std::size_t>(other)]));
    return true;
  }
  return false;
}

}  // namespace tocsin
