#include "report/incident_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "event/level.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::size_t kRulesShown = 5;

std::int64_t day_of(TimeUs time) {
  if (time == kNoTime) return INT64_MIN;
  return time >= 0 ? time / kDayUs : (time - kDayUs + 1) / kDayUs;
}

}  // namespace

IncidentCut cut_by_budget(std::span<const Incident> incidents, std::size_t per_day) {
  IncidentCut cut;
  std::map<std::int64_t, std::size_t> of_day;
  std::map<std::string, std::uint64_t> rules;
  for (const Incident& incident : incidents) {
    if (++of_day[day_of(incident.last)] <= per_day) {
      cut.kept.push_back(incident);
      cut.loss_kept += incident.loss;
      continue;
    }
    ++cut.left_out;
    ++cut.by_level[std::min<std::size_t>(incident.level, 4)];
    cut.loss_left_out += incident.loss;
    cut.surest_left_out = std::max(cut.surest_left_out, incident.judged);
    if (!incident.rules.empty()) ++rules[incident.rules.front().title];
  }
  cut.rules.assign(rules.begin(), rules.end());
  std::ranges::stable_sort(cut.rules, std::greater<>(), &std::pair<std::string, std::uint64_t>::second);
  return cut;
}

std::string left_out_text(const IncidentCut& cut, std::size_t per_day) {
  if (cut.left_out == 0) return fmt::format("\nA budget of {} a day leaves nothing out.\n", grouped(per_day));
  std::string text = fmt::format("\nLeft out by a budget of {} a day: {} incident{}", grouped(per_day), grouped(cut.left_out), cut.left_out == 1 ? "" : "s");
  const char* before = " (";
  for (std::size_t level = cut.by_level.size(); level-- > 0;) {
    if (cut.by_level[level] == 0) continue;
    text += fmt::format("{}{} {}", before, grouped(cut.by_level[level]), kLevelWords[level]);
    before = ", ";
  }
  const double all = cut.loss_kept + cut.loss_left_out;
  text += fmt::format("), with {:.1f} % of the expected loss; the surest of them {:.1f} %\n", all > 0 ? 100 * cut.loss_left_out / all : 0.0, 100 * cut.surest_left_out);
  for (std::size_t i = 0; i < std::min(cut.rules.size(), kRulesShown); ++i) text += fmt::format("  {:>6}  {}\n", grouped(cut.rules[i].second), terminal_safe(cut.rules[i].first));
  if (cut.rules.size() > kRulesShown) text += fmt::format("          and {} more rules\n", grouped(cut.rules.size() - kRulesShown));
  return text;
}

}  // namespace tocsin
