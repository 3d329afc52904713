#include "baseline/baseline_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/content.h"
#include "base/hash.h"
#include "base/yaml.h"

namespace tocsin::baseline {

namespace {

constexpr std::string_view kFile = "baselines/fields.yml";

Error mistake(std::string_view file, Position at, std::string_view what) { return {Code::kInvalid, fmt::format("{}:{}:{}: {}", file, at.line, at.column, what)}; }

Result<std::vector<std::string>> names_of(const YamlNode* list, std::string_view file, const YamlNode& around) {
  if (list == nullptr || !list->is_sequence() || list->items.empty()) return mistake(file, around.at, "must list fields, the best first");
  std::vector<std::string> names;
  for (const YamlNode& item : list->items) {
    if (!item.is_scalar() || item.scalar.empty()) return mistake(file, item.at, "must be the name of a field");
    if (names.size() >= 64) return mistake(file, item.at, "more than 64 fields");
    names.push_back(item.scalar);
  }
  return names;
}

BaselineFields::Part part_named(std::string_view name) {
  using Part = BaselineFields::Part;
  return name == "process" ? Part::kProcess : name == "source_address" ? Part::kSourceAddress : name == "destination" ? Part::kDestination : Part::kOther;
}

}  // namespace

Result<BaselineFields> BaselineFields::read(std::string_view yaml, std::string_view file) {
  const auto documents = parse_yaml(yaml);
  if (!documents) return mistake(file, documents.error().at, documents.error().message);
  if (documents->size() != 1 || !documents->front().is_mapping()) return mistake(file, {1, 1}, "must be one mapping of host, account and fields");
  const YamlNode& root = documents->front();
  BaselineFields all;
  all.host_ = TRY(names_of(root.find("host"), file, root));
  all.account_ = TRY(names_of(root.find("account"), file, root));
  const YamlNode* const rows = root.find("fields");
  if (rows == nullptr || !rows->is_sequence()) return mistake(file, root.at, "'fields' must be a list");
  for (const YamlNode& row : rows->items) {
    Field field;
    field.name = row.text("name");
    if (field.name.empty()) return mistake(file, row.at, "a field needs a name");
    if (all.fields_.size() >= kFieldRowsMax) return mistake(file, row.at, fmt::format("more than {} rows", kFieldRowsMax));
    if (const YamlNode* const of = row.find("of")) field.of = {std::string(of->text("product")), std::string(of->text("category")), std::string(of->text("service"))};
    field.from = TRY(names_of(row.find("from"), file, row));
    field.id = hash_bytes(field.name, kFieldRowsMax);
    field.part = part_named(field.name);
    all.fields_.push_back(std::move(field));
  }
  return all;
}

Result<BaselineFields> BaselineFields::shipped() {
  const auto file = std::ranges::find(content_files(), kFile, &ContentFile::name);
  if (file == content_files().end()) return Error{Code::kNotFound, "the table of what baselines learn is not built in"};
  BaselineFields all = TRY(read(file->text, fmt::format("content/{}", kFile)));
  all.logins_ = TRY(LoginTable::shipped());
  return all;
}

}  // namespace tocsin::baseline
