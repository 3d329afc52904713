#include <fmt/format.h>

#include "normalize/taxonomy_load.h"

namespace tocsin {

/// [{zone: Europe/Berlin, source: 'syslog/fw-*', host: 'fw-*'}, …]
void MappingLoader::add_time_zones(const YamlNode& node) {
  if (!node.is_sequence()) return complain(node, "time_zones must be a list of mappings such as {zone: Europe/Berlin, source: 'syslog/fw-*'}");
  for (const YamlNode& item : node.items) add_time_zone(item);
}

void MappingLoader::add_time_zone(const YamlNode& node) {
  if (!node.is_mapping() || node.find("zone") == nullptr) return complain(node, "needs a zone, such as {zone: Europe/Berlin, source: 'syslog/fw-*'}");
  if (tables_->zones.size() >= kZoneRulesMax) return complain(node, fmt::format("more than {} time zones", kZoneRulesMax));
  std::string source = "*", host = "*";
  for (const auto& [key, value] : node.entries) {
    if (!value.is_scalar()) return complain(value, fmt::format("{} must be a text", key.scalar));
    if (key.scalar == "source") {
      source = value.scalar;
    } else if (key.scalar == "host") {
      host = value.scalar;
    } else if (key.scalar != "zone") {
      complain(key, fmt::format("'{}' is not a part of a time zone (zone, source, host)", key.scalar));
    }
  }
  Result<TimeZone> zone = TimeZone::find(node.text("zone"));
  if (!zone) return complain(*node.find("zone"), zone.error().message);
  tables_->zones.push_back({FoldedPattern(source), FoldedPattern(host), host == "*", std::move(*zone)});
}

}  // namespace tocsin
