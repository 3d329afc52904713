// Whether a service gets on with its work: of the parts that every record passes through, how far each is and whether it has something to do. One that
// had work at two looks and did none of it in between hangs. Whoever watches the service asks (cli/systemd.h); looks are to be some seconds apart. Plain data.
//
//   const Pulse before = service.pulse();
//   … const std::string_view hanging = hanging_part(before, service.pulse());
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

struct Pulse {
  struct Part {
    std::uint64_t done = 0;
    /// It has work, and says of nothing that it is in its way: a full disk is told, and no new start helps.
    bool busy = false;
  };
  Part journal, detection;
};

/// The name of the part, "" if all get on.
std::string_view hanging_part(const Pulse& before, const Pulse& now);

}  // namespace tocsin
