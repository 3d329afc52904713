// What baselines see of one event: whose it is, when, and the values that they remember. Points into the event, and is good as long as that is. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "baseline/baseline_fields.h"
#include "baseline/login_travel.h"
#include "event/event.h"

namespace tocsin::baseline {

/// Of one event; the table has ten, of which an event has three or four.
inline constexpr std::size_t kObservedFieldsMax = 12;

struct Observation {
  struct Subject {
    std::uint64_t fingerprint = 0;  // 0: the event names none
    const Value* value = nullptr;
  };
  struct Field {
    std::uint64_t id = 0;           // of the field
    std::uint64_t fingerprint = 0;  // of its value
    const Value* value = nullptr;
    std::string_view name;          // of the field, as the event has it
    BaselineFields::Part part = BaselineFields::Part::kOther;
  };
  /// A log-in that succeeded. Where its address is, somebody else knows, who fills it in.
  struct SucceededLogin {
    Subject account;                 // fingerprint 0: it is none
    const Value* address = nullptr;
    LoginPlace place = {};           // nothing known: it is passed over
  };
  std::uint32_t time_s = 0;  // since 1970, not after it was received; 0: there is nothing to learn of it
  std::string_view source;
  std::uint64_t source_fingerprint = 0;
  Subject host, account;
  std::array<Field, kObservedFieldsMax> fields;
  std::size_t field_count = 0;
  SucceededLogin login;

  /// As of no event. What stands in `fields` behind `field_count` stays.
  void clear() {
    time_s = 0;
    source = {};
    source_fingerprint = 0;
    host = account = {};
    field_count = 0;
    login = {};
  }
  /// nullptr: the event has none.
  const Field* field_of(BaselineFields::Part part) const {
    for (std::size_t i = 0; i < field_count; ++i) {
      if (fields[i].part == part) return &fields[i];
    }
    return nullptr;
  }
};

}  // namespace tocsin::baseline
