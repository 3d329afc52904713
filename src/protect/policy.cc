#include "protect/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/content.h"
#include "base/text.h"
#include "base/yaml.h"
#include "event/entity_names.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

constexpr std::string_view kFolder = "policies/", kEnd = ".yml";
constexpr std::array<std::string_view, 6> kActions = {"keep", "mask", "hash", "delete", "tokenize", "prefix"};

class PolicyReader {
 public:
  explicit PolicyReader(const std::string& file) : file_(file) {}

  Result<Policy> read(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) return mistake(documents.error().at, documents.error().message);
    if (documents->size() != 1 || !documents->front().is_mapping()) return mistake({1, 1}, "a policy is one YAML mapping of policy, description, rules and mentions");
    for (const auto& [key, value] : documents->front().entries) {
      if (key.scalar == "policy") {
        policy_.name = value.scalar;
      } else if (key.scalar == "description") {
        policy_.description = value.scalar;
      } else if (key.scalar == "mentions") {
        policy_.mentions = TRY(texts(value));
      } else if (key.scalar == "rules") {
        TRY(read_rules(value));
      } else {
        return mistake(key.at, fmt::format("'{}' is not a part of a policy (policy, description, rules, mentions)", key.scalar));
      }
    }
    if (policy_.name.empty()) return mistake({1, 1}, "the policy has no name; give it one with policy: NAME");
    return std::move(policy_);
  }

 private:
  Error mistake(Position at, const std::string& what) const { return {Code::kInvalid, fmt::format("{}:{}:{}: {}", file_, at.line, at.column, what)}; }

  Result<std::vector<std::string>> texts(const YamlNode& node) const {
    std::vector<std::string> out;
    if (node.is_scalar()) out.push_back(node.scalar);
    for (const YamlNode& item : node.items) {
      if (!item.is_scalar()) return mistake(item.at, "a text is wanted here");
      out.push_back(item.scalar);
    }
    if (out.empty()) return mistake(node.at, "a text, or a list of texts, is wanted here");
    return out;
  }

  Status read_rules(const YamlNode& node) {
    if (!node.is_sequence()) return mistake(node.at, "rules must be a list");
    if (node.items.size() > kPolicyRulesMax) return mistake(node.at, fmt::format("more than {} rules", kPolicyRulesMax));
    for (const YamlNode& item : node.items) TRY(read_rule(item));
    return {};
  }

  Status read_rule(const YamlNode& node) {
    if (!node.is_mapping()) return mistake(node.at, "a rule is a mapping: what it is about (field, entity, class), and action");
    PolicyRule rule;
    bool has_action = false;
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "action") {
        const auto found = std::ranges::find(kActions, value.scalar);
        if (found == kActions.end()) return mistake(value.at, fmt::format("'{}' is no action (keep, mask, hash, delete, tokenize, prefix)", value.scalar));
        rule.action = static_cast<Action>(found - kActions.begin());
        has_action = true;
      } else {
        TRY(read_part(key, value, rule));
      }
    }
    if (!has_action) return mistake(node.at, "the rule has no action");
    if (rule.forget_after_days > 0 && rule.action != Action::kTokenize) return mistake(node.at, "forget_after_days is for tokens alone: action tokenize");
    if (rule.fields.empty() && rule.entities.empty() && rule.kinds.none()) return mistake(node.at, "the rule is about nothing; say field, entity or class");
    if (rule.action == Action::kPrefix && !is_of_addresses(rule)) return mistake(node.at, "prefix is for addresses alone: entity ip, class IP, or a field");
    policy_.rules.push_back(std::move(rule));
    return {};
  }

  static bool is_of_addresses(const PolicyRule& rule) {
    const bool entities = std::ranges::all_of(rule.entities, [](EntityType type) { return type == EntityType::kIp; });
    std::bitset<kKinds> others = rule.kinds;
    others.reset(static_cast<std::size_t>(Kind::kIp));
    return entities && others.none();
  }

  Status read_part(const YamlNode& key, const YamlNode& value, PolicyRule& rule) {
    if (key.scalar == "log_source") return read_log_source(value, rule.log_source);
    if (key.scalar == "forget_after_days") return read_days(value, rule.forget_after_days);
    const std::vector<std::string> said = TRY(texts(value));
    if (key.scalar == "field") {
      rule.fields = said;
    } else if (key.scalar == "source") {
      rule.sources = said;
    } else if (key.scalar == "except") {
      for (const std::string& text : said) rule.except.push_back(folded(text));
    } else if (key.scalar == "entity") {
      for (const std::string& text : said) {
        const EntityType type = entity_named(text);
        if (type == EntityType::kNone) return mistake(value.at, fmt::format("'{}' is no entity ({})", text, kEntityNameList));
        rule.entities.push_back(type);
      }
    } else if (key.scalar == "class") {
      for (const std::string& text : said) TRY(read_kind(value, text, rule));
    } else {
      return mistake(key.at, fmt::format("'{}' is not a part of a rule (field, entity, class, source, log_source, except, action, forget_after_days)", key.scalar));
    }
    return {};
  }

  Status read_days(const YamlNode& node, std::uint32_t& days) const {
    const char* const end = node.scalar.data() + node.scalar.size();
    const auto [rest, error] = std::from_chars(node.scalar.data(), end, days);
    if (node.is_scalar() && error == std::errc() && rest == end && days > 0 && days <= kForgetAfterDaysMax) return {};
    return mistake(node.at, fmt::format("a number of days is wanted here, 1 to {}", kForgetAfterDaysMax));
  }

  Status read_kind(const YamlNode& node, const std::string& text, PolicyRule& rule) const {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (name_of(static_cast<Kind>(kind)) != text) continue;
      rule.kinds.set(kind);
      return {};
    }
    std::string known;
    for (std::size_t kind = 0; kind < kKinds; ++kind) known += fmt::format("{}{}", kind == 0 ? "" : ", ", name_of(static_cast<Kind>(kind)));
    return mistake(node.at, fmt::format("'{}' is no class of personal data ({})", text, known));
  }

  Status read_log_source(const YamlNode& node, LogSource& log_source) const {
    if (!node.is_mapping()) return mistake(node.at, "log_source is a mapping of product, category and service");
    for (const auto& [key, value] : node.entries) {
      std::string* const part = key.scalar == "product" ? &log_source.product : key.scalar == "category" ? &log_source.category : key.scalar == "service" ? &log_source.service : nullptr;
      if (part == nullptr || !value.is_scalar()) return mistake(key.at, "log_source is a mapping of product, category and service");
      *part = value.scalar;
    }
    return {};
  }

  const std::string& file_;
  Policy policy_;
};

}  // namespace

std::string_view name_of(Action action) { return kActions[static_cast<std::size_t>(action)]; }

bool Policy::changes_anything() const {
  return std::ranges::any_of(rules, [](const PolicyRule& rule) { return rule.action != Action::kKeep; });
}

bool Policy::forgets_all_tokens() const {
  return std::ranges::all_of(rules, [](const PolicyRule& rule) { return rule.action != Action::kTokenize || rule.forget_after_days > 0; });
}

int Policy::rule_of_field(std::string_view field, const PathMeaning& meaning, const std::vector<bool>& holds) const {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!holds.empty() && !holds[i]) continue;
    if (meaning.entity != EntityType::kNone && std::ranges::find(rules[i].entities, meaning.entity) != rules[i].entities.end()) return static_cast<int>(i);
    for (const std::string& pattern : rules[i].fields) {
      if (fits_pattern(pattern, field) || std::ranges::any_of(meaning.names, [&](const std::string& other) { return fits_pattern(pattern, other); })) return static_cast<int>(i);
    }
  }
  return -1;
}

Result<Policy> read_policy(const std::string& file, std::string_view text) { return PolicyReader(file).read(text); }

std::string_view shipped_policy(std::string_view name) {
  for (const ContentFile& file : content_files()) {
    if (file.name.starts_with(kFolder) && file.name.ends_with(kEnd) && file.name.substr(kFolder.size(), file.name.size() - kFolder.size() - kEnd.size()) == name) return file.text;
  }
  return {};
}

std::vector<std::string_view> shipped_policy_names() {
  std::vector<std::string_view> names;
  for (const ContentFile& file : content_files()) {
    if (!file.name.starts_with(kFolder) || !file.name.ends_with(kEnd)) continue;
    const std::string_view name = file.name.substr(kFolder.size(), file.name.size() - kFolder.size() - kEnd.size());
    if (name.find('/') == std::string_view::npos) names.push_back(name);  // below are policies of another kind
  }
  return names;
}

}  // namespace tocsin::protect
