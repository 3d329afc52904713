// The part `context` of the mappings: for each role of an alert's context, the fields that say it, in order of preference.
#include <fmt/format.h>

#include <algorithm>

#include "normalize/taxonomy_load.h"

namespace tocsin {

void MappingLoader::add_context(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "context must be a mapping of roles to lists of fields");
  for (const auto& [name, fields] : node.entries) {
    const auto at = std::ranges::find(kContextRoleNames, name.scalar);
    if (at == kContextRoleNames.end()) {
      complain(name, fmt::format("'{}' is not a role ({})", name.scalar, fmt::join(kContextRoleNames, ", ")));
    } else if (!fields.is_sequence() || fields.items.empty()) {
      complain(fields, fmt::format("'{}' must be a list of fields, the best first", name.scalar));
    } else {
      for (const YamlNode& item : fields.items) add_context_entry(static_cast<ContextRole>(at - kContextRoleNames.begin()), item);
    }
  }
}

void MappingLoader::add_context_entry(ContextRole role, const YamlNode& node) {
  const YamlNode* const name = node.is_mapping() ? node.find("field") : &node;
  const YamlNode* const beside = node.is_mapping() ? node.find("beside") : nullptr;
  const bool sound = name != nullptr && name->is_scalar() && (!node.is_mapping() || (node.entries.size() == 2 && beside != nullptr && beside->is_scalar()));
  if (!sound) return complain(node, "must be a field name, or a mapping of field and beside");
  if (context_entries_ >= kContextEntriesMax) return complain(node, fmt::format("more than {} fields in 'context'", kContextEntriesMax));
  std::vector<ContextEntry>& known = tables_->context[name->scalar];
  const auto same = [&](const ContextEntry& entry) { return entry.role == role; };
  if (std::ranges::any_of(known, same)) return complain(node, fmt::format("'{}' is a field of this role already", name->scalar));
  known.push_back({role, context_entries_++, beside != nullptr ? beside->scalar : ""});
}

}  // namespace tocsin
