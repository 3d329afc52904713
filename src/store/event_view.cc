#include "store/event_view.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin::store {

namespace {

std::string port_text(std::int32_t port) { return port == EventColumns::kNoPort ? std::string() : std::to_string(port); }

}  // namespace

void EventView::set(const EventRow& row) {
  row_ = row;
  id_.assign(row.source).append(":").append(std::to_string(row.sequence));
  time_ = format_time(time());
  source_port_ = port_text(row.columns->source_port);
  destination_port_ = port_text(row.columns->destination_port);
  if (row.log_source != log_source_) {
    log_source_ = row.log_source;
    parts_ = log_source_ == nullptr ? LogSourceParts() : parts_of(*log_source_);
  }
  native_.clear();
}

TimeUs EventView::time() const { return row_.columns->time == kNoTime ? row_.received : row_.columns->time; }

void EventView::column_values(const QueryColumn& column, std::vector<std::string_view>& out) const {
  const auto add = [&](std::string_view value) {
    if (!value.empty()) out.push_back(value);
  };
  const auto add_all = [&](const std::vector<std::string>& values) { out.insert(out.end(), values.begin(), values.end()); };
  if (column.name == "time") return add(time_);
  if (column.name == "id") return add(id_);
  if (column.name == "raw") return out.push_back(row_.raw);
  if (column.name == "source") return out.push_back(row_.source);
  if (column.name == "product") return add_all(parts_.products);
  if (column.name == "category") return add_all(parts_.categories);
  if (column.name == "service") return add_all(parts_.services);
  if (column.name == "hash") return add_all(row_.columns->hashes);
  if (column.name == "source_port") return add(source_port_);
  if (column.name == "destination_port") return add(destination_port_);
  const auto at = std::ranges::find(kColumnNames, column.name);
  if (at != kColumnNames.end()) add(row_.columns->texts[static_cast<std::size_t>(at - kColumnNames.begin())]);
}

void EventView::values(const QueryField& field, std::vector<std::string_view>& out) const {
  if (field.column != nullptr) return column_values(*field.column, out);
  std::vector<std::optional<std::string>>& values = native_.emplace_back();
  fields_.values(row_.raw, field.name, values);
  for (const std::optional<std::string>& value : values) {
    if (value) out.push_back(*value);
  }
}

std::string_view EventView::first(const QueryColumn& column) const {
  std::vector<std::string_view> values;
  column_values(column, values);
  return values.empty() ? std::string_view() : values.front();
}

void EventView::append_json(std::string& out) const {
  std::vector<std::string_view> values;
  out += '{';
  for (const QueryColumn& column : kQueryColumns) {
    values.clear();
    column_values(column, values);
    if (values.empty()) continue;
    if (out.back() != '{') out += ',';
    out.append("\"").append(column.name).append("\":");
    const bool is_list = column.type == ColumnType::kTextList, is_text = column.type != ColumnType::kInteger;
    if (is_list) out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      if (is_text) out += '"';
      append_json_escaped(out, values[i]);
      if (is_text) out += '"';
    }
    if (is_list) out += ']';
  }
  out += '}';
}

}  // namespace tocsin::store
