// Who decided that alerts reach nobody for a while, as State keeps it: suppressions, which rules were promoted out of the shadow, and which entities are watched. Each change is written together with its line of the
// audit log, all or nothing. Whether an alert is hidden is decided once, in the transaction that keeps it (State::apply), and stands beside it from then on; a suppression that is taken back hides nothing any more.
// Safe from any thread; several processes may change them. Fails as State does.
//
//   Suppressions suppressions(*state);
//   const std::int64_t number = TRY(suppressions.add(suppression, by));
//   TRY(suppressions.take_back(number, "it was them", by));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/suppression.h"
#include "store/accounts.h"
#include "store/state.h"

namespace tocsin {

/// In force at once: every alert is held against each. Ever made: a team that makes three a day needs nine years; each stays, with its counts.
inline constexpr std::size_t kSuppressionsInForceMax = 1'000;
inline constexpr std::int64_t kSuppressionsMax = 10'000;
/// Hosts that are told apart for each, and rules with an entity whose windows are remembered for each; beyond, alerts reach people.
inline constexpr std::int64_t kSuppressionHostsMax = 1'000, kSuppressionWindowsMax = 10'000;
/// Beyond, every alert counts as watched, and nothing is suppressed: with so many, nobody can say what is not about the attack.
inline constexpr std::size_t kWatchedEntitiesMax = 10'000;

/// A rule in shadow and what it would have said: alerts that are stored and reached nobody.
struct ShadowCount {
  std::string rule;
  std::uint64_t alerts = 0;
  TimeUs first = kNoTime, last = kNoTime;
};

struct PromotedRule {
  std::string rule, who;
  TimeUs time = kNoTime;
};

class Suppressions {
 public:
  explicit Suppressions(State& state) : state_(state) {}

  /// Gives its number; that, the counts and what is said of taking it back are not looked at, `made` and `who` are those of `by`. kInvalid if it is none that can be (check_suppression), kLimit if there are too many.
  Result<std::int64_t> add(const Suppression& suppression, const Actor& by);
  /// kNotFound if there is none, kInvalid if it was taken back already.
  Status take_back(std::int64_t number, std::string_view why, const Actor& by);
  /// All that were ever made, in their order.
  Result<std::vector<Suppression>> all();
  /// By its number.
  Result<std::optional<Suppression>> one(std::int64_t number);
  /// Another number after every change that makes alerts reach people which did not.
  Result<std::int64_t> version();

  /// In place of those that were watched.
  Status watch(std::vector<WatchedEntity> entities);
  /// kWatchedEntitiesMax of them, and one more if everything is watched.
  Result<std::vector<WatchedEntity>> watched();

  /// From now on alerts of this rule reach people. kInvalid if it was promoted already.
  Status promote(std::string_view rule, const Actor& by);
  /// Back into the shadow, if it is still loaded from there.
  Status demote(std::string_view rule, const Actor& by);
  Result<std::vector<PromotedRule>> promoted();
  /// Of each rule with such alerts, in the order of their ids.
  Result<std::vector<ShadowCount>> shadow_counts(TimeUs since);

  /// Of the body of an alert, in the words in which it is kept; nothing of what is no alert.
  Result<std::vector<AlertEntity>> entities(std::string_view body);

 private:
  Status room_for_one(TimeUs now);

  State& state_;
};

/// What is wrong with one that is to be made at `now`; nothing if it can be.
Status check_suppression(const Suppression& suppression, TimeUs now);

}  // namespace tocsin
