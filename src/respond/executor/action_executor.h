// Does actions: looks at each order once more (action_gate.h), hands it to its connector's threads, and says what came of it. One that takes long, or a connector that hangs, keeps no other connector waiting. A connector that fails
// again and again is left alone for a while (circuit breaker), and asked no more often than it bears (rate). While everything is stopped nothing is begun: what waits comes back at once.
//
//   ActionExecutor executor({env, gate, connectors, secrets}, answer);
//   executor.order(order);                // any thread; the answer comes through `answer`, from any thread
//   executor.stop(true);
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "respond/connector/connector.h"
#include "respond/executor/action_gate.h"
#include "respond/executor/vault.h"

namespace tocsin::respond {

/// Side by side for one connector; further orders wait.
inline constexpr std::size_t kConnectorThreads = 4;
/// Orders that wait for one connector; the next is refused, and may be tried again.
inline constexpr std::size_t kOrdersWaitingMax = 5'000;
/// So many failures that may pass, one after the other, and it is left alone for so long.
inline constexpr std::uint32_t kBreakerFailures = 5;
inline constexpr std::int64_t kBreakerNs = 30'000'000'000;
/// In a minute, if the settings of a connector say nothing (`per_minute`).
inline constexpr std::uint32_t kPerMinute = 600;

class ActionExecutor {
 public:
  struct Place {
    Env& env;
    ActionGate& gate;
    Vault& vault;
  };
  using Answer = std::function<void(ActionAnswer)>;
  ActionExecutor(const Place& place, Answer answer);
  ~ActionExecutor();

  /// Before the first order. `per_minute` 0: as often as it can.
  void add(std::unique_ptr<Connector> connector, std::uint32_t per_minute);
  void order(ActionOrder order);
  void stop(bool stopped);

 private:
  struct Lane {
    std::unique_ptr<Connector> connector;
    std::uint32_t per_minute = 0;
    std::mutex mutex;  // guards what follows
    std::condition_variable work;
    std::deque<ActionOrder> orders;
    std::deque<std::int64_t> begun;  // within the last minute, where there is a rate
    std::uint32_t failures = 0;
    std::int64_t closed_until = 0;
    std::vector<std::thread> threads;
  };
  void run(Lane& lane);
  ActionResult act(Lane& lane, const ActionOrder& order);
  ActionResult guarded(Lane& lane, const ActionOrder& order);
  void answer(const ActionOrder& order, ActionResult result);

  const Place place_;
  const Answer answer_;
  std::mutex gate_mutex_;
  std::map<std::string, std::unique_ptr<Lane>, std::less<>> lanes_;
  std::atomic<bool> stopped_ = false, ending_ = false;
};

}  // namespace tocsin::respond
