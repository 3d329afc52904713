// What there is on this host, as the tables that osquery has of it (its schema's names and columns), each row one record in the shape of a snapshot's result:
//
//   {"name":"processes","hostIdentifier":"web-1","calendarTime":"…","unixTime":1772439330,"epoch":0,"counter":0,"numerics":false,"columns":{"pid":"1",…},"action":"snapshot"}
//
// Tables: processes, listening_ports, process_open_sockets (proc(5)), users, groups, user_groups (passwd(5), group(5): no field of a password), deb_packages (dpkg's status file),
// os_version (os-release(5)), kernel_info. All values are texts. Read from files alone, below `root`, so that tests have a host of their own; nothing is started. What this user may not see is left
// out: the program and the sockets of other users' processes take CAP_SYS_PTRACE. One thread; nothing fails: a table that cannot be read is an error of its own, and the others are read.
//
//   for (const InventoryTable& table : inventory_tables()) TRY(table.read({env, ""}, [&](const Row& row) { … return true; }));
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env.h"
#include "base/result.h"

namespace tocsin::forward {

/// Of one table; a large server has some thousand processes, and packages.
inline constexpr std::size_t kInventoryRowsMax = 100'000;
/// Of one value: a command line.
inline constexpr std::size_t kInventoryValueBytesMax = 32u << 10;
/// A file that is read whole: accounts, a process's line, a network's table of sockets.
inline constexpr std::size_t kInventoryFileBytesMax = 8u << 20;

struct InventoryPlace {
  Env& env;
  std::string root;  // "" is this machine
  std::string at(std::string_view path) const { return root + std::string(path); }
};

/// Columns in the order of the record.
using Row = std::vector<std::pair<std::string_view, std::string>>;
/// False: enough.
using RowTaker = std::function<bool(const Row&)>;

struct InventoryTable {
  std::string_view name;
  Status (*read)(const InventoryPlace& place, const RowTaker& take);
};
std::span<const InventoryTable> inventory_tables();

Status read_processes(const InventoryPlace& place, const RowTaker& take);
Status read_listening_ports(const InventoryPlace& place, const RowTaker& take);
Status read_open_sockets(const InventoryPlace& place, const RowTaker& take);
Status read_users(const InventoryPlace& place, const RowTaker& take);
Status read_groups(const InventoryPlace& place, const RowTaker& take);
Status read_user_groups(const InventoryPlace& place, const RowTaker& take);
Status read_deb_packages(const InventoryPlace& place, const RowTaker& take);
Status read_os_version(const InventoryPlace& place, const RowTaker& take);
Status read_kernel(const InventoryPlace& place, const RowTaker& take);

/// The record of a row.
struct Snapshot {
  std::string host;
  TimeUs time = 0;
};
std::string inventory_record(const Snapshot& snapshot, std::string_view table, const Row& row);

}  // namespace tocsin::forward
