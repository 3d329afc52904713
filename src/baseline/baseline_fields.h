// Which fields baselines look at: the table content/baselines/fields.yml, read once, with the one of log-ins (login_table.h). Immutable, safe from any thread. Fails with kInvalid and the place of the mistake.
//
//   const BaselineFields fields = TRY(BaselineFields::shipped());
//   for (const BaselineFields::Field& field : fields.fields()) …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "baseline/login_table.h"
#include "event/log_source.h"

namespace tocsin::baseline {

/// Rows of the table: the roles of an event are numbers of a byte, of which two are its host and its account.
inline constexpr std::size_t kFieldRowsMax = 64;

class BaselineFields {
 public:
  /// Fields that say more than their values: an event that has them is a connection, or starts a process.
  enum class Part : std::uint8_t { kOther, kProcess, kSourceAddress, kDestination };
  struct Field {
    std::string name;
    LogSource of;
    std::vector<std::string> from;  // the best first
    std::uint64_t id = 0;           // of the name, whatever row it stands in
    Part part = Part::kOther;       // by the name
  };

  /// Without log-ins.
  static Result<BaselineFields> read(std::string_view yaml, std::string_view file);
  /// What is built into the program.
  static Result<BaselineFields> shipped();

  const std::vector<std::string>& host() const { return host_; }
  const std::vector<std::string>& account() const { return account_; }
  const std::vector<Field>& fields() const { return fields_; }
  const LoginTable& logins() const { return logins_; }

 private:
  std::vector<std::string> host_, account_;
  std::vector<Field> fields_;
  LoginTable logins_;
};

}  // namespace tocsin::baseline
