// What the settings of every connector are looked at for: names that it has, files that are there, numbers. Pure but for the files. kInvalid with the connector's and the setting's name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "respond/connector/connector.h"

namespace tocsin::respond {

/// Certificates of authorities in a file; the system's own 140 have 220 KB.
inline constexpr std::size_t kAuthoritiesBytesMax = 4u << 20;

/// None but these, and `per_minute`, which all have.
Status only_settings(const ConnectorSettings& settings, std::initializer_list<std::string_view> known);
/// One that cannot be left out.
Result<std::string> needed_setting(const ConnectorSettings& settings, std::string_view name);
Result<std::uint16_t> port_setting(const ConnectorSettings& settings, std::uint16_t otherwise);
/// One of some words; the first, if it is left out.
Result<std::string> word_setting(const ConnectorSettings& settings, std::string_view name, std::initializer_list<std::string_view> words);
/// The text of the file that `ca_file` names; "": the system's.
Result<std::string> authorities_setting(Env& env, const ConnectorSettings& settings);
/// The items of one that is a list.
std::vector<std::string> list_setting(const ConnectorSettings& settings, std::string_view name);
Error wrong_setting(const ConnectorSettings& settings, std::string_view name, std::string_view why);

}  // namespace tocsin::respond
