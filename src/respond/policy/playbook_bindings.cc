#include "respond/policy/playbook_bindings.h"

#include <fmt/format.h>

#include <algorithm>

#include "event/attack_stages.h"
#include "event/entity_names.h"

namespace tocsin::respond {

namespace {

constexpr std::size_t kMistakesMax = 50;

/// Which types of CACAO's variables take the name of an entity. An address of either family may come; which one the variable takes is seen when it does.
bool fits(EntityType entity, std::string_view type) {
  if (type == "string") return true;
  switch (entity) {
    case EntityType::kIp: return type == "ipv4-addr" || type == "ipv6-addr";
    case EntityType::kUrl: return type == "uri";
    case EntityType::kHash: return type == "hash" || type == "hexstring" || type == "md5-hash" || type == "sha256-hash";
    default: return false;
  }
}

class Mistakes {
 public:
  explicit Mistakes(const std::string& file) : file_(file) {}
  void add(Position at, std::string_view what) {
    if (++count_ <= kMistakesMax) text_ += fmt::format("{}{}:{}:{}: {}", text_.empty() ? "" : "\n", file_, at.line, at.column, what);
  }
  Status status() { return text_.empty() ? Status() : Status(Error{Code::kInvalid, std::move(text_)}); }

 private:
  const std::string& file_;
  std::string text_;
  std::size_t count_ = 0;
};

class BindingsReader {
 public:
  explicit BindingsReader(const std::string& file) : mistakes_(file) {}

  Result<PlaybookBindings> read(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) {
      mistakes_.add(documents.error().at, documents.error().message);
    } else if (documents->size() != 1 || !documents->front().is_mapping()) {
      mistakes_.add({1, 1}, "bindings are one YAML mapping of bindings, description and playbooks");
    } else {
      read_all(documents->front());
    }
    TRY(mistakes_.status());
    return std::move(bindings_);
  }

 private:
  void read_all(const YamlNode& all) {
    for (const auto& [key, value] : all.entries) {
      if (key.scalar == "bindings") {
        bindings_.name = value.scalar;
      } else if (key.scalar == "playbooks" && value.is_sequence()) {
        if (value.items.size() > kBindingsMax) return mistakes_.add(value.at, fmt::format("more than {} bindings", kBindingsMax));
        for (const YamlNode& item : value.items) read_binding(item);
      } else if (key.scalar == "playbooks") {
        mistakes_.add(value.at, "playbooks is a list");
      } else if (key.scalar != "description") {
        mistakes_.add(key.at, fmt::format("'{}' is not a part of bindings (bindings, description, playbooks)", key.scalar));
      }
    }
    if (bindings_.name.empty()) mistakes_.add({1, 1}, "the bindings have no name; give them one with bindings: NAME");
  }

  void read_binding(const YamlNode& node) {
    PlaybookBinding binding;
    binding.at = node.at;
    if (!node.is_mapping()) return mistakes_.add(node.at, "a binding is a mapping of playbook, for and variables");
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "playbook") {
        binding.playbook = value.scalar;
      } else if (key.scalar == "for") {
        read_occasion(value, binding);
      } else if (key.scalar == "variables") {
        read_variables(value, binding);
      } else {
        mistakes_.add(key.at, fmt::format("'{}' is not a part of a binding (playbook, for, variables)", key.scalar));
      }
    }
    if (!binding.playbook.starts_with("playbook--")) mistakes_.add(node.at, "say which playbook: its identifier, playbook: playbook--UUID");
    if (node.find("for") == nullptr) mistakes_.add(node.at, "say what starts it: for: {rules: […], tags: […], stages: […]}");
    bindings_.bindings.push_back(std::move(binding));
  }

  void read_occasion(const YamlNode& node, PlaybookBinding& binding) {
    if (!node.is_mapping() || node.entries.empty()) return mistakes_.add(node.at, "for is a mapping of rules, tags and stages");
    for (const auto& [key, value] : node.entries) {
      std::vector<std::string>* const names = key.scalar == "rules" ? &binding.rules : key.scalar == "tags" ? &binding.tags : key.scalar == "stages" ? &binding.stages : nullptr;
      if (names == nullptr) {
        mistakes_.add(key.at, fmt::format("'{}' is not a part of for (rules, tags, stages)", key.scalar));
      } else {
        read_names(key.scalar, value, *names);
      }
    }
  }

  void read_names(const std::string& kind, const YamlNode& node, std::vector<std::string>& names) {
    if (!node.is_sequence() || node.items.empty()) return mistakes_.add(node.at, fmt::format("{} is a list with something in it", kind));
    if (node.items.size() > kBoundNamesMax) return mistakes_.add(node.at, fmt::format("more than {} {}", kBoundNamesMax, kind));
    for (const YamlNode& item : node.items) {
      if (!item.is_scalar() || item.scalar.empty()) {
        mistakes_.add(item.at, "a text is wanted here");
      } else if (kind == "stages" && tactic_named(item.scalar) == nullptr) {
        mistakes_.add(item.at, fmt::format("'{}' is no stage: a tactic of ATT&CK, such as lateral-movement", item.scalar));
      } else if (const auto [first, is_new] = bound_.emplace(std::pair(kind, item.scalar), item.at); !is_new) {
        mistakes_.add(item.at, fmt::format("'{}' is bound on line {} already: it would start two playbooks", item.scalar, first->second.line));
      } else {
        names.push_back(item.scalar);
      }
    }
  }

  void read_variables(const YamlNode& node, PlaybookBinding& binding) {
    if (!node.is_mapping()) return mistakes_.add(node.at, "variables is a mapping of __name__ to an entity");
    if (node.entries.size() > kBoundNamesMax) return mistakes_.add(node.at, fmt::format("more than {} variables", kBoundNamesMax));
    for (const auto& [key, value] : node.entries) {
      const EntityType type = entity_named(value.scalar);
      if (type == EntityType::kNone) mistakes_.add(value.at, fmt::format("'{}' is no entity ({})", value.scalar, kEntityNameList));
      if (key.scalar.size() < 5 || !key.scalar.starts_with("__") || !key.scalar.ends_with("__")) mistakes_.add(key.at, fmt::format("'{}' is no variable: __name__", key.scalar));
      binding.variables[key.scalar] = type;
    }
  }

  Mistakes mistakes_;
  PlaybookBindings bindings_;
  std::map<std::pair<std::string, std::string>, Position> bound_;
};

bool is_in(const std::vector<std::string>& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

const PlaybookBinding* PlaybookBindings::find(std::string_view rule, std::span<const std::string> tags, std::span<const std::string> stages) const {
  const auto first = [&](std::vector<std::string> PlaybookBinding::*names, std::string_view said) -> const PlaybookBinding* {
    const auto found = std::ranges::find_if(bindings, [&](const PlaybookBinding& one) { return is_in(one.*names, said); });
    return found == bindings.end() ? nullptr : &*found;
  };
  if (const PlaybookBinding* const found = first(&PlaybookBinding::rules, rule)) return found;
  for (const auto& [names, all] : {std::pair(&PlaybookBinding::tags, tags), std::pair(&PlaybookBinding::stages, stages)}) {
    for (const std::string& one : all) {
      if (const PlaybookBinding* const found = first(names, one)) return found;
    }
  }
  return nullptr;
}

Result<PlaybookBindings> read_playbook_bindings(const std::string& file, std::string_view text) { return BindingsReader(file).read(text); }

Status check_bindings(const std::string& file, const PlaybookBindings& bindings, std::span<const BindablePlaybook> playbooks) {
  Mistakes mistakes(file);
  for (const PlaybookBinding& binding : bindings.bindings) {
    const auto is_it = [&](const BindablePlaybook& one) { return one.id == binding.playbook; };
    const auto found = std::ranges::find_if(playbooks, is_it);
    if (found == playbooks.end()) {
      mistakes.add(binding.at, fmt::format("{} is none of the playbooks that there are", binding.playbook));
      continue;
    }
    if (std::ranges::count_if(playbooks, is_it) > 1) mistakes.add(binding.at, fmt::format("there are two playbooks {}: which one is meant?", binding.playbook));
    for (const auto& [name, external] : found->externals) {
      if (!external.has_value && !binding.variables.contains(name)) mistakes.add(binding.at, fmt::format("the playbook needs {} ({}), and nothing is bound to it: variables: {{{}: …}}", name, external.type, name));
    }
    for (const auto& [name, entity] : binding.variables) {
      const auto external = found->externals.find(name);
      if (external == found->externals.end()) {
        mistakes.add(binding.at, fmt::format("the playbook has no external variable {}", name));
      } else if (!fits(entity, external->second.type)) {
        mistakes.add(binding.at, fmt::format("{} is of type {}, which no {} is", name, external->second.type, entity_name(entity)));
      }
    }
  }
  return mistakes.status();
}

}  // namespace tocsin::respond
