#include "format_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::ocsf {

void FormatTable::add(const std::string& format, std::size_t weight, const Event& event, const OcsfProjector& projector) {
  Row& row = rows_[format];
  ++row.kinds;
  row.weight += weight;
  row.values += static_cast<std::size_t>(std::ranges::count(event.values, false, &Value::derived));
  row.mapped += projector.mapped();
  const OcsfRule& rule = projector.taken();
  if (rule.shape->uid == 0) return;
  ++row.kinds_with_class;
  row.weight_with_class += weight;
  row.classes.insert(rule.shape->name);
  add_attributes(rule, row.attributes);
}

std::string FormatTable::put_into(const std::string& page) const {
  std::string table = "| format | kinds | with a class | of a usual stream | classes | attributes mapped | values with a place |\n|---|---|---|---|---|---|---|\n";
  for (const auto& [name, row] : rows_) {
    table += fmt::format("| {} | {} | {} | {:.1f} % | {} | {} | {} % |\n", name, row.kinds, row.kinds_with_class, row.share(), fmt::join(row.classes, ", "),
                         row.attributes.size(), 100 * row.mapped / std::max<std::size_t>(row.values, 1));
  }
  return put_table(page, "formats", table);
}

void add_attributes(const OcsfRule& rule, std::set<std::string>& attributes) {
  for (const OcsfNode& node : rule.nodes) {
    if (node.what != OcsfNode::What::kObject && !node.path.empty()) attributes.insert(node.path);
  }
}

std::string put_table(const std::string& page, const std::string& name, const std::string& table) {
  const std::string begin = "<!-- " + name + " -->\n", end = "<!-- end of " + name + " -->\n";
  const std::size_t from = page.find(begin), to = page.find(end);
  if (from == std::string::npos || to == std::string::npos) return page + begin + "\n" + table + "\n" + end;
  return page.substr(0, from + begin.size()) + "\n" + table + "\n" + page.substr(to);
}

}  // namespace tocsin::ocsf
