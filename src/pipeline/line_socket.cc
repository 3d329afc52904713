#include "pipeline/line_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/descriptor.h"

namespace tocsin {

Status send_line(int connection, std::string_view bytes) {
  if (!send_all(connection, bytes)) return Error{Code::kIo, std::strerror(errno)};
  return {};
}

Result<std::string> receive_line(int connection, std::size_t bytes_max, int wait_ms) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(wait_ms);
  std::string line;
  char buffer[16'384];
  while (line.size() <= bytes_max) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd readable{connection, POLLIN, 0};
    const int ready = ::poll(&readable, 1, wait_ms < 0 ? -1 : static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Error{Code::kIo, "took too long"};
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{Code::kIo, "the connection ended before the line did"};
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    const std::size_t line_feed = piece.find('\n');
    line += piece.substr(0, line_feed);
    if (line_feed != std::string_view::npos) return line;
  }
  return Error{Code::kLimit, "the line is too long"};
}

}  // namespace tocsin
