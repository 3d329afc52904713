// What the state remembers of the health of the whole path: canaries that came out, and what is usual of each source.
#include "store/state_statement.h"

namespace tocsin {

Status State::keep_canaries(const StreamStep& step) {
  if (step.canaries.empty()) return {};
  Statement keep(*this, "INSERT OR REPLACE INTO canaries VALUES (?, ?, ?)");
  for (const StoredCanary& canary : step.canaries) {
    TRY(keep.again().number(static_cast<std::int64_t>(canary.sequence)).number(canary.received).number(canary.found).run());
  }
  return Statement(*this, "DELETE FROM canaries WHERE sequence NOT IN (SELECT sequence FROM canaries ORDER BY sequence DESC LIMIT ?)").number(kStoredCanariesMax).run();
}

Result<std::vector<StoredCanary>> State::canaries(std::size_t limit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement find(*this, "SELECT sequence, received, found FROM canaries ORDER BY sequence DESC LIMIT ?");
  find.number(static_cast<std::int64_t>(limit));
  std::vector<StoredCanary> canaries;
  while (TRY(find.row())) {
    StoredCanary& canary = canaries.emplace_back();
    canary.sequence = static_cast<std::uint64_t>(find.next_number());
    canary.received = find.next_number();
    canary.found = find.next_number();
  }
  return canaries;
}

Result<std::vector<StoredHabit>> State::habits() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Statement find(*this, "SELECT source, packed FROM habits ORDER BY source");
  std::vector<StoredHabit> habits;
  while (TRY(find.row())) {
    StoredHabit& habit = habits.emplace_back();
    habit.source = find.next_text();
    habit.packed = find.next_text();
  }
  return habits;
}

Status State::keep_habits(std::span<const StoredHabit> habits) {
  return change([&]() -> Status {
    TRY(execute("DELETE FROM habits"));
    Statement keep(*this, "INSERT INTO habits VALUES (?, ?)");
    for (const StoredHabit& habit : habits) TRY(keep.again().text(habit.source).blob(habit.packed).run());
    return {};
  });
}

}  // namespace tocsin
