#include "respond/connector/read_connectors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml.h"
#include "respond/connector/connector_list.h"

namespace tocsin::respond {

Result<std::vector<ConnectorSettings>> read_connectors(const std::string& file, std::string_view text) {
  std::string mistakes;
  const auto wrong = [&](Position at, const std::string& what) { mistakes += fmt::format("{}{}:{}:{}: {}", mistakes.empty() ? "" : "\n", file, at.line, at.column, what); };
  std::vector<ConnectorSettings> all;
  const auto documents = parse_yaml(text);
  if (!documents) {
    wrong(documents.error().at, documents.error().message);
  } else if (!documents->empty()) {
    const YamlNode& root = documents->front();
    if (documents->size() > 1 || !root.is_mapping()) wrong({1, 1}, "connectors are one YAML mapping of names to their settings: nftables: {table: tocsin}");
    for (const auto& [name, settings] : root.entries) {
      if (std::ranges::find(all, name.scalar, &ConnectorSettings::name) != all.end()) wrong(name.at, fmt::format("the connector '{}' is there twice", name.scalar));
      ConnectorSettings& one = all.emplace_back();
      one.name = name.scalar;
      if (!is_connector(one.name)) wrong(name.at, fmt::format("there is no connector '{}': there are {}", one.name, connector_names()));
      if (!settings.is_mapping() && !settings.is_null()) wrong(settings.at, "the settings of a connector are a mapping");
      for (const auto& [key, value] : settings.entries) {
        std::string joined = value.scalar;
        for (const YamlNode& item : value.items) {
          if (!item.is_scalar()) wrong(item.at, "a text is wanted here");
          joined += (joined.empty() ? "" : "\n") + item.scalar;
        }
        if (value.is_mapping()) wrong(value.at, "a text, or a list of texts, is wanted here");
        one.values[key.scalar] = std::move(joined);
      }
    }
  }
  if (!mistakes.empty()) return Error{Code::kInvalid, mistakes};
  return all;
}

}  // namespace tocsin::respond
