// The pollers of the settings: a list of mappings in the file, KEY=VALUE with commas between on the command line. What each may be is collect/poller_settings.h. Pure; mistakes are told with their place.
//
//   pollers_of(node, place, texts, mistakes);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/yaml.h"

namespace tocsin::cli {

/// `place` says where in the file something stands. False, with all mistakes told, if one of them is not good.
bool pollers_of(const YamlNode& node, const std::function<std::string(Position)>& place, std::vector<std::string>& texts, std::vector<std::string>& mistakes);
/// Of those that are good alone: too many, or two of one name. "" if all is well.
std::string why_not_together(const std::vector<std::string>& texts);

}  // namespace tocsin::cli
