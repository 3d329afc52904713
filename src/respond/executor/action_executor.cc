#include "respond/executor/action_executor.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::respond {

namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;

/// What a connector gives back, within its bounds.
void bound(ActionResult& result) {
  if (result.detail.size() > kDetailBytesMax) result.detail.resize(kDetailBytesMax);
  std::size_t bytes = 0;
  for (auto& [name, value] : result.outputs) {
    if (value.size() > kOutputBytesMax) value.resize(kOutputBytesMax);
    bytes += name.size() + value.size();
  }
  if (bytes > kOutputsBytesMax) result.outputs.clear();
}

}  // namespace

ActionExecutor::ActionExecutor(const Place& place, Answer answer) : place_(place), answer_(std::move(answer)) {}

ActionExecutor::~ActionExecutor() {
  ending_ = true;
  for (auto& [name, lane] : lanes_) {
    {
      const std::lock_guard<std::mutex> lock(lane->mutex);  // whoever is about to wait has seen it
    }
    lane->work.notify_all();
    for (std::thread& thread : lane->threads) thread.join();
  }
}

void ActionExecutor::add(std::unique_ptr<Connector> connector, std::uint32_t per_minute) {
  auto lane = std::make_unique<Lane>();
  lane->connector = std::move(connector);
  lane->per_minute = per_minute;
  for (std::size_t i = 0; i < kConnectorThreads; ++i) lane->threads.emplace_back([this, at = lane.get()] { run(*at); });
  lanes_[std::string(lane->connector->name())] = std::move(lane);
}

void ActionExecutor::answer(const ActionOrder& order, ActionResult result) {
  bound(result);
  {
    const std::lock_guard<std::mutex> lock(gate_mutex_);
    place_.gate.done(order.key, result);
  }
  answer_({order.key, std::move(result)});
}

void ActionExecutor::order(ActionOrder order) {
  {
    const std::lock_guard<std::mutex> lock(gate_mutex_);
    if (const ActionResult* const known = place_.gate.known(order)) return answer_({order.key, *known});
    if (const Status may = place_.gate.may(order, place_.env.now_us()); !may) {
      return answer_({order.key, {.outcome = ActionOutcome::kRefused, .detail = may.error().message}});
    }
  }
  const auto found = lanes_.find(order.call.connector);
  if (found == lanes_.end()) return answer(order, {.outcome = ActionOutcome::kRefused, .detail = fmt::format("the connector '{}' is not set up (connectors: in the settings)", order.call.connector)});
  Lane& lane = *found->second;
  {
    const std::lock_guard<std::mutex> lock(lane.mutex);
    if (lane.orders.size() < kOrdersWaitingMax) {
      lane.orders.push_back(std::move(order));
      lane.work.notify_one();
      return;
    }
  }
  answer(order, failed(fmt::format("{} orders wait for the connector", kOrdersWaitingMax), true));
}

void ActionExecutor::stop(bool stopped) {
  stopped_ = stopped;
  if (!stopped) return;
  for (auto& [name, lane] : lanes_) {
    std::deque<ActionOrder> waiting;
    {
      const std::lock_guard<std::mutex> lock(lane->mutex);
      waiting.swap(lane->orders);
    }
    for (const ActionOrder& order : waiting) answer(order, {.outcome = ActionOutcome::kNotBegun, .detail = "everything is stopped"});
  }
}

void ActionExecutor::run(Lane& lane) {
  while (true) {
    ActionOrder order;
    {
      std::unique_lock<std::mutex> lock(lane.mutex);
      lane.work.wait(lock, [&] { return !lane.orders.empty() || ending_; });
      if (ending_) return;
      order = std::move(lane.orders.front());
      lane.orders.pop_front();
    }
    answer(order, guarded(lane, order));
  }
}

ActionResult ActionExecutor::guarded(Lane& lane, const ActionOrder& order) {
  {
    const std::lock_guard<std::mutex> lock(lane.mutex);
    const std::int64_t now = place_.env.monotonic_ns();
    if (lane.closed_until > now) return failed(fmt::format("the connector failed {} times in a row and is left alone for {} s", kBreakerFailures, (lane.closed_until - now) / 1'000'000'000 + 1), true);
    while (!lane.begun.empty() && lane.begun.front() + kMinuteNs < now) lane.begun.pop_front();
    if (lane.per_minute > 0 && lane.begun.size() >= lane.per_minute) return failed(fmt::format("the connector is asked {} times a minute at most", lane.per_minute), true);
    if (lane.per_minute > 0) lane.begun.push_back(now);
  }
  if (stopped_ && !order.probe) return {.outcome = ActionOutcome::kNotBegun, .detail = "everything is stopped"};
  ActionResult result = act(lane, order);
  const bool broken = (result.outcome == ActionOutcome::kFailed && result.may_pass && !order.probe) || result.outcome == ActionOutcome::kUnknown;
  const std::lock_guard<std::mutex> lock(lane.mutex);
  lane.failures = broken ? lane.failures + 1 : 0;
  if (lane.failures >= kBreakerFailures) {
    lane.closed_until = place_.env.monotonic_ns() + kBreakerNs;
    lane.failures = kBreakerFailures - 1;  // the next one tries it, and closes it again if it fails
  }
  return result;
}

ActionResult ActionExecutor::act(Lane& lane, const ActionOrder& order) {
  const std::string name = order.call.credential.empty() ? lane.connector->credential() : order.call.credential;
  Secret secret(order.call.secret);
  if (!name.empty()) {
    Result<Secret> found = place_.vault.get(name);
    if (!found) return failed(found.error().message);
    secret = std::move(*found);
  }
  const Act act{.call = order.call, .key = fmt::format("{}.{}", order.key.run, order.key.action), .secret = secret.is_empty() ? nullptr : &secret, .deadline_ns = place_.env.monotonic_ns() + static_cast<std::int64_t>(std::min<std::uint64_t>(order.call.timeout_ms, 24 * 3'600'000ULL)) * 1'000'000};
  return order.probe ? lane.connector->probe(act) : lane.connector->act(act);
}

}  // namespace tocsin::respond
