// An alert with the whole of its event, as rules see it: every field under the name that a rule of its log source would use, with all its values. What tuning works on; an alert's own line
// keeps only what the rule asked for and what links it to others. Plain values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/path_table.h"

namespace tocsin {

struct AlertField {
  std::string name;                                // as rules say it
  EntityType entity = EntityType::kNone;           // what its values name, where the taxonomy knows
  std::vector<std::optional<std::string>> values;  // as rules compare them, in the event's order; nothing: null

  bool operator==(const AlertField&) const = default;
};

struct AlertFields {
  std::string alert;  // its whole id
  TimeUs time = kNoTime;
  std::string source;  // and index: where its event stands
  std::uint64_t index = 0;
  std::vector<AlertField> fields;  // by name, ascending; each name once

  const AlertField* find(std::string_view name) const {
    const auto field = std::ranges::lower_bound(fields, name, {}, [](const AlertField& one) -> std::string_view { return one.name; });
    return field != fields.end() && field->name == name ? &*field : nullptr;
  }
};

}  // namespace tocsin
