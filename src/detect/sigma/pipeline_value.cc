#include <algorithm>
#include <array>

#include "base/text.h"
#include "detect/sigma/modifiers.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"
#include "detect/sigma/pipeline_step.h"

namespace tocsin::sigma {
namespace {

using Kind = DraftValue::Kind;
using StepType = PipelineStep::Type;
using Variables = std::map<std::string, YamlNode>;

DraftValue like(const DraftValue& value, Kind kind, std::vector<Parts> strings) {
  DraftValue made;
  made.kind = kind;
  made.pattern = value.pattern;
  made.strings = std::move(strings);
  return made;
}

// -- placeholders

bool handles(const PipelineStep& step, const std::string& name) {
  const auto in = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (step.include) return in(*step.include);
  return !step.exclude || !in(*step.exclude);
}

/// What may stand for the placeholder; nothing if it stays.
std::vector<Parts> replacements(const PipelineStep& step, const std::string& name, bool in_regex,
                                const Variables& variables) {
  if (!handles(step, name)) return {};
  if (step.type == StepType::kWildcardPlaceholders) {
    return {in_regex ? literal_parts(".*") : Parts{{Part::Kind::kAny, {}}}};
  }
  std::vector<Parts> out;
  const auto variable = variables.find(name);
  if (variable == variables.end()) return out;
  const auto add = [&](const YamlNode& node) {
    const YamlType type = yaml_type(node);
    const bool number = type == YamlType::kInt || type == YamlType::kFloat;
    const std::string text = number ? number_text(node.scalar) : node.scalar;
    out.push_back(in_regex ? literal_parts(text) : parse_parts(text));
  };
  if (variable->second.is_scalar()) add(variable->second);
  for (const YamlNode& item : variable->second.items) add(item);
  return out;
}

/// Every way to fill the string; more than kItemValuesMax are cut short, which the caller sees.
std::vector<Parts> fill(const PipelineStep& step, const Parts& parts, bool in_regex, const Variables& variables) {
  std::vector<Parts> filled(1);
  for (const Part& part : parts) {
    std::vector<Parts> choices;
    if (part.kind == Part::Kind::kPlaceholder) choices = replacements(step, part.text, in_regex, variables);
    if (choices.empty()) choices.push_back({part});
    std::vector<Parts> grown;
    for (const Parts& prefix : filled) {
      for (const Parts& choice : choices) {
        Parts& longer = grown.emplace_back(prefix);
        for (const Part& piece : choice) append_part(longer, piece);
        if (grown.size() > kItemValuesMax) return grown;
      }
    }
    filled = std::move(grown);
  }
  return filled;
}

ValueChange fill_placeholders(const PipelineStep& step, DraftItem& item, const Variables& variables) {
  ValueChange change;
  std::vector<DraftValue> values;
  for (DraftValue& value : item.values) {
    const bool any = std::any_of(value.strings.begin(), value.strings.end(), has_placeholder);
    if (!any || (value.kind != Kind::kString && value.kind != Kind::kRegex)) {
      values.push_back(std::move(value));
      continue;
    }
    change.changed = true;
    std::vector<Parts> strings;
    for (const Parts& parts : value.strings) {
      for (Parts& filled : fill(step, parts, value.kind == Kind::kRegex, variables))
        strings.push_back(std::move(filled));
    }
    if (value.strings.size() > 1) {  // windash forms: still one value
      values.push_back(like(value, value.kind, std::move(strings)));
    } else {
      for (Parts& parts : strings) values.push_back(like(value, value.kind, {std::move(parts)}));
    }
    if (values.size() > kItemValuesMax || values.back().strings.size() > kItemValuesMax) {
      return {true, "placeholders give one item more than " + std::to_string(kItemValuesMax) + " values"};
    }
  }
  item.values = std::move(values);
  return change;
}

// -- strings

template <class Change>
ValueChange change_strings(DraftItem& item, const Change& change) {
  ValueChange result;
  for (DraftValue& value : item.values) {
    if (value.kind != Kind::kString) continue;
    for (Parts& parts : value.strings) parts = change(parts);
    result.changed = true;
  }
  return result;
}

/// A backslash that does not escape a wildcard stands for itself when pySigma reads its own output again.
Parts read_replaced(const std::string& text, bool placeholders) {
  std::string doubled;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '*' || text[i + 1] == '?');
    doubled += text[i];
    if (text[i] == '\\' && !escapes) doubled += '\\';
  }
  Parts parts = parse_parts(doubled);
  return placeholders ? insert_placeholders(parts) : parts;
}

std::string replaced(const PipelineStep& step, std::string text) {
  re2::RE2::GlobalReplace(&text, *step.regex, step.text);
  return text;
}

Parts replace_in(const PipelineStep& step, const Parts& parts) {
  if (!step.skip_special) return read_replaced(replaced(step, plain_text(parts)), has_placeholder(parts));
  Parts out;
  for (const Part& part : parts) {
    if (part.kind != Part::Kind::kLiteral) {
      out.push_back(part);
      continue;
    }
    const std::string text = replaced(step, part.text);
    for (const Part& piece : step.interpret_special ? parse_parts(text) : literal_parts(text)) append_part(out, piece);
  }
  return out;
}

ValueChange replace_strings(const PipelineStep& step, DraftItem& item) {
  for (DraftValue& value : item.values) {
    if (value.kind == Kind::kNumber) to_string_value(value);
  }
  return change_strings(item, [&](const Parts& parts) { return replace_in(step, parts); });
}

ValueChange map_strings(const PipelineStep& step, DraftItem& item) {
  ValueChange change;
  std::vector<DraftValue> values;
  for (DraftValue& value : item.values) {
    const auto mapped = std::find_if(step.mapping.begin(), step.mapping.end(), [&](const auto& entry) {
      return value.kind == Kind::kString && value.strings.size() == 1 && plain_text(value.strings[0]) == entry.first;
    });
    if (mapped == step.mapping.end()) {
      values.push_back(std::move(value));
      continue;
    }
    change.changed = true;
    for (const std::string& text : mapped->second) values.push_back(like(value, Kind::kString, {parse_parts(text)}));
  }
  item.values = std::move(values);
  return change;
}

std::string changed_case(std::string_view text, std::string_view method) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    if (method == "upper") {
      out += lower ? static_cast<char>(c - 'a' + 'A') : c;
      continue;
    }
    if (method == "snake_case" && upper && i > 0 && text[i - 1] >= 'a' && text[i - 1] <= 'z') out += '_';
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

Parts with_case(const PipelineStep& step, const Parts& parts) {
  Parts out = parts;
  for (Part& part : out) {
    if (part.kind == Part::Kind::kLiteral) part.text = changed_case(part.text, step.text);
  }
  return out;
}

// -- strings to regular expressions

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       static_cast<signed char>(c) < 0;
    if (c == '\0') {
      out += "\\x00";
      continue;
    }
    if (!plain) out += '\\';
    out += c;
  }
}

std::string regex_of(const Parts& parts) {
  std::string out;
  for (const Part& part : parts) {
    if (part.kind == Part::Kind::kAny)
      out += "(?s:.*)";
    else if (part.kind == Part::Kind::kOne)
      out += "(?s:.)";
    else
      append_escaped(out, part.text);
  }
  return out;
}

ValueChange to_regexes(const PipelineStep& step, DraftItem& item) {
  ValueChange change;
  for (DraftValue& value : item.values) {
    if (value.kind != Kind::kString || (value.strings.size() == 1 && value.strings[0].empty())) continue;
    std::string regex;
    for (const Parts& parts : value.strings) {
      if (has_placeholder(parts)) return {true, "a placeholder cannot become a regular expression"};
      regex += (regex.empty() ? "" : "|") + regex_of(parts);
    }
    // A string is the whole value, a regex any part of it.
    value.strings = {literal_parts("\\A(?:" + regex + ")\\z")};
    value.kind = Kind::kRegex;
    value.pattern.regex_ignore_case = step.text != "plain";
    change.changed = true;
  }
  return change;
}

// -- types

ValueChange set_values(const PipelineStep& step, DraftItem& item) {
  for (DraftValue& value : item.values) {
    DraftValue made = first_value(step.value, false);
    made.pattern.at = value.pattern.at;
    if (step.text == "str") {
      made.kind = Kind::kString;
      made.strings = {parse_parts(step.value.scalar)};
    } else if (step.text == "num") {
      made.kind = Kind::kNumber;
      made.strings.clear();
    }
    value = std::move(made);
  }
  return {true, {}};
}

ValueChange convert_types(const PipelineStep& step, DraftItem& item) {
  ValueChange change;
  for (DraftValue& value : item.values) {
    if (step.text == "str") {
      change.changed = change.changed || value.kind == Kind::kNumber || value.kind == Kind::kBool;
      to_string_value(value);
      continue;
    }
    if (value.kind == Kind::kNull || value.kind == Kind::kNumber) continue;
    const bool one = value.kind == Kind::kString && value.strings.size() == 1;
    const std::string text = one ? plain_text(value.strings[0]) : std::string();
    if (!parse_number(text)) return {true, "'" + value.pattern.text + "' is not a number"};
    value.kind = Kind::kNumber;
    value.pattern.text = text;
    value.strings.clear();
    change.changed = true;
  }
  return change;
}

}  // namespace

std::string plain_text(const Parts& parts) {
  std::string out;
  for (const Part& part : parts) {
    switch (part.kind) {
      case Part::Kind::kAny: out += '*'; break;
      case Part::Kind::kOne: out += '?'; break;
      case Part::Kind::kPlaceholder: out += "%" + part.text + "%"; break;
      case Part::Kind::kLiteral:
        for (const char c : part.text) {
          if (c == '*' || c == '?') out += '\\';
          out += c;
        }
    }
  }
  return out;
}

ValueChange change_values(const PipelineStep& step, DraftItem& item, const Variables& variables) {
  switch (step.type) {
    case StepType::kWildcardPlaceholders:
    case StepType::kValuePlaceholders: return fill_placeholders(step, item, variables);
    case StepType::kReplaceString: return replace_strings(step, item);
    case StepType::kMapString: return map_strings(step, item);
    case StepType::kCase: return change_strings(item, [&](const Parts& parts) { return with_case(step, parts); });
    case StepType::kRegex: return to_regexes(step, item);
    case StepType::kSetValue: return set_values(step, item);
    case StepType::kConvertType: return convert_types(step, item);
    default: return {};
  }
}

std::optional<std::vector<DraftItem>> split_hashes(const PipelineStep& step, const DraftItem& item,
                                                   std::string& refusal) {
  constexpr std::pair<std::size_t, std::string_view> kLengths[] = {
      {32, "MD5"}, {40, "SHA1"}, {64, "SHA256"}, {128, "SHA512"}};
  std::vector<DraftItem> items;
  for (const DraftValue& value : item.values) {
    if (value.kind != Kind::kString) return std::nullopt;
    for (const Parts& parts : value.strings) {
      const std::string text = plain_text(parts);
      const std::size_t cut = text.find(text.find('|') != std::string::npos ? '|' : '=');
      std::string algorithm, hash = text;
      if (cut != std::string::npos && text.find(text[cut], cut + 1) == std::string::npos) {
        const std::size_t start = std::min(text.find_first_not_of('*'), cut);
        algorithm = changed_case(std::string_view(text).substr(start, cut - start), "upper");
        hash = text.substr(cut + 1);
      } else {
        for (const auto& [length, name] : kLengths) {
          if (hash.size() == length) algorithm = name;
        }
      }
      if (std::find(step.fields.begin(), step.fields.end(), algorithm) == step.fields.end()) continue;
      const std::string field = step.text + (step.drop_algorithm ? "" : algorithm);
      auto into =
          std::find_if(items.begin(), items.end(), [&](const DraftItem& other) { return other.field == field; });
      if (into == items.end()) {
        into = items.emplace(items.end());
        into->field = field;
        into->at = item.at;
      }
      into->values.push_back(like(value, Kind::kString, {parse_parts(hash)}));
    }
  }
  if (items.empty()) refusal = "no value names one of the hash algorithms of the pipeline";
  return items;
}

}  // namespace tocsin::sigma
