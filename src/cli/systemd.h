// What a service says to systemd, if that has started it (sd_notify(3), Type=notify): that it is ready, that it is alive, that it stops. A
// datagram to the socket that the environment names; no library. Elsewhere nothing happens. Nothing fails: nobody could do anything about it.
//
//   tell_systemd("READY=1");
//   if (const auto interval = systemd_watchdog_interval()) …   // tell_systemd("WATCHDOG=1") that often, while all is well
//   if (!standard_error_is_journal()) …                        // secrets may be printed
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tocsin::cli {

void tell_systemd(std::string_view state);
/// A quarter of the time after which systemd takes a silent service for dead; nothing if it does not watch this process.
std::optional<std::chrono::microseconds> systemd_watchdog_interval();
/// Whether what is said is kept by journald, which shows it to others and may forward it to other machines.
bool standard_error_is_journal();

}  // namespace tocsin::cli
