// One line over a connected stream socket, there and back: how processes of one machine ask each other (control_request.h has what stands in it). kIo: the other
// one is gone, or took too long; kLimit: it does not come to the end of its line.
//
//   TRY(send_line(socket, write_control_request({"status", {}})));
//   const std::string line = TRY(receive_line(socket, kControlAnswerBytesMax, -1));
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// With its line feed.
Status send_line(int connection, std::string_view line);
/// Up to the line feed, without it; what stands behind it is lost. `wait_ms` for all of it; negative: for ever.
Result<std::string> receive_line(int connection, std::size_t bytes_max, int wait_ms);

}  // namespace tocsin
