#include "cli/settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/mistake.h"
#include "base/text.h"
#include "base/yaml.h"

namespace tocsin::cli {

namespace {

/// A page of settings; what is longer is no configuration.
constexpr std::size_t kFileBytesMax = 1u << 20;

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr Unit kUnits[] = {{"", 1},          {"kb", 1'000},     {"mb", 1'000'000}, {"gb", 1'000'000'000}, {"tb", 1'000'000'000'000},
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
    case Setting::Kind::kBytes: return fmt::format("'{}' is no number of bytes such as 500MB or 20GB", text);
    default: return fmt::format("'{}' is empty", setting.name);
  }
}

bool is_good(const Setting& setting, const std::string& text) {
  if (setting.kind == Setting::Kind::kNumber || setting.kind == Setting::Kind::kBytes) return read_number(setting, text).has_value();
  return !text.empty();
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
    if (value.is_mapping()) {
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
  if (found == std::end(kUnits) || (setting.kind == Setting::Kind::kNumber && found->bytes != 1)) return std::nullopt;
  if (number > setting.most / found->bytes) return std::nullopt;
  return number * found->bytes;
}

Settings::Settings() {
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    values_[id].source = "default";
    if (kSettings[id].kind != Setting::Kind::kTexts) values_[id].texts = {std::string(kSettings[id].preset)};
  }
}

void Settings::set(SettingId id, std::vector<std::string> texts, std::string source, std::vector<std::string>& mistakes) {
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
      const bool one = found->kind != Setting::Kind::kTexts;
      if (!scalars_of(value, texts) || (one && !value.is_scalar())) {
        return mistakes.push_back(fmt::format("{}: '{}' is {}", place(key.at), name, one ? "one value" : "a value, or a list of them"));
      }
      const auto id = static_cast<SettingId>(found - kSettings.begin());
      if (!values_[id].source.starts_with("--")) set(id, std::move(texts), place(key.at), mistakes);
    });
  }
  return {};
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

std::string default_config_file() {
  const char* const chosen = std::getenv("XDG_CONFIG_HOME");
  const char* const home = std::getenv("HOME");
  if (::geteuid() == 0 || (chosen == nullptr && home == nullptr)) return "/etc/tocsin/tocsin.yaml";
  return (chosen != nullptr && *chosen != '\0' ? std::string(chosen) : std::string(home == nullptr ? "" : home) + "/.config") + "/tocsin/tocsin.yaml";
}

std::string settings_page() {
  std::string page = "| key | option | default | reload | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : kSettings) {
    page += fmt::format("| `{}` | `{} {}` | {} | {} | {} |\n", setting.name, setting.option, setting.placeholder,
                        setting.preset.empty() ? "" : fmt::format("`{}`", setting.preset), setting.live ? "yes" : "restart", setting.meaning);
  }
  return page;
}

}  // namespace tocsin::cli
