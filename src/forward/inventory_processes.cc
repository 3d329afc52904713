// Processes, and the sockets that they have, from proc(5).
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <map>

#include "forward/inventory.h"
#include "forward/proc_text.h"

namespace tocsin::forward {

namespace {

namespace fs = std::filesystem;

/// Where a link leads; "" if it cannot be seen.
std::string link_target(const std::string& path) {
  std::error_code error;
  return fs::read_symlink(path, error).string();
}

std::string read_or_nothing(const InventoryPlace& place, const std::string& path) { return place.env.read_file(path, kInventoryFileBytesMax).value_or(""); }

/// Folders of processes.
Result<std::vector<std::string>> process_ids(const InventoryPlace& place) {
  std::vector<std::string> ids;
  for (FolderEntry& entry : TRY(place.env.list_folder(place.at("/proc")))) {
    if (entry.is_folder && entry.name.find_first_not_of("0123456789") == std::string::npos) ids.push_back(std::move(entry.name));
  }
  return ids;
}

std::string_view word(std::string_view text, std::size_t number) {
  for (std::size_t at = 0;; ++at) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const std::string_view one = text.substr(0, text.find_first_of(" \t"));
    if (at == number || one.empty()) return one;
    text.remove_prefix(one.size());
  }
}

/// Seconds since 1970, of the boot; 0 if it is not known.
std::uint64_t boot_time(const InventoryPlace& place) {
  const std::string stat = read_or_nothing(place, place.at("/proc/stat"));
  const std::size_t at = stat.find("btime ");
  std::uint64_t time = 0;
  if (at != std::string::npos) std::from_chars(stat.data() + at + 6, stat.data() + stat.size(), time);
  return time;
}

bool take_process(const InventoryPlace& place, const std::string& id, std::uint64_t booted, const RowTaker& take) {
  const std::string folder = place.at("/proc/") + id;
  const auto stat = parse_process_stat(read_or_nothing(place, folder + "/stat"));
  if (!stat) return true;  // it has ended meanwhile
  const std::string status = read_or_nothing(place, folder + "/status");
  const std::string_view users = value_of(status, "Uid"), groups = value_of(status, "Gid");
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const Row row = {{"pid", id},
                   {"name", stat->name},
                   {"path", link_target(folder + "/exe")},
                   {"cmdline", command_line(read_or_nothing(place, folder + "/cmdline"))},
                   {"cwd", link_target(folder + "/cwd")},
                   {"state", stat->state},
                   {"parent", stat->parent},
                   {"pgroup", stat->process_group},
                   {"threads", stat->threads},
                   {"uid", std::string(word(users, 0))},
                   {"euid", std::string(word(users, 1))},
                   {"gid", std::string(word(groups, 0))},
                   {"egid", std::string(word(groups, 1))},
                   {"start_time", std::to_string(booted + stat->start_ticks / ticks)}};
  return take(row);
}

struct Owner {
  std::string pid, fd;
};

/// Who has which socket, by inode, as far as it can be seen.
std::map<std::uint64_t, Owner> socket_owners(const InventoryPlace& place, const std::vector<std::string>& ids) {
  std::map<std::uint64_t, Owner> owners;
  for (const std::string& id : ids) {
    std::error_code error;
    for (fs::directory_iterator each(place.at("/proc/") + id + "/fd", error), end; !error && each != end; each.increment(error)) {
      const std::string target = link_target(each->path());
      std::uint64_t inode = 0;
      if (!target.starts_with("socket:[")) continue;
      std::from_chars(target.data() + 8, target.data() + target.size(), inode);
      if (owners.size() < kInventoryRowsMax) owners.try_emplace(inode, Owner{id, each->path().filename().string()});
    }
  }
  return owners;
}

struct SocketTable {
  const char* file;
  const char *protocol, *family;  // as numbers: IPPROTO_TCP, AF_INET …
  bool v6, is_tcp;
};
constexpr SocketTable kSocketTables[] = {{"tcp", "6", "2", false, true}, {"tcp6", "6", "10", true, true}, {"udp", "17", "2", false, false}, {"udp6", "17", "10", true, false}};

/// Calls `take` with each socket and whose it is.
template <class Take>
Status for_sockets(const InventoryPlace& place, Take&& take) {
  const std::map<std::uint64_t, Owner> owners = socket_owners(place, TRY(process_ids(place)));
  std::size_t count = 0;
  for (const SocketTable& table : kSocketTables) {
    const std::string text = read_or_nothing(place, place.at("/proc/net/") + table.file);
    for (const std::string_view line : split(text, '\n')) {
      const auto socket = parse_socket(line, table.v6);
      if (!socket) continue;  // the head, or the end
      const auto owner = owners.find(socket->inode);
      if (++count > kInventoryRowsMax || !take(table, *socket, owner == owners.end() ? Owner{"-1", "-1"} : owner->second)) return {};
    }
  }
  return {};
}

/// A UDP socket without a peer waits for whoever comes.
bool listens(const SocketTable& table, const Socket& socket) { return table.is_tcp ? socket.state == kSocketListens : socket.remote_port == 0; }

}  // namespace

Status read_processes(const InventoryPlace& place, const RowTaker& take) {
  const std::uint64_t booted = boot_time(place);
  std::size_t count = 0;
  for (const std::string& id : TRY(process_ids(place))) {
    if (++count > kInventoryRowsMax || !take_process(place, id, booted, take)) break;
  }
  return {};
}

Status read_listening_ports(const InventoryPlace& place, const RowTaker& take) {
  return for_sockets(place, [&](const SocketTable& table, const Socket& socket, const Owner& owner) {
    if (!listens(table, socket)) return true;
    return take({{"pid", owner.pid}, {"port", std::to_string(socket.local_port)}, {"protocol", table.protocol}, {"family", table.family}, {"address", socket.local_address}, {"fd", owner.fd},
                 {"socket", std::to_string(socket.inode)}});
  });
}

Status read_open_sockets(const InventoryPlace& place, const RowTaker& take) {
  return for_sockets(place, [&](const SocketTable& table, const Socket& socket, const Owner& owner) {
    if (listens(table, socket)) return true;
    return take({{"pid", owner.pid}, {"fd", owner.fd}, {"socket", std::to_string(socket.inode)}, {"family", table.family}, {"protocol", table.protocol}, {"local_address", socket.local_address},
                 {"remote_address", socket.remote_address}, {"local_port", std::to_string(socket.local_port)}, {"remote_port", std::to_string(socket.remote_port)},
                 {"state", std::string(table.is_tcp ? socket_state_name(socket.state) : "")}});
  });
}

}  // namespace tocsin::forward
