#include "report/navigator.h"

#include <fmt/format.h>

#include <map>

#include "report/json_text.h"

namespace tocsin {

std::string technique_of_tag(std::string_view tag) {
  constexpr std::string_view kPrefix = "attack.t";
  if (!tag.starts_with(kPrefix)) return {};
  tag.remove_prefix(kPrefix.size());
  const std::size_t dot = tag.find('.');
  const std::string_view main = tag.substr(0, dot), sub = dot == std::string_view::npos ? "" : tag.substr(dot + 1);
  const auto digits = [](std::string_view text, std::size_t size) {
    return text.size() == size && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(main, 4) || (dot != std::string_view::npos && !digits(sub, 3))) return {};
  return "T" + std::string(tag);
}

std::string navigator_layer(std::string_view name, std::string_view description, const std::vector<const RuleCard*>& cards) {
  std::map<std::string, std::vector<const RuleCard*>> techniques;
  for (const RuleCard* card : cards) {
    for (const std::string& tag : card->tags) {
      const std::string technique = technique_of_tag(tag);
      if (!technique.empty()) techniques[technique].push_back(card);
    }
  }
  std::size_t most = 1;
  for (const auto& [technique, rules] : techniques) most = std::max(most, rules.size());
  std::string out = "{\"name\":";
  append_string(out, name);
  out.append(",\"versions\":{\"layer\":\"4.5\",\"navigator\":\"4.9.1\"},\"domain\":\"enterprise-attack\",\"description\":");
  append_string(out, description);
  fmt::format_to(std::back_inserter(out),
                 ",\"gradient\":{{\"colors\":[\"#ffffff\",\"#66b1ff\"],\"minValue\":0,\"maxValue\":{}}},\"techniques\":[", most);
  bool first = true;
  for (const auto& [technique, rules] : techniques) {
    out.append(first ? "{\"techniqueID\":" : ",{\"techniqueID\":");
    first = false;
    append_string(out, technique);
    fmt::format_to(std::back_inserter(out), ",\"score\":{},\"comment\":", rules.size());
    std::string titles;
    for (const RuleCard* rule : rules) titles += (titles.empty() ? "" : "\n") + rule->title;
    append_string(out, titles);
    out.push_back('}');
  }
  out.append("]}\n");
  return out;
}

}  // namespace tocsin
