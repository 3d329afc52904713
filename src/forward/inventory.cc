#include "forward/inventory.h"

#include <fmt/format.h>

#include <ctime>

#include "report/json_text.h"

namespace tocsin::forward {

namespace {

constexpr InventoryTable kTables[] = {
    {"os_version", read_os_version},           {"kernel_info", read_kernel},  {"users", read_users},
    {"groups", read_groups},                   {"user_groups", read_user_groups}, {"deb_packages", read_deb_packages},
    {"processes", read_processes},             {"listening_ports", read_listening_ports}, {"process_open_sockets", read_open_sockets},
};

/// As osquery writes it: Thu Jan  1 00:00:00 1970 UTC.
std::string calendar_time(TimeUs time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {} UTC", kDays[parts.tm_wday], kMonths[parts.tm_mon], parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_year + 1900);
}

}  // namespace

std::span<const InventoryTable> inventory_tables() { return kTables; }

std::string inventory_record(const Snapshot& snapshot, std::string_view table, const Row& row) {
  std::string record = R"({"name":)";
  append_string(record, table);
  record += R"(,"hostIdentifier":)";
  append_string(record, snapshot.host);
  record += fmt::format(R"(,"calendarTime":"{}","unixTime":{},"epoch":0,"counter":0,"numerics":false,"columns":{{)", calendar_time(snapshot.time), snapshot.time / 1'000'000);
  bool first = true;
  for (const auto& [name, value] : row) {
    if (!std::exchange(first, false)) record += ',';
    append_string(record, name);
    record += ':';
    append_string(record, std::string_view(value).substr(0, kInventoryValueBytesMax));
  }
  return record + R"(},"action":"snapshot"})";
}

}  // namespace tocsin::forward
