#include "forward/proc_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tocsin::forward {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find_first_of(" \t\n")));
    text.remove_prefix(words.back().size());
  }
}

template <class T>
bool read_number(std::string_view text, T& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// "0100007F:1F90": words of the kernel's memory, each in the machine's order, and the port.
bool read_endpoint(std::string_view text, bool v6, std::string& address, std::uint16_t& port) {
  const std::size_t digits = v6 ? 32 : 8;
  if (text.size() < digits + 2 || text[digits] != ':' || !read_number(text.substr(digits + 1), port, 16)) return false;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < digits / 8; ++i) {
    if (!read_number(text.substr(8 * i, 8), words[i], 16)) return false;
  }
  char shown[INET6_ADDRSTRLEN] = {};
  if (::inet_ntop(v6 ? AF_INET6 : AF_INET, words.data(), shown, sizeof shown) == nullptr) return false;
  address = shown;
  return true;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const std::vector<std::string_view> words = words_of(text.substr(close + 1));
  ProcessStat stat;
  if (words.size() < 20 || !read_number(words[19], stat.start_ticks, 10)) return std::nullopt;
  stat.name = text.substr(open + 1, close - open - 1);
  stat.state = words[0];
  stat.parent = words[1];
  stat.process_group = words[2];
  stat.threads = words[17];
  return stat;
}

std::optional<Socket> parse_socket(std::string_view line, bool v6) {
  const std::vector<std::string_view> words = words_of(line);
  Socket socket;
  if (words.size() < 10 || !read_endpoint(words[1], v6, socket.local_address, socket.local_port) || !read_endpoint(words[2], v6, socket.remote_address, socket.remote_port) ||
      !read_number(words[3], socket.state, 16) || !read_number(words[9], socket.inode, 10)) {
    return std::nullopt;
  }
  return socket;
}

std::string_view socket_state_name(unsigned state) {
  static constexpr std::string_view kNames[] = {"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"};
  return state < std::size(kNames) ? kNames[state] : "UNKNOWN";
}

std::string_view value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != ':') continue;
    const std::string_view value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
  }
  return {};
}

std::string release_value(std::string_view text, std::string_view name) {
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != '=') continue;
    std::string_view value = line.substr(name.size() + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string command_line(std::string_view text) {
  while (text.ends_with('\0')) text.remove_suffix(1);
  std::string line(text);
  std::ranges::replace(line, '\0', ' ');
  return line;
}

}  // namespace tocsin::forward
