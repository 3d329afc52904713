// ATT&CK Navigator layers (layer format 4.5): techniques scored by how many rules speak of them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/alert.h"

namespace tocsin {

/// One layer as JSON text; each card counts once per technique tag (attack.t1059.001).
std::string navigator_layer(std::string_view name, std::string_view description, const std::vector<const RuleCard*>& cards);

/// "attack.t1059.001" → "T1059.001"; "" for any other tag.
std::string technique_of_tag(std::string_view tag);

}  // namespace tocsin
