#include "cli/forward_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/yaml.h"
#include "cli/settings.h"
#include "forward/spool.h"
#include "forward/tls_link.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::uint64_t kMinutesMax = 7 * 24 * 60;

/// As the settings of the service have it: 256MB, 60.
std::optional<std::uint64_t> read_forward_number(ForwardSettingId id, std::string_view text) {
  Setting like{};
  like.kind = id == kForwardBuffer ? Setting::Kind::kBytes : Setting::Kind::kNumber;
  like.most = id == kForwardBuffer ? UINT64_MAX : kMinutesMax;
  return read_number(like, text);
}

void read_value(const YamlNode& value, std::vector<std::string>& texts) {
  if (value.is_scalar()) texts.push_back(value.scalar);
  for (const YamlNode& item : value.items) {
    if (item.is_scalar()) texts.push_back(item.scalar);
  }
}

}  // namespace

ForwardSettings::ForwardSettings() {
  for (std::size_t id = 0; id < kForwardSettingIds; ++id) {
    if (!kForwardSettings[id].preset.empty()) values_[id] = {std::string(kForwardSettings[id].preset)};
  }
}

std::string forward_mistake(ForwardSettingId id, std::string_view text) {
  switch (id) {
    case kForwardServer: {
      const Result<forward::ServerAddress> address = forward::read_server_address(text);
      return address ? "" : address.error().message;
    }
    case kForwardJournal: return text == "yes" || text == "no" || text.starts_with('/') ? "" : fmt::format("'{}' is neither yes nor no nor a folder's path from the root", text);
    case kForwardInventory: return read_forward_number(id, text) ? "" : fmt::format("'{}' is no number of minutes from 0 to {}", text, kMinutesMax);
    case kForwardBuffer: {
      const auto bytes = read_forward_number(id, text);
      return bytes && *bytes >= forward::kSpoolBytesMin ? "" : fmt::format("'{}' is no number of bytes, such as 256MB, of {} at least", text, forward::kSpoolBytesMin);
    }
    default: return text.empty() ? "a path is missing" : "";
  }
}

void ForwardSettings::set(ForwardSettingId id, std::vector<std::string> texts, const std::string& source, std::vector<std::string>& mistakes) {
  for (const std::string& text : texts) {
    if (const std::string mistake = forward_mistake(id, text); !mistake.empty()) return mistakes.push_back(source + ": " + mistake);
  }
  values_[id] = std::move(texts);
  set_[id] = true;
}

Status ForwardSettings::read_file(Env& env, const std::string& path, std::vector<std::string>& mistakes) {
  const std::string text = TRY(env.read_file(path, kFileBytesMax));
  const auto place = [&](Position at) { return fmt::format("{}:{}", path, at.line); };
  const auto documents = parse_yaml(text);
  if (!documents) {
    mistakes.push_back(place(documents.error().at) + ": " + documents.error().message);
    return {};
  }
  for (const YamlNode& document : *documents) {
    if (!document.is_mapping() && !document.is_null()) mistakes.push_back(place(document.at) + ": settings are keys and values");
    for (const auto& [group, node] : document.entries) {
      if (group.scalar != "forward" || (!node.is_mapping() && !node.is_null())) mistakes.push_back(fmt::format("{}: '{}': settings stand below the key forward", place(group.at), group.scalar));
      for (const auto& [key, value] : node.entries) {
        const std::string name = group.scalar + "." + key.scalar;
        const auto found = std::ranges::find(kForwardSettings, name, &ForwardSetting::name);
        std::vector<std::string> texts;
        read_value(value, texts);
        if (found == kForwardSettings.end()) {
          mistakes.push_back(fmt::format("{}: there is no setting '{}'", place(key.at), name));
        } else if (texts.empty() || (!found->several && !value.is_scalar())) {
          mistakes.push_back(fmt::format("{}: '{}' is {}", place(key.at), name, found->several ? "a value, or a list of them" : "one value"));
        } else if (const auto id = static_cast<ForwardSettingId>(found - kForwardSettings.begin()); !set_[id]) {
          set(id, std::move(texts), place(key.at), mistakes);
        }
      }
    }
  }
  return {};
}

std::uint64_t ForwardSettings::number(ForwardSettingId id) const { return read_forward_number(id, text(id)).value_or(0); }

std::string forward_settings_page() {
  std::string page = "| key | option | default | meaning |\n|---|---|---|---|\n";
  for (const ForwardSetting& setting : kForwardSettings) {
    std::string placeholder(setting.placeholder);
    for (std::size_t bar = 0; (bar = placeholder.find('|', bar)) != std::string::npos; bar += 2) placeholder.insert(bar, "\\");
    page += fmt::format("| `{}` | `{} {}` | {} | {} |\n", setting.name, setting.option, placeholder, setting.preset.empty() ? "" : fmt::format("`{}`", setting.preset), setting.meaning);
  }
  return page;
}

}  // namespace tocsin::cli
