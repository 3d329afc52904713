// Tells of an event whether it is a log-in that succeeded, by the table (login_table.h), while somebody else goes over its values. What a path has to do with log-ins is worked out once; where it has nothing to do with them, which is nearly
// everywhere, nothing is asked. One per thread; warm, without allocation.
//
//   std::vector<std::uint16_t> parts;
//   logins.add_parts(log_source_class, path_meaning, parts);   // once for each class and path
//   logins.see(part, value);                                   // for each value of the event that has one
//   const LoginReader::Found found = logins.take();            // and forgets the event
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "baseline/login_table.h"
#include "event/event.h"

namespace tocsin::baseline {

class LoginReader {
 public:
  struct Found {
    const Value* account = nullptr;  // both or neither
    const Value* address = nullptr;
    std::size_t row = 0;
  };

  /// Must outlive it.
  explicit LoginReader(const LoginTable& table) : rows_(table.rows()) {}

  /// Appends what a path of this class of log sources says of log-ins.
  void add_parts(const LogSourceClass& log_source, const PathMeaning& meaning, std::vector<std::uint16_t>& parts);
  void see(std::uint16_t part, const Value& value);
  /// Of several rows that the event fits the first.
  Found take();

 private:
  enum class Says : std::uint8_t { kMeets, kExcludes, kAccount, kAddress };
  struct Part {
    std::uint8_t row = 0;
    Says says = Says::kMeets;
    std::uint8_t which = 0;  // condition of the row, or how far down its list of names
  };
  /// What was seen of one row.
  struct Seen {
    std::uint8_t met = 0;  // conditions, as bits
    bool excluded = false, touched = false;
    std::uint8_t account_at = 0, address_at = 0;
    const Value* account = nullptr;
    const Value* address = nullptr;
  };
  void add_part(const PathMeaning& meaning, const std::vector<std::string>& names, std::size_t row, Says says, std::vector<std::uint16_t>& parts);
  bool has_one_of(const Value& value, const std::vector<std::string>& values);

  const std::vector<LoginTable::Row>& rows_;
  std::vector<Part> parts_;
  std::array<Seen, kLoginRowsMax> seen_;
  std::vector<std::uint8_t> touched_;  // rows of which seen_ has something
  std::string text_;
};

}  // namespace tocsin::baseline
