// The file that says which connectors there are and how each is set up (docs/connectors.md): a YAML mapping of names to mappings of settings.
//
//   nftables: {table: tocsin}
//   ssh: {known_hosts: /etc/tocsin/known_hosts, credential: ssh/key}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "respond/connector/connector.h"

namespace tocsin::respond {

/// kInvalid: every mistake, a line each, with file:line:column. Names of connectors are looked at, their settings are not: that is for each.
Result<std::vector<ConnectorSettings>> read_connectors(const std::string& file, std::string_view text);

}  // namespace tocsin::respond
