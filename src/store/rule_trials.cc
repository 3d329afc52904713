#include "store/rule_trials.h"

#include <map>

#include "store/state_statement.h"

namespace tocsin {

Result<std::set<std::string>> RuleTrials::take(const std::vector<std::string>& ids, bool try_new, TimeUs now) {
  std::set<std::string> on_trial;
  const Status taken = state_.change([&]() -> Status {
    std::map<std::string, bool, std::less<>> known;  // whether it is on trial
    State::Statement find(state_, "SELECT rule, trial FROM known_rules");
    while (TRY(find.row())) {
      std::string rule = find.next_text();
      known[std::move(rule)] = find.next_number() != 0;
    }
    const bool are_first = known.empty();
    State::Statement add(state_, "INSERT OR IGNORE INTO known_rules VALUES (?, ?, ?)");
    for (const std::string& id : ids) {
      const auto before = known.find(id);
      const bool is_new = before == known.end();
      if (try_new && (is_new ? !are_first : before->second)) on_trial.insert(id);
      if (is_new) TRY(add.again().text(id).number(now).number(on_trial.contains(id) ? 1 : 0).run());
    }
    if (!try_new) TRY(state_.execute("UPDATE known_rules SET trial = 0 WHERE trial <> 0"));
    return forget(ids);
  });
  if (!taken) return taken.error();
  return on_trial;
}

/// What is too much, but for `ids`.
Status RuleTrials::forget(const std::vector<std::string>& ids) {
  State::Statement count(state_, "SELECT count(*) FROM known_rules");
  TRY(count.row());
  std::int64_t over = count.next_number() - static_cast<std::int64_t>(kKnownRulesMax);
  if (over <= 0) return {};
  const std::set<std::string_view> loaded(ids.begin(), ids.end());
  std::vector<std::string> gone;
  State::Statement find(state_, "SELECT rule FROM known_rules ORDER BY since, rule");
  while (over > 0 && TRY(find.row())) {
    std::string rule = find.next_text();
    if (loaded.contains(rule)) continue;
    gone.push_back(std::move(rule));
    --over;
  }
  State::Statement remove(state_, "DELETE FROM known_rules WHERE rule = ?");
  for (const std::string& rule : gone) TRY(remove.again().text(rule).run());
  return {};
}

}  // namespace tocsin
