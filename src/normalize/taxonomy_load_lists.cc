// The part `naming.lists`: lists in which names stand beside values (named_lists.h).
#include <fmt/format.h>

#include "normalize/taxonomy_load.h"

namespace tocsin {

void MappingLoader::add_lists(const YamlNode& node) {
  if (!node.is_sequence()) return complain(node, "lists must be a list of {at: path, name: key, value: key}");
  for (const YamlNode& item : node.items) add_list(item);
}

void MappingLoader::add_list(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "a list must be a mapping of at, name, value, also, others and unquote");
  NamedList list;
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "at" || key.scalar == "name") {
      if (!value.is_scalar() || value.scalar.empty()) complain(value, fmt::format("{} must be a text", key.scalar));
      (key.scalar == "at" ? list.at : list.name) = value.scalar;
    } else if (key.scalar == "value") {
      list.values = texts(value, "a key");
    } else if (key.scalar == "also") {
      list.also = texts(value, "a key");
    } else if (key.scalar == "others") {
      list.others = texts(value, "a key");
    } else if (key.scalar == "unquote") {
      if (value.scalar != "true" && value.scalar != "false") complain(value, "unquote must be true or false");
      list.unquote = value.scalar == "true";
    } else {
      complain(key, fmt::format("'{}' is not a part of a list (at, name, value, also, others, unquote)", key.scalar));
    }
  }
  if (list.at.empty() || list.name.empty() || list.values.empty()) {
    return complain(node, "a list needs 'at' (its path), 'name' (the key of the name) and 'value' (the keys of values)");
  }
  if (tables_->naming.lists.size() >= kNamedListsMax) return complain(node, fmt::format("more than {} lists in naming", kNamedListsMax));
  tables_->naming.lists.push_back(std::move(list));
}

}  // namespace tocsin
