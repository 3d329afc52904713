// The engine's way to whoever does actions: the executor process (pipeline/action_process.h), or a simulation.
#pragma once

#include <functional>

#include "respond/connector/action_order.h"

namespace tocsin::respond {

/// All of it is safe from any thread, and returns at once.
class ActionPort {
 public:
  virtual ~ActionPort() = default;
  /// What comes back goes to `answered`, in any order, from any thread; `lost` is called when whoever did actions is gone, with all that was under way. Once, before anything is sent.
  virtual void connect(std::function<void(ActionAnswer)> answered, std::function<void()> lost) = 0;
  virtual void send(ActionOrder order) = 0;
  /// Hands on what was sent since the last time: many at once are cheaper.
  virtual void flush() = 0;
  /// From now on nothing is begun: what waits comes back as kNotBegun.
  virtual void stop_all(bool stopped) = 0;
};

}  // namespace tocsin::respond
