#include "cli/explain_correlation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "detect/correlate/compiled.h"

namespace tocsin::cli {

namespace {

using sigma::Correlation;
using Type = Correlation::Type;

std::string span_text(std::int64_t us) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits = {
      {{86'400'000'000, "day"}, {3'600'000'000, "hour"}, {60'000'000, "minute"}, {1'000'000, "second"}}};
  for (const auto& [size, name] : kUnits) {
    if (us >= size && us % size == 0) return fmt::format("{} {}{}", us / size, name, us == size ? "" : "s");
  }
  return fmt::format("{} microseconds", us);
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + terminal_safe(name);
  return all;
}

std::string measured(const Correlation& rule) {
  const std::string fields = joined(rule.value_fields);
  switch (rule.type) {
    case Type::kEventCount: return "the events that match any of these rules";
    case Type::kValueCount: return "the distinct values of " + fields + " in events that match any of these rules";
    case Type::kValueSum: return "the sum of " + fields + " over events that match any of these rules";
    case Type::kValueAvg: return "the average of " + fields + " over events that match any of these rules";
    case Type::kValueMedian: return "the median of " + fields + " over events that match any of these rules";
    case Type::kValuePercentile:
      return fmt::format("percentile {} of {} over events that match any of these rules", rule.percentile, fields);
    case Type::kTemporal: return "how many of these rules match, in any order";
    case Type::kTemporalOrdered: return "how many of these rules match one after the other, in this order";
  }
  return {};
}

std::string condition(const Correlation& rule) {
  constexpr std::string_view kSigns[] = {">", ">=", "<", "<=", "=", "!="};
  std::string all;
  for (const Correlation::Bound& bound : rule.bounds) {
    all += fmt::format("{}{} {}", all.empty() ? "" : " and ", kSigns[static_cast<std::size_t>(bound.op)], bound.value);
  }
  return all.empty() ? "all of the rules" : all;
}

/// A name of group-by and, where it is an alias, the field that it stands for in each rule.
std::string group_text(const Correlation& rule, const std::string& name) {
  std::string text = terminal_safe(name);
  for (const Correlation::Alias& alias : rule.aliases) {
    if (alias.name != name) continue;
    for (const Correlation::Alias::Target& target : alias.targets) {
      text += fmt::format("\n               {} in {}", terminal_safe(target.field), terminal_safe(target.rule));
    }
  }
  return text;
}

void append_member(std::string& out, const sigma::RuleSet& set, const std::string& id) {
  const auto line = [&](const std::string& title, const char* kind, bool reported) {
    out += fmt::format("               {}  {}{}{}\n", terminal_safe(id), terminal_safe(title), kind,
                       reported ? "" : "; makes no alert of its own");
  };
  if (const auto rule = std::ranges::find(set.rules, id, &sigma::Rule::id); rule != set.rules.end()) {
    line(rule->title, "", rule->reported);
  } else if (const auto other = std::ranges::find(set.correlations, id, &Correlation::id); other != set.correlations.end()) {
    line(other->title, " (a correlation)", other->reported);
  }
}

}  // namespace

std::string explain_correlation(const sigma::RuleSet& set, std::uint32_t index) {
  const Correlation& rule = set.correlations[index];
  const correlate::CompiledSet compiled(set);
  std::string out =
      fmt::format("{}\n  id           {}\n  level        {}, status {}\n  file         {}\n  correlation  {}: {}\n", terminal_safe(rule.title),
                  terminal_safe(rule.id), sigma::level_name(rule.level), terminal_safe(rule.status), terminal_safe(rule.file),
                  sigma::type_name(rule.type), measured(rule));
  for (const std::string& id : rule.rules) append_member(out, set, id);
  if (rule.group_by.empty()) out += "  groups       none: all events are counted together\n";
  for (std::size_t i = 0; i < rule.group_by.size(); ++i) {
    out += (i == 0 ? "  groups by    " : "           and ") + group_text(rule, rule.group_by[i]) + "\n";
  }
  out += fmt::format("  window       any stretch of {}, both ends included\n  condition    {}\n", span_text(rule.timespan_us), condition(rule));
  out += compiled.correlations[index].judged_at_close ? "  judged       when the window closes, a timespan after it began\n"
                                                      : "  judged       at every match: it fires the moment that it holds\n";
  if (!rule.reported) out += "  reported     no: it only feeds other correlations\n";
  return out;
}

/// By a list and not by recursion: chains may be as long as the rule set.
std::vector<std::uint32_t> rules_below(const sigma::RuleSet& set, std::uint32_t correlation) {
  std::vector<std::uint32_t> found;
  std::vector<std::string> open = {set.correlations[correlation].id};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    if (!seen.insert(id).second) continue;
    if (const auto rule = std::ranges::find(set.rules, id, &sigma::Rule::id); rule != set.rules.end()) {
      found.push_back(static_cast<std::uint32_t>(rule - set.rules.begin()));
    } else if (const auto below = std::ranges::find(set.correlations, id, &Correlation::id); below != set.correlations.end()) {
      open.insert(open.end(), below->rules.rbegin(), below->rules.rend());
    }
  }
  return found;
}

}  // namespace tocsin::cli
