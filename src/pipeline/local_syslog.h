// A line for the machine's own syslog, by its socket (/dev/log): what the service may reach, for a daemon there to send further. Any thread; waits for nobody.
//
//   TRY(send_to_syslog("/dev/log", "audit checkpoint …"));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// As facility authpriv, severity notice (RFC 3164, section 4.1.1), from "tocsin". kIo if nobody listens, or takes no more just now.
Status send_to_syslog(const std::string& socket, std::string_view line);

}  // namespace tocsin
