#include "normalize/context_reader.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin {

namespace {

/// What columns say of a role where no field of its own does.
struct RoleColumn {
  ContextRole role;
  Column column;
};
constexpr RoleColumn kRoleColumns[] = {
    {ContextRole::kHost, Column::kHost},
    {ContextRole::kActorName, Column::kUser},
    {ContextRole::kProcessPath, Column::kProcess},
    {ContextRole::kProcessCommandLine, Column::kCommandLine},
    {ContextRole::kParentPath, Column::kParentProcess},
    {ContextRole::kSourceIp, Column::kSourceIp},
    {ContextRole::kDestinationIp, Column::kDestinationIp},
};

/// Not within a character.
void cut(std::string& text) {
  if (text.size() <= kContextBytesMax) return;
  std::size_t end = kContextBytesMax;
  while (end > kContextBytesMax - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

}  // namespace

ContextReader::ContextReader(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths)
    : tables_(taxonomy.tables()), log_sources_(log_sources), paths_(paths), column_reader_(taxonomy, paths) {}

void ContextReader::read(const Event& event, std::vector<AlertContext>& context) {
  context.clear();
  collect(event);
  column_reader_.read(event, columns_);
  for (std::size_t role = 0; role < kContextRoles; ++role) {
    if (const Best& best = best_[role]; best.value != nullptr) {
      says(*best.value);
      context.push_back({static_cast<ContextRole>(role), *best.field, text_});
      cut(context.back().value);
      continue;
    }
    const auto column = std::ranges::find(kRoleColumns, static_cast<ContextRole>(role), &RoleColumn::role);
    if (column == std::end(kRoleColumns) || columns_.text(column->column).empty()) continue;
    context.push_back({static_cast<ContextRole>(role), std::string(column_reader_.field_of(column->column)), columns_.text(column->column)});
    cut(context.back().value);
  }
}

void ContextReader::collect(const Event& event) {
  best_.fill({});
  const LogSourceClass& log_source = log_sources_.get(event.log_source);
  for (const Value& value : event.values) {
    if (value.kind == ValueKind::kNull) continue;
    const std::vector<std::string>& names = paths_.meaning(value.path).names;
    for (const std::string& name : names) offer(name, value, event);
    for (const auto& [in_rules, in_event] : log_source.aliases) {
      if (std::ranges::find(names, in_event) != names.end()) offer(in_rules, value, event);
    }
  }
}

void ContextReader::offer(const std::string& name, const Value& value, const Event& event) {
  const auto known = tables_.context.find(name);
  if (known == tables_.context.end()) return;
  for (const ContextEntry& entry : known->second) {
    Best& best = best_[static_cast<std::size_t>(entry.role)];
    if (best.value != nullptr && best.preference <= entry.preference) continue;
    if (!says(value) || (!entry.beside.empty() && !has_field(entry.beside, event))) continue;
    best = {&value, &known->first, entry.preference};
  }
}

bool ContextReader::has_field(const std::string& name, const Event& event) const {
  return std::ranges::any_of(event.values, [&](const Value& value) {
    return value.kind != ValueKind::kNull && std::ranges::find(paths_.meaning(value.path).names, name) != paths_.meaning(value.path).names.end();
  });
}

/// Leaves its text in text_.
bool ContextReader::says(const Value& value) {
  text_.clear();
  append_value_text(text_, value);
  return std::ranges::find(kSaysNothing, text_) == std::end(kSaysNothing);
}

}  // namespace tocsin
