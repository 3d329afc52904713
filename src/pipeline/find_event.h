// One event of an input, by its index, for `tocsin explain`: parsed and classified as in a scan.
#pragma once

#include <functional>
#include <string>

#include "base/env.h"
#include "event/event.h"
#include "pipeline/engine.h"

namespace tocsin {

/// Calls `visit` with the event. kNotFound if the input has fewer.
Status find_event(Env& env, Engine& engine, const std::string& path, std::uint64_t index,
                  const std::function<void(const Event&, const PathTable&)>& visit);

}  // namespace tocsin
