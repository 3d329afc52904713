#include "cli/unplaced_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace tocsin::cli {

namespace {

struct Format {
  std::uint64_t events = 0, values = 0, unplaced = 0;
  std::map<std::string, std::uint64_t> fields;  // events
};

double percent(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

std::string fields_text(const Format& format) {
  std::vector<std::pair<std::uint64_t, std::string_view>> most;
  for (const auto& [path, events] : format.fields) most.emplace_back(events, path);
  std::ranges::stable_sort(most, std::greater{}, &std::pair<std::uint64_t, std::string_view>::first);
  std::string text;
  for (std::size_t i = 0; i < std::min(most.size(), kUnplacedShownMax); ++i) {
    text += fmt::format("{}{} ({:.0f} % of events)", i == 0 ? "" : ", ", most[i].second.empty() ? "the text itself" : terminal_safe(most[i].second), percent(most[i].first, format.events));
  }
  if (most.size() > kUnplacedShownMax) text += fmt::format(", {} more", most.size() - kUnplacedShownMax);
  return text;
}

}  // namespace

std::string unplaced_text(const std::vector<SurveyedInput>& inputs) {
  std::map<std::string, Format> formats;
  for (const SurveyedInput& input : inputs) {
    for (const SurveyedGroup& group : input.groups) {
      Format& format = formats[group.format];
      format.events += group.events;
      format.values += group.values;
      format.unplaced += group.unplaced;
      for (const UnplacedField& field : group.fields) format.fields[field.path] += field.events;
    }
  }
  std::string text;
  for (const auto& [name, format] : formats) {
    if (format.unplaced == 0) continue;
    text += fmt::format("{}: {:.1f} % of {} values have no place in OCSF: {}\n", name.empty() ? "not understood" : terminal_safe(name), percent(format.unplaced, format.values), format.values, fields_text(format));
  }
  return text;
}

}  // namespace tocsin::cli
