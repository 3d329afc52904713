// The texts of proc(5) and of the files of accounts and packages, taken apart: for inventory*.cc. They come from the kernel and from root, but a process chooses its own name and command
// line. Pure functions; what does not fit is nullopt, or left out.
//
//   const auto stat = parse_process_stat("812 (sshd) S 1 812 …");
//   const auto socket = parse_socket("  0: 0100007F:1F90 00000000:0000 0A …", false);
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::forward {

/// /proc/PID/stat. The name stands in parentheses and may have any of them itself: the last one ends it.
struct ProcessStat {
  std::string name, state;
  std::string parent, process_group, threads;
  std::uint64_t start_ticks = 0;  // since boot
};
std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// A line of /proc/net/{tcp,tcp6,udp,udp6}.
struct Socket {
  std::string local_address, remote_address;
  std::uint16_t local_port = 0, remote_port = 0;
  unsigned state = 0;  // as the kernel's tcp_states.h has it
  std::uint64_t inode = 0;
};
std::optional<Socket> parse_socket(std::string_view line, bool v6);
/// As osquery calls the state of a TCP socket: "LISTEN", "ESTABLISHED" ….
std::string_view socket_state_name(unsigned state);
inline constexpr unsigned kSocketListens = 10;

/// "Name:\tvalue" lines (/proc/PID/status) and "Name: value" paragraphs: the value, "" if there is none.
std::string_view value_of(std::string_view text, std::string_view name);
/// NAME="value" lines of os-release(5), without their quotes.
std::string release_value(std::string_view text, std::string_view name);
/// Fields between separators; as many as there are.
std::vector<std::string_view> split(std::string_view text, char separator);
/// An argument list with NULs between, as one line with spaces.
std::string command_line(std::string_view text);

}  // namespace tocsin::forward
