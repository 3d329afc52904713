#include "cli/systemd.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace tocsin::cli {

namespace {

std::optional<std::uint64_t> number_of(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, number);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace

void tell_systemd(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const std::size_t size = path == nullptr ? 0 : std::strlen(path);
  if (size < 2 || size >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(to.sun_path, path, size);
  if (path[0] == '@') to.sun_path[0] = '\0';  // an abstract address
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  (void)::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), length);
  ::close(socket);
}

std::optional<std::chrono::microseconds> systemd_watchdog_interval() {
  const std::optional<std::uint64_t> most = number_of("WATCHDOG_USEC"), process = number_of("WATCHDOG_PID");
  if (!most || *most < 4 || (process && *process != static_cast<std::uint64_t>(::getpid()))) return std::nullopt;
  return std::chrono::microseconds(*most / 4);
}

bool standard_error_is_journal() {
  const char* const device_and_file = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (device_and_file == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return device_and_file == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace tocsin::cli
