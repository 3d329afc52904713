#include "pipeline/pulse.h"

namespace tocsin {

namespace {

bool hangs(const Pulse::Part& before, const Pulse::Part& now) { return before.busy && now.busy && before.done == now.done; }

}  // namespace

std::string_view hanging_part(const Pulse& before, const Pulse& now) {
  if (hangs(before.journal, now.journal)) return "the journal";
  return hangs(before.detection, now.detection) ? "detection" : "";
}

}  // namespace tocsin
