#include "detect/sigma/describe.h"

#include <fmt/format.h>

#include "base/text.h"

namespace tocsin::sigma {
namespace {

std::string quoted(std::string_view text) { return "\"" + terminal_safe(text) + "\""; }

std::string describe_string(const WildString& string) {
  if (string.empty()) return "\"\"";
  std::string out;
  for (const WildPart& part : string) {
    if (!out.empty()) out += ' ';
    switch (part.kind) {
      case WildPart::Kind::kAny: out += '*'; break;
      case WildPart::Kind::kOne: out += '?'; break;
      case WildPart::Kind::kLiteral: out += quoted(part.literal);
    }
  }
  return out;
}

std::string describe_strings(const Pattern& pattern) {
  std::string out;
  for (const WildString& string : pattern.strings) out += (out.empty() ? "" : " | ") + describe_string(string);
  return out + (pattern.cased ? " (cased)" : "");
}

std::string describe_regex(const Pattern& pattern) {
  std::string out = "/" + terminal_safe(pattern.regex) + "/";
  if (pattern.regex_ignore_case) out += 'i';
  if (pattern.regex_multi_line) out += 'm';
  if (pattern.regex_dot_all) out += 's';
  return out;
}

std::string describe_network(const Pattern& pattern) {
  std::string out = "network ";
  if (pattern.network_v6) {
    for (int i = 0; i < 16; i += 2) {
      out += fmt::format("{}{:x}", i == 0 ? "" : ":", pattern.network[i] << 8 | pattern.network[i + 1]);
    }
  } else {
    out += fmt::format("{}.{}.{}.{}", pattern.network[0], pattern.network[1], pattern.network[2], pattern.network[3]);
  }
  return out + fmt::format("/{}", pattern.prefix_bits);
}

std::string_view comparison(Pattern::Compare compare) {
  constexpr std::string_view kSigns[] = {"=", "<", "<=", ">", ">="};
  return kSigns[static_cast<std::size_t>(compare)];
}

std::string_view time_part(Pattern::TimePart part) {
  constexpr std::string_view kNames[] = {"minute", "hour", "day", "week", "month", "year"};
  return kNames[static_cast<std::size_t>(part)];
}

std::string describe_field_ref(const Pattern& pattern) {
  std::string out = pattern.ref_contains     ? "contains"
                    : pattern.ref_startswith ? "starts with"
                    : pattern.ref_endswith   ? "ends with"
                                             : "equals";
  return out + " the field " + terminal_safe(pattern.field) + (pattern.cased ? " (cased)" : "");
}

std::string describe_item(const Item& item) {
  std::string out = item.field.empty() ? "(any value)" : terminal_safe(item.field);
  for (const std::string& modifier : item.modifiers) out += "|" + modifier;
  out += ":";
  if (item.negated) out += " not";
  if (item.patterns.size() == 1) return out + " " + describe(item.patterns[0]) + "\n";
  out += item.all ? " all of\n" : " any of\n";
  for (const Pattern& pattern : item.patterns) out += "        " + describe(pattern) + "\n";
  return out;
}

/// `and` binds closer than `or`, so only an `or` within something else needs parentheses, and what `not` governs.
std::string describe_node(const Rule& rule, const Condition& condition, bool inner) {
  switch (condition.kind) {
    case Condition::Kind::kSelection: return terminal_safe(rule.selections[condition.selection].name);
    case Condition::Kind::kNot: return "not " + describe_node(rule, condition.operands[0], true);
    default: break;
  }
  const std::string_view word = condition.kind == Condition::Kind::kAnd ? " and " : " or ";
  std::string out;
  for (const Condition& operand : condition.operands) {
    if (!out.empty()) out += word;
    out += describe_node(rule, operand, true);
  }
  return inner ? "(" + out + ")" : out;
}

std::string describe_log_source(const LogSource& log_source) {
  return terminal_safe(log_source.product + "/" + log_source.category + "/" + log_source.service);
}

}  // namespace

std::string describe(const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::kString: return describe_strings(pattern);
    case Pattern::Kind::kRegex: return describe_regex(pattern);
    case Pattern::Kind::kCidr: return describe_network(pattern);
    case Pattern::Kind::kNumber: return fmt::format("number {} {}", comparison(pattern.compare), pattern.number);
    case Pattern::Kind::kTimePart:
      return fmt::format("{} {} {}", time_part(pattern.part), comparison(pattern.compare), pattern.number);
    case Pattern::Kind::kExists: return pattern.exists ? "present" : "absent";
    case Pattern::Kind::kNull: return "absent or null";
    case Pattern::Kind::kFieldRef: return describe_field_ref(pattern);
  }
  return {};
}

std::string describe_condition(const Rule& rule) { return describe_node(rule, rule.condition, false); }

std::string describe(const Rule& rule) {
  std::string out =
      fmt::format("title {} id {} level {} log source {}{}\n", quoted(rule.title), terminal_safe(rule.id),
                  level_name(rule.level), describe_log_source(rule.log_source), rule.reported ? "" : " not reported");
  for (const std::string& filter : rule.filters) out += "filter: " + terminal_safe(filter) + "\n";
  for (const std::string& field : rule.fields) out += "field to show: " + terminal_safe(field) + "\n";
  out += "condition: " + describe_condition(rule) + "\n";
  for (const Selection& selection : rule.selections) {
    out += terminal_safe(selection.name) + ":\n";
    for (const auto& alternative : selection.alternatives) {
      bool first = true;
      for (const Item& item : alternative) {
        out += (first ? "    - " : "      ") + describe_item(item);
        first = false;
      }
    }
  }
  return out;
}

std::string describe(const Correlation& correlation) {
  constexpr std::string_view kSigns[] = {">", ">=", "<", "<=", "=", "!="};
  std::string out =
      fmt::format("correlation {} id {} level {}{}\n", quoted(correlation.title), terminal_safe(correlation.id),
                  level_name(correlation.level), correlation.reported ? "" : " not reported");
  out += fmt::format("    {} within {} s:", type_name(correlation.type),
                     correlation.timespan_us / 1'000'000);
  for (const Correlation::Bound& bound : correlation.bounds) {
    out += fmt::format(" {} {}", kSigns[static_cast<std::size_t>(bound.op)], bound.value);
  }
  for (const std::string& field : correlation.value_fields) out += " of " + terminal_safe(field);
  if (correlation.type == Correlation::Type::kValuePercentile)
    out += fmt::format(" at {} percent", correlation.percentile);
  out += "\n";
  for (const std::string& rule : correlation.rules) out += "    rule: " + terminal_safe(rule) + "\n";
  for (const std::string& field : correlation.group_by) out += "    group by: " + terminal_safe(field) + "\n";
  for (const Correlation::Alias& alias : correlation.aliases) {
    for (const auto& target : alias.targets) {
      out += "    alias " + terminal_safe(alias.name) + ": " + terminal_safe(target.field) + " of " +
             terminal_safe(target.rule) + "\n";
    }
  }
  return out;
}

}  // namespace tocsin::sigma
