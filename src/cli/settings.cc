#include "cli/settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/mistake.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/enrich_options.h"
#include "cli/oidc_settings.h"
#include "cli/poller_list.h"
#include "collect/poller_settings.h"

namespace tocsin::cli {

namespace {

/// A page of settings; what is longer is no configuration.
constexpr std::size_t kFileBytesMax = 1u << 20;

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr Unit kUnits[] = {{"", 1}, {"b", 1}, {"kb", 1'000},     {"mb", 1'000'000}, {"gb", 1'000'000'000}, {"tb", 1'000'000'000'000},
                           {"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30},  {"tib", std::uint64_t{1} << 40}};

std::string unknown(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Setting& setting : kSettings) names.push_back(setting.name);
  const std::string near = suggestion(name, names);
  return fmt::format("there is no setting '{}'; {}", name, near.empty() ? "`tocsin config show` lists them" : near);
}

std::string why_not(const Setting& setting, const std::string& text) {
  switch (setting.kind) {
    case Setting::Kind::kNumber: return fmt::format("'{}' is no number from 0 to {}", text, setting.most);
    case Setting::Kind::kChoice:
    case Setting::Kind::kWords: return fmt::format("'{}' is none of {}", text, setting.placeholder);
    case Setting::Kind::kBytes: return fmt::format("'{}' is no number of bytes such as 500MB or 20GB", text);
    case Setting::Kind::kLimits: {
      const Result<store::RetentionRule> read = read_limits(text);
      return read ? "" : read.error().message;
    }
    case Setting::Kind::kRoles: return read_role_mapping(text).error().message;
    case Setting::Kind::kOrigin: return check_origin(text).error().message;
    case Setting::Kind::kIssuer: return check_issuer(text).error().message;
    case Setting::Kind::kPollers: return read_poller(text).error().message;
    case Setting::Kind::kLists: return enrich::read_reputation(text).error().message;
    case Setting::Kind::kIndicators: return enrich::read_indicators(text).error().message;
    case Setting::Kind::kReach: return fmt::format("'{}' is neither a number of days such as 30d, up to {}d, nor no", text, setting.most);
    default: return fmt::format("'{}' is empty", setting.name);
  }
}

bool is_choice(const Setting& setting, std::string_view text) {
  return !text.empty() && text.find('|') == std::string_view::npos && fmt::format("|{}|", setting.placeholder).find(fmt::format("|{}|", text)) != std::string::npos;
}

bool is_good(const Setting& setting, const std::string& text) {
  if (setting.kind == Setting::Kind::kNumber || setting.kind == Setting::Kind::kBytes) return read_number(setting, text).has_value();
  if (setting.kind == Setting::Kind::kLimits) return read_limits(text).has_value();
  if (setting.kind == Setting::Kind::kChoice || setting.kind == Setting::Kind::kWords) return is_choice(setting, text);
  if (setting.kind == Setting::Kind::kRoles) return read_role_mapping(text).has_value();
  if (setting.kind == Setting::Kind::kOrigin) return check_origin(text).has_value();
  if (setting.kind == Setting::Kind::kIssuer) return check_issuer(text).has_value();
  if (setting.kind == Setting::Kind::kPollers) return read_poller(text).has_value();
  if (setting.kind == Setting::Kind::kLists) return enrich::read_reputation(text).has_value();
  if (setting.kind == Setting::Kind::kIndicators) return enrich::read_indicators(text).has_value();
  if (setting.kind == Setting::Kind::kReach) return read_reach(setting, text).has_value();
  return !text.empty();
}

bool is_mapping(const Setting& setting) { return setting.kind == Setting::Kind::kLimits || setting.kind == Setting::Kind::kRoles; }

/// A mapping of names to limits as options have it: {auditd: {days: 30, bytes: 2GB}} is auditd=30d,2GB. What is written otherwise stays wrong.
bool limits_of(const YamlNode& node, std::vector<std::string>& texts) {
  if (!node.is_mapping()) return false;
  for (const auto& [name, limits] : node.entries) {
    std::string& text = texts.emplace_back(name.scalar + "=");
    if (limits.is_scalar()) text += limits.scalar;
    for (const auto& [what, limit] : limits.entries) {
      if (!text.ends_with('=')) text += ',';
      if (what.scalar == "days" && limit.is_scalar()) {
        text += limit.scalar + "d";
      } else if (what.scalar == "bytes" && limit.is_scalar()) {
        text += limit.scalar + (folded(limit.scalar).ends_with('b') ? "" : "B");
      } else {
        text += "'" + what.scalar + "'";
      }
    }
  }
  return !texts.empty();
}

/// {soc: analyst} is soc=analyst.
bool roles_of(const YamlNode& node, std::vector<std::string>& texts) {
  for (const auto& [value, role] : node.entries) {
    if (!role.is_scalar()) return false;
    texts.push_back(value.scalar + "=" + role.scalar);
  }
  return !texts.empty();
}

/// The scalars of a node: itself, or its items.
bool scalars_of(const YamlNode& node, std::vector<std::string>& texts) {
  if (node.is_scalar()) texts.push_back(node.scalar);
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) return false;
    texts.push_back(item.scalar);
  }
  return !texts.empty();
}

/// Walks a mapping; `visit` gets each full name with its node.
template <class Visit>
void walk(const YamlNode& node, const std::string& prefix, Visit&& visit) {
  for (const auto& [key, value] : node.entries) {
    const std::string name = prefix + key.scalar;
    const auto setting = std::ranges::find(kSettings, name, &Setting::name);
    const bool is_map = setting != kSettings.end() && is_mapping(*setting);
    if (value.is_mapping() && !is_map) {
      walk(value, name + ".", visit);
    } else {
      visit(name, key, value);
    }
  }
}

}  // namespace

std::optional<std::uint64_t> read_number(const Setting& setting, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty()) return std::nullopt;
  std::string unit = folded(text.substr(static_cast<std::size_t>(end - text.data())));
  while (unit.starts_with(' ')) unit.erase(0, 1);
  const auto found = std::ranges::find(kUnits, unit, &Unit::name);
  if (found == std::end(kUnits) || (setting.kind == Setting::Kind::kNumber && !unit.empty())) return std::nullopt;
  if (number > setting.most / found->bytes) return std::nullopt;
  return number * found->bytes;
}

std::optional<std::uint64_t> read_reach(const Setting& setting, std::string_view text) {
  if (text == "no") return 0;
  std::uint64_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool good = error == std::errc() && std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)) == "d" && days > 0 && days <= setting.most;
  return good ? std::optional(days) : std::nullopt;
}

Settings::Settings() {
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    values_[id].source = "default";
    if (!takes_several(kSettings[id])) values_[id].texts = {std::string(kSettings[id].preset)};
  }
}

void Settings::set(SettingId id, std::vector<std::string> texts, std::string source, std::vector<std::string>& mistakes) {
  if (kSettings[id].kind == Setting::Kind::kLimits && texts.size() > store::kRetentionRulesMax) {
    return mistakes.push_back(fmt::format("{}: limits of their own for {} sources; {} at most, and * stands for any text", source, texts.size(), store::kRetentionRulesMax));
  }
  if (kSettings[id].kind == Setting::Kind::kPollers) {
    if (const std::string why = why_not_together(texts); !why.empty()) return mistakes.push_back(source + ": " + why);
  }
  for (const std::string& text : texts) {
    if (!is_good(kSettings[id], text)) return mistakes.push_back(source + ": " + why_not(kSettings[id], text));
  }
  values_[id] = {std::move(texts), std::move(source)};
}

Status Settings::read_file(Env& env, const std::string& path, std::vector<std::string>& mistakes) {
  const std::string text = TRY(env.read_file(path, kFileBytesMax));
  const auto documents = parse_yaml(text);
  const auto place = [&](Position at) { return fmt::format("{}:{}", path, at.line); };
  if (!documents) {
    mistakes.push_back(place(documents.error().at) + ": " + documents.error().message);
    return {};
  }
  for (const YamlNode& document : *documents) {
    if (!document.is_mapping() && !document.is_null()) mistakes.push_back(place(document.at) + ": settings are keys and values");
    walk(document, "", [&](const std::string& name, const YamlNode& key, const YamlNode& value) {
      const auto found = std::ranges::find(kSettings, name, &Setting::name);
      if (found == kSettings.end()) return mistakes.push_back(place(key.at) + ": " + unknown(name));
      std::vector<std::string> texts;
      const bool one = !takes_several(*found);
      if (found->kind == Setting::Kind::kPollers) {
        if (!pollers_of(value, place, texts, mistakes)) return;
      } else if (found->kind == Setting::Kind::kLists || found->kind == Setting::Kind::kIndicators) {
        if (!lists_of(value, found->kind == Setting::Kind::kLists ? &enrich::read_reputation : &enrich::read_indicators, found->name, place, texts, mistakes)) return;
      } else if (is_mapping(*found)) {
        const bool limits = found->kind == Setting::Kind::kLimits;
        if (!(limits ? limits_of(value, texts) : roles_of(value, texts))) {
          return mistakes.push_back(fmt::format("{}: '{}' is a mapping of {}", place(key.at), name, limits ? "sources to limits, such as auditd: {days: 30}" : "values to roles, such as soc: analyst"));
        }
      } else if (!scalars_of(value, texts) || (one && !value.is_scalar())) {
        return mistakes.push_back(fmt::format("{}: '{}' is {}", place(key.at), name, one ? "one value" : "a value, or a list of them"));
      }
      const auto id = static_cast<SettingId>(found - kSettings.begin());
      if (!values_[id].source.starts_with("--")) set(id, std::move(texts), place(key.at), mistakes);
    });
  }
  return {};
}

void Settings::check_together(std::vector<std::string>& mistakes) const {
  check_oidc(*this, mistakes);
  const Value& alerts = values_[kBaselineAlerts];
  const Value& shadow = values_[kShadowBaselineAlerts];
  for (const std::string& kind : alerts.texts) {
    if (std::ranges::find(shadow.texts, kind) != shadow.texts.end()) mistakes.push_back(fmt::format("{}: '{}' is in baseline_alerts and in shadow_baseline_alerts ({}); it is in one of them at most", alerts.source, kind, shadow.source));
  }
  if (text(kBaselines) != "no") return;
  for (const Value* const value : {&alerts, &shadow}) {
    if (!value->texts.empty()) mistakes.push_back(fmt::format("{}: without baselines ({}) there are no signs that could make an alert", value->source, values_[kBaselines].source));
  }
}

void Settings::read_chosen(Env& env, const std::string& path, std::vector<std::string>& mistakes) {
  const Status read = read_file(env, path.empty() ? default_config_file() : path, mistakes);
  const bool absent = !read && path.empty() && read.error().code == Code::kNotFound;
  if (!read && !absent) mistakes.push_back(read.error().message);
}

std::vector<std::string> Settings::fixed_that_differ(const Settings& other) const {
  std::vector<std::string> names;
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    if (!kSettings[id].live && values_[id].texts != other.values_[id].texts) names.emplace_back(kSettings[id].name);
  }
  return names;
}

std::uint64_t Settings::number(SettingId id) const { return read_number(kSettings[id], text(id)).value_or(0); }

/// Days end in d, everything else is a number of bytes.
Result<store::RetentionRule> read_limits(std::string_view text) {
  const auto wrong = [&] { return Error{Code::kInvalid, fmt::format("'{}' is no limit of a source, such as auditd=30d, syslog/*=7d,2GB or product:windows=90d", text)}; };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || equals > store::kRetentionSourcesBytesMax) return wrong();
  store::RetentionRule rule{std::string(text.substr(0, equals)), 0, 0};
  std::string_view rest = text.substr(equals + 1);
  while (true) {
    const std::string_view limit = rest.substr(0, rest.find(','));
    constexpr std::int64_t kDayUs = 86'400'000'000;
    if (limit.ends_with('d')) {
      const auto days = read_number(kSettings[kKeepDays], limit.substr(0, limit.size() - 1));
      if (!days || *days == 0 || rule.age_us != 0) return wrong();
      rule.age_us = static_cast<std::int64_t>(*days) * kDayUs;
    } else {
      const auto bytes = limit.ends_with('B') || limit.ends_with('b') ? read_number(kSettings[kKeepBytes], limit) : std::nullopt;
      if (!bytes || *bytes == 0 || rule.bytes != 0) return wrong();
      rule.bytes = *bytes;
    }
    if (limit.size() == rest.size()) return rule;
    rest.remove_prefix(limit.size() + 1);
  }
}

std::vector<store::RetentionRule> Settings::retention_rules() const {
  std::vector<store::RetentionRule> rules;
  for (const std::string& text : values_[kKeepSources].texts) {
    if (Result<store::RetentionRule> rule = read_limits(text)) rules.push_back(std::move(*rule));
  }
  return rules;
}

std::string default_config_file() {
  const char* const chosen = std::getenv("XDG_CONFIG_HOME");
  const char* const home = std::getenv("HOME");
  if (::geteuid() == 0 || (chosen == nullptr && home == nullptr)) return "/etc/tocsin/tocsin.yaml";
  return (chosen != nullptr && *chosen != '\0' ? std::string(chosen) : std::string(home == nullptr ? "" : home) + "/.config") + "/tocsin/tocsin.yaml";
}

std::string settings_page() {
  std::string page = "| key | option | default | reload | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : kSettings) {
    std::string placeholder(setting.placeholder);
    for (std::size_t bar = 0; (bar = placeholder.find('|', bar)) != std::string::npos; bar += 2) placeholder.insert(bar, "\\");
    page += fmt::format("| `{}` | `{} {}` | {} | {} | {} |\n", setting.name, setting.option, placeholder,
                        setting.preset.empty() ? "" : fmt::format("`{}`", setting.preset), setting.live ? "yes" : "restart", setting.meaning);
  }
  return page;
}

}  // namespace tocsin::cli
