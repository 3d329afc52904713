#include "pipeline/filter_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "detect/sigma/diagnostics.h"

namespace tocsin {

namespace {

struct Asked {
  std::size_t rules = 0;
  std::set<std::string> fields;
};

/// The filter that a selection came with (link.cc names it so); nullptr: it is the rule's own.
const std::string* filter_of(const sigma::Rule& rule, const sigma::Selection& selection) {
  const auto named = [&](const std::string& title) { return selection.name.starts_with(title + ": "); };
  const auto filter = std::ranges::find_if(rule.filters, named);
  return filter == rule.filters.end() ? nullptr : &*filter;
}

void add_fields(const sigma::Selection& selection, std::set<std::string>& fields) {
  for (const std::vector<sigma::Item>& items : selection.alternatives) {
    for (const sigma::Item& item : items) fields.insert(item.field);
  }
  fields.erase("");  // keywords
}

bool every_source_has(const Naming& naming, const std::string& field) {
  const EntityType entity = naming.meaning(field).entity;
  return entity == EntityType::kHost || entity == EntityType::kUser || entity == EntityType::kIp;
}

}  // namespace

std::vector<sigma::Diagnostic> check_filter_fields(const sigma::RuleSet& set, const Naming& naming) {
  std::map<LogSource, Asked> asked;
  std::set<std::string> known;
  for (const sigma::Rule& rule : set.rules) {
    Asked& here = asked[rule.log_source];
    ++here.rules;
    for (const sigma::Selection& selection : rule.selections) {
      if (filter_of(rule, selection) == nullptr) add_fields(selection, here.fields);
    }
    known.insert(here.fields.begin(), here.fields.end());
  }
  std::vector<sigma::Diagnostic> found;
  for (const sigma::Rule& rule : set.rules) {
    const Asked& here = asked[rule.log_source];
    if (here.rules < kRulesThatTell) continue;
    for (const sigma::Selection& selection : rule.selections) {
      const std::string* const filter = filter_of(rule, selection);
      if (filter == nullptr) continue;
      std::set<std::string> fields;
      add_fields(selection, fields);
      for (const std::string& field : fields) {
        if (here.fields.contains(field) || !known.contains(field) || every_source_has(naming, field)) continue;
        const sigma::IssueInfo& info = sigma::issue_info(sigma::Issue::kForeignFilterField);
        found.push_back({info.severity, std::string(info.code), rule.file, rule.at,
                         fmt::format("the filter '{}' asks for {}, which none of the {} rules on this log source asks for", *filter, field, here.rules), std::string(info.help), {}});
      }
    }
  }
  return found;
}

}  // namespace tocsin
