// Which events are log-ins that succeeded: the table content/baselines/logins.yml, read once. A row says for a log source which fields have to have which values, and which have the account and the address. Immutable, safe from any
// thread. Fails with kInvalid and the place of the mistake.
//
//   const LoginTable logins = TRY(LoginTable::shipped());
//   for (const LoginTable::Row& row : logins.rows()) …
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/log_source.h"

namespace tocsin::baseline {

/// Rows of the table; sources that say who logged in are some dozen.
inline constexpr std::size_t kLoginRowsMax = 64;
/// Fields that one row asks for, as the bits of a byte.
inline constexpr std::size_t kLoginConditionsMax = 8;
/// Values of one condition, and names of one field.
inline constexpr std::size_t kLoginNamesMax = 16;

class LoginTable {
 public:
  /// That the field has one of the values. An array has all of its elements.
  struct Condition {
    std::string field;
    std::vector<std::string> values;  // in small letters, for ASCII
  };
  struct Row {
    std::string name;
    LogSource of;
    std::vector<Condition> when;        // all
    std::vector<Condition> but_not;     // none
    std::vector<std::string> account, address;  // the best first
  };

  static Result<LoginTable> read(std::string_view yaml, std::string_view file);
  /// What is built into the program.
  static Result<LoginTable> shipped();

  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

}  // namespace tocsin::baseline
