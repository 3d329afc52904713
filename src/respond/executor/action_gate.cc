#include "respond/executor/action_gate.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::respond {

namespace {

Error denied(std::string why) { return {Code::kDenied, std::move(why)}; }

bool overlap(const IpNetwork& one, const IpNetwork& other) { return one.bits <= other.bits ? one.holds(other.base) : other.holds(one.base); }

/// Of those since `from`; the others are forgotten.
std::size_t count_since(std::deque<TimeUs>& times, TimeUs from) {
  while (!times.empty() && times.front() <= from) times.pop_front();
  return times.size();
}

}  // namespace

Status ActionGate::may(const ActionOrder& order, TimeUs now) {
  const ActionSpec* const spec = find_action(table_, order.call.connector, order.call.action);
  if (spec == nullptr) return denied(fmt::format("there is no '{} {}'", order.call.connector, order.call.action));
  if (const Status fits = check_call(*spec, order.call); !fits) return denied(fits.error().message);
  if (hash_of(order.call) != order.hash) return denied("it is not the call that was decided on");
  const auto seen = seen_.find(order.key);
  if (seen != seen_.end()) {
    if (seen->second.hash != order.hash) return denied("its arguments are not those that it had the first time");
    if (spec->repeat == Repeat::kOnce && !order.probe && (!seen->second.result || seen->second.result->outcome == ActionOutcome::kDone)) return denied("it was sent before, and may be done once");
  }
  if (!order.is_undo) TRY(check_targets(*spec, order.call));  // taking back is never in the way
  if (seen == seen_.end()) {
    if (!order.is_undo && !order.probe && !order.call.dry_run) TRY(count(*spec, order, now));
    if (order_.size() == kOrdersRememberedMax) {
      seen_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(order.key);
    seen_[order.key].hash = order.hash;
  }
  return {};
}

const ActionResult* ActionGate::known(const ActionOrder& order) const {
  const auto seen = seen_.find(order.key);
  if (seen == seen_.end() || !seen->second.result || seen->second.hash != order.hash || seen->second.result->outcome != ActionOutcome::kDone) return nullptr;
  return &*seen->second.result;
}

void ActionGate::done(const ActionKey& key, const ActionResult& result) {
  if (const auto seen = seen_.find(key); seen != seen_.end()) seen->second.result = result;
}

Status ActionGate::check_targets(const ActionSpec& spec, const ActionCall& call) const {
  for (const ArgumentSpec& argument : spec.arguments) {
    const auto given = call.arguments.find(std::string(argument.name));
    if (argument.target != EntityType::kNone && given != call.arguments.end()) TRY(check_target(argument.target, given->second));
  }
  return {};
}

Status ActionGate::check_target(EntityType type, std::string_view value) const {
  if (value.find('*') != std::string_view::npos) return denied(fmt::format("'{}' is no single target", value));
  if (const Protected* const found = policy_.protection(type, value)) return denied(fmt::format("'{}' is protected ({})", value, found->pattern));
  const std::optional<IpNetwork> network = read_network(value);
  if (!network) return {};
  if (network->bits < (network->base.is_v4() ? kNetworkBitsMinV4 : kNetworkBitsMinV6)) return denied(fmt::format("'{}' is too wide a network", value));
  for (const Protected& one : policy_.protects) {
    if (one.network && overlap(*one.network, *network)) return denied(fmt::format("'{}' is, or holds, what is protected ({})", value, one.pattern));
  }
  return {};
}

Status ActionGate::count(const ActionSpec& spec, const ActionOrder& order, TimeUs now) {
  if (spec.policy_class.empty()) return {};
  const ActionClass* const rule = policy_.action(spec.policy_class);
  if (rule == nullptr) return denied(fmt::format("the policy says nothing of '{}'", spec.policy_class));
  const bool alone = order.approvals == 0;
  if (alone && (rule->dry_run || !rule->confidence)) return denied(fmt::format("the policy lets nobody do '{}' without a person's yes", rule->name));
  if (!alone && order.approvals < rule->approvers) return denied(fmt::format("'{}' needs {} people to say yes, {} did", rule->name, rule->approvers, order.approvals));
  Times& times = times_[rule->name];
  const TimeUs from = now - rule->within_us;
  if (alone && count_since(times.alone, from) >= rule->targets) return denied(fmt::format("'{}' was done {} times by itself within {} min, which is the most", rule->name, rule->targets, rule->within_us / 60'000'000));
  const std::size_t most = static_cast<std::size_t>(rule->targets) * kApprovedCapFactor;
  if (!alone && count_since(times.approved, from) >= most) return denied(fmt::format("'{}' was done {} times within {} min, which is the most even with a yes", rule->name, most, rule->within_us / 60'000'000));
  (alone ? times.alone : times.approved).push_back(now);
  return {};
}

}  // namespace tocsin::respond
