#include "baseline/login_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/content.h"
#include "base/yaml.h"

namespace tocsin::baseline {

namespace {

constexpr std::string_view kFile = "baselines/logins.yml";
constexpr std::string_view kKeys[] = {"name", "of", "when", "but_not", "account", "address"};

/// A file that is read, for what is said of its mistakes.
class Reading {
 public:
  explicit Reading(std::string_view file) : file_(file) {}

  Error mistake(Position at, std::string_view what) const { return {Code::kInvalid, fmt::format("{}:{}:{}: {}", file_, at.line, at.column, what)}; }

  Result<std::vector<std::string>> texts(const YamlNode* list, const YamlNode& around, std::string_view what) const {
    if (list == nullptr || !list->is_sequence() || list->items.empty()) return mistake(list == nullptr ? around.at : list->at, fmt::format("{} must be a list", what));
    if (list->items.size() > kLoginNamesMax) return mistake(list->at, fmt::format("{} has more than {} entries", what, kLoginNamesMax));
    std::vector<std::string> texts;
    for (const YamlNode& item : list->items) {
      if (!item.is_scalar() || item.scalar.empty()) return mistake(item.at, fmt::format("{} must list texts", what));
      texts.push_back(item.scalar);
    }
    return texts;
  }

  Result<std::vector<LoginTable::Condition>> conditions(const YamlNode& node, std::string_view what) const {
    if (!node.is_mapping() || node.entries.empty()) return mistake(node.at, fmt::format("'{}' must map fields to lists of values", what));
    std::vector<LoginTable::Condition> all;
    for (const auto& [key, list] : node.entries) {
      std::vector<std::string> values = TRY(texts(&list, node, fmt::format("'{}' of '{}'", key.scalar, what)));
      for (std::string& value : values) std::ranges::transform(value, value.begin(), [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); });
      all.push_back({key.scalar, std::move(values)});
    }
    return all;
  }

  Result<LoginTable::Row> row(const YamlNode& node) const {
    if (!node.is_mapping()) return mistake(node.at, "a log-in must be a mapping");
    for (const auto& [key, value] : node.entries) {
      if (std::ranges::find(kKeys, key.scalar) == std::end(kKeys)) return mistake(key.at, fmt::format("'{}' is none of: {}", key.scalar, fmt::join(kKeys, ", ")));
    }
    LoginTable::Row row;
    row.name = node.text("name");
    if (row.name.empty()) return mistake(node.at, "a log-in needs a name");
    const YamlNode* const of = node.find("of");
    if (of != nullptr && of->is_mapping()) row.of = {std::string(of->text("product")), std::string(of->text("category")), std::string(of->text("service"))};
    if (row.of == LogSource{}) return mistake(of == nullptr ? node.at : of->at, fmt::format("'{}' must say of which log source ('of')", row.name));
    const YamlNode* const when = node.find("when");
    if (when == nullptr) return mistake(node.at, fmt::format("'{}' must say what a success is ('when')", row.name));
    row.when = TRY(conditions(*when, "when"));
    if (const YamlNode* const but_not = node.find("but_not")) row.but_not = TRY(conditions(*but_not, "but_not"));
    if (row.when.size() + row.but_not.size() > kLoginConditionsMax) return mistake(node.at, fmt::format("'{}' asks for more than {} fields", row.name, kLoginConditionsMax));
    row.account = TRY(texts(node.find("account"), node, "'account'"));
    row.address = TRY(texts(node.find("address"), node, "'address'"));
    return row;
  }

 private:
  const std::string_view file_;
};

}  // namespace

Result<LoginTable> LoginTable::read(std::string_view yaml, std::string_view file) {
  const Reading reading(file);
  const auto documents = parse_yaml(yaml);
  if (!documents) return reading.mistake(documents.error().at, documents.error().message);
  const YamlNode* const rows = documents->size() == 1 ? documents->front().find("logins") : nullptr;
  if (rows == nullptr || !rows->is_sequence()) return reading.mistake({1, 1}, "must be a mapping with the list 'logins'");
  if (rows->items.size() > kLoginRowsMax) return reading.mistake(rows->at, fmt::format("more than {} log-ins", kLoginRowsMax));
  LoginTable table;
  for (const YamlNode& node : rows->items) {
    Row row = TRY(reading.row(node));
    if (std::ranges::find(table.rows_, row.name, &Row::name) != table.rows_.end()) return reading.mistake(node.at, fmt::format("'{}' is there twice", row.name));
    table.rows_.push_back(std::move(row));
  }
  return table;
}

Result<LoginTable> LoginTable::shipped() {
  const auto file = std::ranges::find(content_files(), kFile, &ContentFile::name);
  if (file == content_files().end()) return Error{Code::kNotFound, "the table of log-ins is not built in"};
  return read(file->text, fmt::format("content/{}", kFile));
}

}  // namespace tocsin::baseline
