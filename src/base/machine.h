// Under what names this machine is reached, as far as it knows. Like Env this asks the system, which tests do not: what needs the names is given them.
// Safe from any thread; what cannot be known is left out.
//
//   options.machine = machine_names();   // {"web1", "192.0.2.7", "2001:db8::7"}
#pragma once

#include <string>
#include <vector>

namespace tocsin {

/// The host name ("localhost" if there is none), then the addresses of interfaces, but for loopback and those that hold on one link only.
std::vector<std::string> machine_names();

}  // namespace tocsin
