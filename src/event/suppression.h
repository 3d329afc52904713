// Whom an alert reaches: people, or nobody, because a person said so for a while (a suppression) or because its rule is on trial (in shadow). Whoever it reaches, it is detected, kept, found by a search and counted.
// What a suppression covers and what breaks through it is here, pure; the state decides by it, once, when an alert is kept (store/suppressions.h), and docs/tuning.md tells people.
//
//   if (covers(suppression, {rule_id, level, entities})) …
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "event/alert.h"
#include "event/level.h"
#include "event/reach.h"

namespace tocsin {

/// A suppression ends: what was noise three months ago may be something else now.
inline constexpr std::int64_t kSuppressionAgeMaxUs = std::int64_t{90} * 86'400'000'000;
/// A window in which only the first counts: longer is no repetition but a suppression.
inline constexpr std::int64_t kSuppressionWindowMaxUs = std::int64_t{7} * 86'400'000'000;
/// So far back it is asked what a suppression would have hidden, and so long an entity of a true positive is watched.
inline constexpr std::int64_t kSuppressionLookBackUs = std::int64_t{30} * 86'400'000'000;
/// Of an entity, as alerts have them; of a reason and an owner.
inline constexpr std::size_t kSuppressionEntityBytesMax = 4'096, kSuppressionReasonBytesMax = 1'024, kSuppressionOwnerBytesMax = 128;

/// What was said, and what came of it. A rule, an entity or both are named.
struct Suppression {
  std::int64_t number = 0;               // from 1
  TimeUs made = kNoTime;
  std::string who = {};                  // "user ada", "command line, uid 0"
  std::string owner = {};                // who answers for it
  std::string reason = {};
  std::string rule = {};                 // whole id; "": any
  EntityType type = EntityType::kNone;   // kNone: about whatever
  std::string entity = {};               // "" with a type: each entity of that type by itself, which wants a window
  std::uint8_t level_max = 0;            // graver alerts break through; never kCriticalRank
  std::int64_t window_us = 0;            // 0: all; else the first of each rule and entity in so long reaches people
  TimeUs until = kNoTime;
  TimeUs taken_back = kNoTime;           // as if it had never been: what it hid reaches people
  std::string taken_back_by = {}, taken_back_why = {};

  std::uint64_t hidden = 0;              // alerts
  std::uint64_t first_ones = 0;          // that reached people as the first of a window
  std::uint64_t too_grave = 0;           // that broke through: above `level_max`
  std::uint64_t watched = 0;             // that broke through: about an entity of an attack, or of an incident that somebody works on
  TimeUs first = kNoTime, last = kNoTime;  // of those hidden, by the times of their events
  std::uint64_t hosts = 0;               // distinct ones that those were about; no more than kSuppressionHostsMax are told apart
};

inline constexpr std::uint8_t kCriticalRank = 4;

/// What it hides at most if nobody says: with a rule what is known to be noise, without one whatever may come.
inline std::uint8_t preset_level_max(const Suppression& suppression) { return suppression.rule.empty() ? 2 : 3; }

enum class SuppressionState : std::uint8_t { kInForce, kExpired, kTakenBack };
inline constexpr std::array<std::string_view, 3> kSuppressionStateWords = {"in_force", "expired", "taken_back"};
inline SuppressionState state_of(const Suppression& suppression, TimeUs now) {
  if (suppression.taken_back != kNoTime) return SuppressionState::kTakenBack;
  return now < suppression.until ? SuppressionState::kInForce : SuppressionState::kExpired;
}

/// "of rule 6f1c… about host ws-07, up to high, but for the first in 60 minutes"
std::string words_of(const Suppression& suppression);

/// What is looked at of an alert, in the words in which it is kept.
struct AlertAbout {
  std::string_view rule;
  std::uint8_t level = 0;
  std::span<const AlertEntity> entities;
};

/// Names of machines and accounts are the same in capitals; paths, hashes and URLs are compared as they are.
inline bool is_same_entity(EntityType type, std::string_view one, std::string_view other) {
  const bool folds = type == EntityType::kHost || type == EntityType::kUser || type == EntityType::kDomain || type == EntityType::kMailbox;
  return one == other || (folds && folded(one) == folded(other));
}

/// The alert's entity that the suppression is about: of one with a value that one, else the first of its type; nullptr: none.
inline const AlertEntity* entity_of(const Suppression& suppression, std::span<const AlertEntity> entities) {
  const auto found = std::ranges::find_if(entities, [&](const AlertEntity& entity) {
    return entity.type == suppression.type && (suppression.entity.empty() || is_same_entity(entity.type, entity.value, suppression.entity));
  });
  return found == entities.end() ? nullptr : &*found;
}

/// Whether an alert is one of those that it names. What breaks through is covered, too.
inline bool covers(const Suppression& suppression, const AlertAbout& alert) {
  if (suppression.rule.empty() && suppression.type == EntityType::kNone) return false;
  if (!suppression.rule.empty() && suppression.rule != alert.rule) return false;
  return suppression.type == EntityType::kNone || entity_of(suppression, alert.entities) != nullptr;
}

/// An entity of an attack, or of an incident that somebody works on: no alert about it is hidden until then.
struct WatchedEntity {
  EntityType type = EntityType::kNone;
  std::string value;
  TimeUs until = kNoTime;
  auto operator<=>(const WatchedEntity&) const = default;
};

/// By what watched entities are told apart: a machine by its name without the domain, an account by its own, whatever they are called by.
inline std::string watch_key(EntityType type, std::string_view value) {
  std::string key = folded(value);
  const bool is_address = key.find_first_not_of("0123456789.") == std::string::npos || key.find(':') != std::string::npos;
  if (type == EntityType::kHost && !is_address) key.resize(std::min(key.find('.'), key.size()));
  if (type != EntityType::kUser) return key;
  key.resize(std::min(key.find('@'), key.size()));
  return key.substr(key.rfind('\\') + 1);  // npos + 1 is 0
}

/// Machines, accounts, addresses, mailboxes and resources are watched: files and programs are everywhere.
inline bool is_watchable(EntityType type) {
  return type == EntityType::kHost || type == EntityType::kUser || type == EntityType::kIp || type == EntityType::kMailbox || type == EntityType::kCloudResource;
}

}  // namespace tocsin
