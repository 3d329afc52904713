#include "respond/connector/setting_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tocsin::respond {

Error wrong_setting(const ConnectorSettings& settings, std::string_view name, std::string_view why) { return {Code::kInvalid, fmt::format("connector {}: {}: {}", settings.name, name, why)}; }

Status only_settings(const ConnectorSettings& settings, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : settings.values) {
    if (name != "per_minute" && std::ranges::find(known, name) == known.end()) return Error{Code::kInvalid, fmt::format("connector {}: there is no setting '{}': there are {}, per_minute", settings.name, name, fmt::join(known, ", "))};
  }
  return {};
}

Result<std::string> needed_setting(const ConnectorSettings& settings, std::string_view name) {
  std::string value = settings.value(name);
  if (value.empty()) return wrong_setting(settings, name, "is missing (docs/connectors.md)");
  return value;
}

Result<std::uint16_t> port_setting(const ConnectorSettings& settings, std::uint16_t otherwise) {
  const std::string text = settings.value("port");
  std::uint16_t port = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || port == 0)) return wrong_setting(settings, "port", fmt::format("'{}' is no port (1 to 65535)", text));
  return port;
}

Result<std::string> word_setting(const ConnectorSettings& settings, std::string_view name, std::initializer_list<std::string_view> words) {
  std::string word = settings.value(name, *words.begin());
  if (std::ranges::find(words, word) == words.end()) return wrong_setting(settings, name, fmt::format("'{}' is none of {}", word, fmt::join(words, ", ")));
  return word;
}

Result<std::string> authorities_setting(Env& env, const ConnectorSettings& settings) {
  const std::string file = settings.value("ca_file");
  if (file.empty()) return std::string();
  Result<std::string> text = env.read_file(file, kAuthoritiesBytesMax);
  if (!text) return wrong_setting(settings, "ca_file", text.error().message);
  return text;
}

std::vector<std::string> list_setting(const ConnectorSettings& settings, std::string_view name) {
  std::vector<std::string> items;
  std::string text = settings.value(name);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    items.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return items;
}

}  // namespace tocsin::respond
