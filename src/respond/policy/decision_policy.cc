#include "respond/policy/decision_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/content.h"
#include "base/pattern.h"
#include "base/yaml.h"
#include "event/attack_stages.h"
#include "event/entity_names.h"
#include "event/level.h"

namespace tocsin::respond {

namespace {

constexpr std::string_view kShipped = "policies/decisions/default.yml";
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr std::size_t kMistakesMax = 50;

/// "90m", "4h", "7d".
std::optional<std::int64_t> read_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::int64_t minutes = text.back() == 'm' ? 1 : text.back() == 'h' ? 60 : text.back() == 'd' ? 24 * 60 : 0;
  if (error != std::errc() || stop != end || minutes == 0 || number < 1 || number > 366 * 24 * 60) return std::nullopt;
  return number * minutes * kMinuteUs;
}

/// "08:30" as minutes of the day.
std::optional<int> read_clock(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1'000; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours > 24 || (hours == 24 && minutes > 0)) return std::nullopt;
  return hours * 60 + minutes;
}

class DecisionPolicyReader {
 public:
  explicit DecisionPolicyReader(const std::string& file) : file_(file) {}

  Result<DecisionPolicy> read(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) {
      wrong(documents.error().at, documents.error().message);
    } else if (documents->size() != 1 || !documents->front().is_mapping()) {
      wrong({1, 1}, "a policy is one YAML mapping of decisions, description, protected and actions");
    } else {
      read_all(documents->front());
    }
    if (!mistakes_.empty()) return Error{Code::kInvalid, mistakes_};
    return std::move(policy_);
  }

 private:
  void wrong(Position at, const std::string& what) {
    if (++count_ > kMistakesMax) return;
    mistakes_ += fmt::format("{}{}:{}:{}: {}", mistakes_.empty() ? "" : "\n", file_, at.line, at.column, what);
  }

  void read_all(const YamlNode& all) {
    for (const auto& [key, value] : all.entries) {
      if (key.scalar == "decisions") {
        policy_.name = value.scalar;
      } else if (key.scalar == "description") {
        policy_.description = value.scalar;
      } else if (key.scalar == "protected") {
        read_protected(value);
      } else if (key.scalar == "actions") {
        read_actions(value);
      } else {
        wrong(key.at, fmt::format("'{}' is not a part of a policy (decisions, description, protected, actions)", key.scalar));
      }
    }
    if (policy_.name.empty()) wrong({1, 1}, "the policy has no name; give it one with decisions: NAME");
  }

  std::vector<std::string> texts(const YamlNode& node) {
    std::vector<std::string> out;
    if (node.is_scalar()) return {node.scalar};
    for (const YamlNode& item : node.items) {
      if (item.is_scalar()) {
        out.push_back(item.scalar);
      } else {
        wrong(item.at, "a text is wanted here");
      }
    }
    if (node.items.empty()) wrong(node.at, "a text, or a list of texts, is wanted here");
    return out;
  }

  EntityType entity(const YamlNode& node) {
    const EntityType type = entity_named(node.scalar);
    if (type == EntityType::kNone) wrong(node.at, fmt::format("'{}' is no entity ({})", node.scalar, kEntityNameList));
    return type;
  }

  void read_protected(const YamlNode& node) {
    if (!node.is_mapping()) return wrong(node.at, fmt::format("protected is a mapping of entities ({}) to lists of names", kEntityNameList));
    for (const auto& [key, value] : node.entries) {
      const EntityType type = entity(key);
      for (std::string& pattern : texts(value)) {
        if (policy_.protects.size() == kProtectedMax) return wrong(value.at, fmt::format("more than {} are protected", kProtectedMax));
        std::optional<IpNetwork> network;
        if (type == EntityType::kIp) network = read_network(pattern);
        if (type == EntityType::kIp && !network && pattern.find('*') == std::string::npos) wrong(value.at, fmt::format("'{}' is no address and no network", pattern));
        policy_.protects.push_back({type, std::move(pattern), network});
      }
    }
  }

  void read_actions(const YamlNode& node) {
    if (!node.is_sequence()) return wrong(node.at, "actions must be a list");
    if (node.items.size() > kActionClassesMax) return wrong(node.at, fmt::format("more than {} actions", kActionClassesMax));
    for (const YamlNode& item : node.items) read_action(item);
  }

  void read_action(const YamlNode& node) {
    if (!node.is_mapping()) return wrong(node.at, "an action is a mapping: its name (action), target, and what is needed for it");
    ActionClass action;
    for (const auto& [key, value] : node.entries) read_part(key, value, action);
    if (action.name.empty()) wrong(node.at, "the action has no name; give it one with action: NAME");
    if (policy_.action(action.name) != nullptr) wrong(node.at, fmt::format("there is an action '{}' already", action.name));
    if (action.target == EntityType::kNone && node.find("target") == nullptr) wrong(node.at, fmt::format("say what it is done to: target ({}; none, if to nothing that an alert names)", kEntityNameList));
    if (action.confidence && *action.confidence < action.ask) wrong(node.at, "it would be done by itself where nobody is even asked: confidence is below ask");
    if (action.confidence && !action.reversible) wrong(node.at, "what cannot be undone is never done by itself: leave confidence out, or say reversible: true if it can be");
    policy_.actions.push_back(std::move(action));
  }

  void read_part(const YamlNode& key, const YamlNode& value, ActionClass& action) {
    const std::string& name = key.scalar;
    if (name == "action") {
      action.name = value.scalar;
    } else if (name == "target") {
      if (value.scalar != "none") action.target = entity(value);
    } else if (name == "for") {
      read_occasion(value, action.occasion);
    } else if (name == "confidence") {
      if (value.scalar != "never") action.confidence = share(value);
    } else if (name == "ask") {
      action.ask = share(value);
    } else if (name == "reversible") {
      action.reversible = truth(value);
    } else if (name == "dry_run") {
      action.dry_run = truth(value);
    } else if (name == "at_most") {
      read_radius(value, action);
    } else if (name == "lease") {
      action.lease_us = duration(value);
    } else if (name == "approvers") {
      action.approvers = number(value, 1, 20);
    } else if (name == "hours") {
      read_hours(value, action.hours);
    } else {
      wrong(key.at, fmt::format("'{}' is not a part of an action (action, target, for, confidence, ask, reversible, at_most, lease, approvers, hours, dry_run)", name));
    }
  }

  double share(const YamlNode& node) {
    double value = 0;
    const char* const end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
    if (!node.is_scalar() || error != std::errc() || stop != end || !(value > 0 && value < 1)) wrong(node.at, "a probability is wanted here: more than 0, less than 1");
    return value;
  }

  bool truth(const YamlNode& node) {
    if (!node.is_scalar() || node.quoted || yaml_type(node) != YamlType::kBool) wrong(node.at, "true or false is wanted here");
    return node.scalar == "true" || node.scalar == "True" || node.scalar == "TRUE";
  }

  std::uint32_t number(const YamlNode& node, std::uint32_t least, std::uint32_t most) {
    std::uint32_t value = 0;
    const char* const end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
    if (!node.is_scalar() || error != std::errc() || stop != end || value < least || value > most) wrong(node.at, fmt::format("a number from {} to {} is wanted here", least, most));
    return value;
  }

  std::int64_t duration(const YamlNode& node) {
    const std::optional<std::int64_t> us = node.is_scalar() ? read_duration(node.scalar) : std::nullopt;
    if (!us) wrong(node.at, "a time is wanted here: 30m, 4h, 7d");
    return us.value_or(kMinuteUs);
  }

  void read_radius(const YamlNode& node, ActionClass& action) {
    if (!node.is_mapping()) return wrong(node.at, "at_most is a mapping of targets and within: {targets: 3, within: 1h}");
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "targets") {
        action.targets = number(value, 1, 1'000'000);
      } else if (key.scalar == "within") {
        action.within_us = duration(value);
      } else {
        wrong(key.at, fmt::format("'{}' is not a part of at_most (targets, within)", key.scalar));
      }
    }
  }

  void read_occasion(const YamlNode& node, Occasion& occasion) {
    if (!node.is_mapping()) return wrong(node.at, "for is a mapping of level, tactics, tags and rules");
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "level") {
        const std::optional<std::uint8_t> level = level_rank_of(value.scalar);
        if (!level) wrong(value.at, fmt::format("'{}' is no level (informational, low, medium, high, critical)", value.scalar));
        occasion.level = level.value_or(0);
      } else if (key.scalar == "tactics") {
        occasion.tactics = texts(value);
        for (const std::string& tactic : occasion.tactics) {
          if (tactic_named(tactic) == nullptr) wrong(value.at, fmt::format("'{}' is no tactic of ATT&CK, such as lateral-movement", tactic));
        }
      } else if (key.scalar == "tags") {
        occasion.tags = texts(value);
      } else if (key.scalar == "rules") {
        occasion.rules = texts(value);
      } else {
        wrong(key.at, fmt::format("'{}' is not a part of for (level, tactics, tags, rules)", key.scalar));
      }
    }
  }

  void read_hours(const YamlNode& node, std::optional<Hours>& hours) {
    if (!node.is_mapping()) return wrong(node.at, "hours is a mapping of days, from, to and zone");
    const YamlNode* const zone = node.find("zone");
    Result<TimeZone> found = TimeZone::find(zone == nullptr ? "UTC" : zone->scalar);
    if (!found) return wrong(zone == nullptr ? node.at : zone->at, found.error().message);
    Hours read{.days = std::bitset<7>(0x7f), .zone = std::move(*found)};
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "days") {
        read.days = days(value);
      } else if (key.scalar == "from" || key.scalar == "to") {
        const std::optional<int> minutes = read_clock(value.scalar);
        if (!minutes) wrong(value.at, "a time of day is wanted here: 08:30");
        (key.scalar == "from" ? read.from : read.to) = minutes.value_or(0);
      } else if (key.scalar != "zone") {
        wrong(key.at, fmt::format("'{}' is not a part of hours (days, from, to, zone)", key.scalar));
      }
    }
    hours = std::move(read);
  }

  std::bitset<7> days(const YamlNode& node) {
    std::bitset<7> days;
    for (const std::string& text : texts(node)) {
      const auto day = std::ranges::find(kDays, text);
      if (day == kDays.end()) {
        wrong(node.at, fmt::format("'{}' is no day (mon, tue, wed, thu, fri, sat, sun)", text));
      } else {
        days.set(static_cast<std::size_t>(day - kDays.begin()));
      }
    }
    return days;
  }

  const std::string& file_;
  std::string mistakes_;
  std::size_t count_ = 0;
  DecisionPolicy policy_;
};

}  // namespace

bool Hours::hold(TimeUs time) const {
  constexpr std::int64_t kDayMinutes = 24 * 60;
  const TimeUs local = zone.to_local(time);
  std::int64_t minutes = local / kMinuteUs - (local % kMinuteUs < 0 ? 1 : 0);
  const std::int64_t minute = ((minutes % kDayMinutes) + kDayMinutes) % kDayMinutes;
  const bool over_midnight = to <= from;
  const bool after_midnight = over_midnight && minute < to;
  if (over_midnight ? !(minute >= from || after_midnight) : !(minute >= from && minute < to)) return false;
  std::int64_t day = (minutes - minute) / kDayMinutes - (after_midnight ? 1 : 0);
  return days.test(static_cast<std::size_t>((((day + 3) % 7) + 7) % 7));  // 1970 began on a Thursday
}

const ActionClass* DecisionPolicy::action(std::string_view wanted) const {
  const auto found = std::ranges::find(actions, wanted, &ActionClass::name);
  return found == actions.end() ? nullptr : &*found;
}

const Protected* DecisionPolicy::protection(EntityType type, std::string_view target) const {
  const std::optional<IpAddress> address = type == EntityType::kIp ? read_ip(target) : std::nullopt;
  for (const Protected& one : protects) {
    if (one.type != type) continue;
    if (one.network ? address && one.network->holds(*address) : fits_pattern(one.pattern, target)) return &one;
  }
  return nullptr;
}

Result<DecisionPolicy> read_decision_policy(const std::string& file, std::string_view text) { return DecisionPolicyReader(file).read(text); }

std::string_view shipped_decision_policy() {
  for (const ContentFile& file : content_files()) {
    if (file.name == kShipped) return file.text;
  }
  return {};
}

}  // namespace tocsin::respond
