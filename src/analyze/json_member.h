// Members of a JSON object, as lines of alerts and verdicts are read. Pure.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace tocsin::analyze {

/// "" if it is not there or no string.
inline std::string text_at(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

}  // namespace tocsin::analyze
