#include "projection_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "format_table.h"

namespace tocsin::ocsf {

namespace {

std::string part(const std::string& text) { return text.empty() ? "" : " " + text; }

/// Product, category and service of the first source; products alone would put too much into one row.
std::string name_of(const LogSourceClass& log_source) {
  if (log_source.sources.empty()) return "not recognised";
  const LogSource& source = log_source.sources.front();
  const std::string name = source.product + part(source.category) + part(source.service);
  return name.starts_with(' ') ? name.substr(1) : name;
}

}  // namespace

void ProjectionTable::add(const LogSourceClass& log_source, const Event& event, const OcsfProjector& projector) {
  Row& row = rows_[name_of(log_source)];
  const OcsfRule& rule = projector.taken();
  ++row.events;
  row.values += static_cast<std::size_t>(std::ranges::count(event.values, false, &Value::derived));
  row.mapped += projector.mapped();
  if (rule.shape->uid == 0) return;
  ++row.with_class;
  row.classes.insert(rule.shape->name);
  add_attributes(rule, row.attributes);
}

std::string ProjectionTable::put_into(const std::string& page) const {
  std::string table = "| log source | events | no Base Event | classes | attributes mapped | values with a place |\n|---|---|---|---|---|---|\n";
  for (const auto& [name, row] : rows_) {
    std::string classes;
    for (const std::string& each : row.classes) classes += (classes.empty() ? "" : ", ") + each;
    table += fmt::format("| {} | {} | {} % | {} | {} | {} % |\n", name, row.events, 100 * row.with_class / row.events, classes.empty() ? "–" : classes,
                         row.attributes.size(), 100 * row.mapped / std::max<std::size_t>(row.values, 1));
  }
  return put_table(page, "table", table);
}

}  // namespace tocsin::ocsf
