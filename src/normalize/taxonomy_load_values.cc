// The part `values` of a log source: which fields of rules are made of which fields of events, and how.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "normalize/taxonomy_load.h"

namespace tocsin {

void MappingLoader::add_values(const YamlNode& node, std::vector<DerivationId>& into) {
  if (!node.is_mapping()) return complain(node, "values must be a mapping of names in rules to what they are made of");
  for (const auto& [name, made] : node.entries) {
    if (!made.is_sequence()) {
      add_derivation(name.scalar, made, into);
      continue;
    }
    for (const YamlNode& one : made.items) add_derivation(name.scalar, one, into);
  }
}

void MappingLoader::add_derivation(const std::string& field, const YamlNode& node, std::vector<DerivationId>& into) {
  if (!node.is_mapping()) {
    return complain(
        node, fmt::format("'{}' must say what it is made of: from, and translate, replace_start, hex or join", field));
  }
  if (tables_->derivations.size() >= kDerivationsMax) {
    return complain(node, fmt::format("more than {} fields in 'values'", kDerivationsMax));
  }
  Derivation derivation = derivation_of(node);
  derivation.field = field;
  const int ways = (derivation.translate.empty() ? 0 : 1) + (derivation.replace_start.empty() ? 0 : 1) +
                   (derivation.hex.empty() ? 0 : 1);
  if (node.find("from") == nullptr) complain(node, fmt::format("'{}' lacks 'from', the fields of the event", field));
  if (ways > 1) complain(node, "only one of translate, replace_start and hex");
  if (derivation.from.size() > 1 && node.find("join") == nullptr) {
    complain(node, "several fields need 'join', what stands between them ('' for nothing)");
  }
  if (derivation.from.size() == 1 && node.find("join") != nullptr)
    complain(node, "'join' needs several fields in 'from'");
  if (derivation.from.size() == 1 && ways == 0) {
    complain(node,
             fmt::format("'{}' would be the same text: say translate, replace_start or hex, or use 'fields'", field));
  }
  into.push_back(static_cast<DerivationId>(tables_->derivations.size()));
  tables_->derivations.push_back(std::move(derivation));
}

Derivation MappingLoader::derivation_of(const YamlNode& node) {
  Derivation derivation;
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "from") {
      add_sources(value, derivation);
    } else if (key.scalar == "join") {
      if (!value.is_scalar()) complain(value, "join must be a text");
      derivation.join = value.scalar;
    } else if (key.scalar == "translate") {
      add_translations(value, derivation);
    } else if (key.scalar == "replace_start") {
      add_starts(value, derivation);
    } else if (key.scalar == "hex") {
      add_hex(value, derivation);
    } else {
      complain(key,
               fmt::format("'{}' is not a part of a value (from, join, translate, replace_start, hex)", key.scalar));
    }
  }
  return derivation;
}

void MappingLoader::add_sources(const YamlNode& node, Derivation& derivation) {
  for (const std::string& name : texts(node, "a field name")) {
    const auto fresh_id = static_cast<SourceFieldId>(tables_->source_field_ids.size());
    const auto [at, fresh] = tables_->source_field_ids.try_emplace(name, fresh_id);
    if (fresh && fresh_id >= kSourceFieldsMax) {
      tables_->source_field_ids.erase(at);
      return complain(node, fmt::format("values are made of more than {} fields", kSourceFieldsMax));
    }
    derivation.from.push_back(at->second);
  }
}

void MappingLoader::add_translations(const YamlNode& node, Derivation& derivation) {
  if (!node.is_mapping() || node.entries.empty()) {
    return complain(node, "translate must be a mapping of what events say to what rules ask");
  }
  for (const auto& [said, asked] : node.entries) {
    if (!asked.is_scalar()) {
      complain(asked, fmt::format("what '{}' becomes must be a text", said.scalar));
    } else if (!derivation.translate.try_emplace(folded(said.scalar), asked.scalar).second) {
      complain(said, fmt::format("'{}' stands here already, in another case", said.scalar));
    }
  }
}

void MappingLoader::add_starts(const YamlNode& node, Derivation& derivation) {
  if (!node.is_mapping() || node.entries.empty()) {
    return complain(node, "replace_start must be a mapping of beginnings to what stands there instead");
  }
  for (const auto& [start, with] : node.entries) {
    if (!with.is_scalar()) {
      complain(with, fmt::format("what '{}' becomes must be a text", start.scalar));
    } else {
      derivation.replace_start.emplace_back(start.scalar, with.scalar);
    }
  }
}

void MappingLoader::add_hex(const YamlNode& node, Derivation& derivation) {
  const std::size_t from = node.scalar.find('#');
  const std::size_t end = node.scalar.find_first_not_of('#', from);
  const std::size_t digits = std::min(end, node.scalar.size()) - std::min(from, node.scalar.size());
  const bool again = end != std::string::npos && node.scalar.find('#', end) != std::string::npos;
  if (!node.is_scalar() || digits == 0 || digits > kHexDigitsMax || again) {
    return complain(node,
                    fmt::format("hex must be a text with one run of 1 to {} '#', one for each digit", kHexDigitsMax));
  }
  derivation.hex = node.scalar;
}

}  // namespace tocsin
