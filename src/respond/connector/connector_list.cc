#include "respond/connector/connector_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "respond/connector/mail.h"
#include "respond/connector/noop.h"

namespace tocsin::respond {

namespace {

struct Row {
  std::string_view name;
  std::span<const ActionSpec> (*actions)();
  Result<std::unique_ptr<Connector>> (*make)(const ConnectorPlace&, const ConnectorSettings&);
};

constexpr Row kRows[] = {
    {"noop", noop_actions, make_noop},
    {"mail", mail_actions, make_mail},
};

constexpr std::string_view kWithoutSettings[] = {"noop"};

}  // namespace

std::span<const ActionSpec> all_actions() {
  static const std::vector<ActionSpec> actions = [] {
    std::vector<ActionSpec> all;
    for (const Row& row : kRows) {
      const auto some = row.actions();
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }();
  return actions;
}

bool is_connector(std::string_view name) { return std::ranges::find(kRows, name, &Row::name) != std::end(kRows); }

std::string connector_names() {
  std::string names;
  for (const Row& one : kRows) names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

Result<std::unique_ptr<Connector>> make_connector(const ConnectorPlace& place, const ConnectorSettings& settings) {
  const auto row = std::ranges::find(kRows, settings.name, &Row::name);
  if (row != std::end(kRows)) return row->make(place, settings);
  return Error{Code::kInvalid, fmt::format("there is no connector '{}': there are {}", settings.name, connector_names())};
}

std::span<const std::string_view> connectors_without_settings() { return kWithoutSettings; }

}  // namespace tocsin::respond
