// Which connectors there are, and what they do: one table for all processes.
#pragma once

#include <memory>
#include <span>

#include "respond/connector/connector.h"

namespace tocsin::respond {

/// Every action of every connector.
std::span<const ActionSpec> all_actions();

struct ConnectorPlace {
  Env& env;
};
bool is_connector(std::string_view name);
/// With commas between.
std::string connector_names();
/// kInvalid for a name that is none, or settings that make no sense.
Result<std::unique_ptr<Connector>> make_connector(const ConnectorPlace& place, const ConnectorSettings& settings);
/// Those that need no settings are there without any.
std::span<const std::string_view> connectors_without_settings();

}  // namespace tocsin::respond
