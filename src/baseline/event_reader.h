// From an Event to what baselines see of it. What a path means to them is worked out once for each class of log source. One per thread, on that thread's PathTable; warm, without allocation.
//
//   EventReader reader(fields, paths, log_sources);
//   reader.read(event, "syslog/gw", received, observation);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "baseline/baseline_fields.h"
#include "baseline/login_reader.h"
#include "baseline/observation.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin::baseline {

/// A longer value is none that anybody would know again.
inline constexpr std::size_t kObservedBytesMax = 1'024;

class EventReader {
 public:
  /// All must outlive it.
  EventReader(const BaselineFields& fields, const PathTable& paths, const LogSourceTable& log_sources) : fields_(fields), paths_(paths), log_sources_(log_sources), logins_(fields.logins()) {}

  /// Classify first. `received`: an event says no later time than this, whatever its clock does; kNoTime: not known.
  void read(const Event& event, std::string_view source, TimeUs received, Observation& seen);

 private:
  /// That a path says something; several may follow each other.
  struct Role {
    std::uint8_t what = 0;  // kHost, kAccount, kLogin, or a row of the table behind them
    std::uint8_t preference = 0;
    bool has_more = false;
    std::uint16_t login_part = 0;  // of kLogin
  };
  struct Best {
    const Value* value = nullptr;
    std::uint8_t preference = 0;
  };
  std::uint32_t roles_of(LogSourceId log_source, PathId path);
  void add_role(const PathMeaning& meaning, const std::vector<std::string>& from, std::size_t what);
  std::uint64_t fingerprint(const Value& value, std::uint64_t seed);

  const BaselineFields& fields_;
  const PathTable& paths_;
  const LogSourceTable& log_sources_;
  std::vector<std::vector<std::uint32_t>> by_class_;  // by path: where in roles_; 0 none, ~0 not known yet
  std::vector<Role> roles_{{}};
  std::vector<Best> best_;
  std::vector<std::uint8_t> found_;  // that best_ has a value for
  LoginReader logins_;
  std::vector<std::uint16_t> login_parts_;
  std::string text_;
};

}  // namespace tocsin::baseline
