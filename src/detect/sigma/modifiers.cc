#include "detect/sigma/modifiers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/address.h"
#include "base/check.h"
#include "base/text.h"
#include "detect/sigma/parts.h"
#include "base/regex.h"

namespace tocsin::sigma {
namespace {

using Kind = DraftValue::Kind;

/// What a modifier has to work with, and how it says that it cannot.
struct Context {
  DraftItem& item;
  const Source& source;
  Diagnostics& diagnostics;
  std::string_view name;  // of the modifier
  bool first;             // nothing but all and neq stands before it

  bool fail(Issue issue, Position at, std::string message, std::string help = {}) const {
    diagnostics.add(issue, source, at, std::move(message), std::move(help));
    return false;
  }
  bool misfit(const DraftValue& value) const {
    return fail(Issue::kModifierType, value.pattern.at,
                "the modifier '" + std::string(name) + "' does not fit the value '" + value.pattern.text + "'");
  }
};

/// Applied to each value in turn; a pointer, so that the table is data.
using Apply = bool (*)(const Context&, DraftValue&);

bool need_string(const Context& context, DraftValue& value) {
  to_string_value(value);
  return value.kind == Kind::kString || context.misfit(value);
}

// -- where in the value

bool apply_contains(const Context& context, DraftValue& value) {
  if (value.kind == Kind::kRegex) return true;  // a regex is searched for anywhere
  if (value.kind == Kind::kFieldRef) {
    value.pattern.ref_contains = true;
    return true;
  }
  if (!need_string(context, value)) return false;
  for (Parts& parts : value.strings) {
    open_start(parts);
    open_end(parts);
  }
  return true;
}

/// Anchors a regex, whatever alternatives it has at its top.
bool anchor(DraftValue& value, std::string_view before, std::string_view behind) {
  for (Parts& parts : value.strings) {
    Parts anchored = literal_parts(before);
    for (const Part& part : parts) append_part(anchored, part);
    append_literal(anchored, behind);
    parts = std::move(anchored);
  }
  return true;
}

bool apply_startswith(const Context& context, DraftValue& value) {
  if (value.kind == Kind::kRegex) return anchor(value, "\\A(?:", ")");
  if (value.kind == Kind::kFieldRef) return value.pattern.ref_startswith = true;
  if (!need_string(context, value)) return false;
  for (Parts& parts : value.strings) open_end(parts);
  return true;
}

bool apply_endswith(const Context& context, DraftValue& value) {
  if (value.kind == Kind::kRegex) return anchor(value, "(?:", ")\\z");
  if (value.kind == Kind::kFieldRef) return value.pattern.ref_endswith = true;
  if (!need_string(context, value)) return false;
  for (Parts& parts : value.strings) open_start(parts);
  return true;
}

bool apply_cased(const Context& context, DraftValue& value) {
  if (value.kind != Kind::kFieldRef && !need_string(context, value)) return false;
  return value.pattern.cased = true;
}

// -- encodings

bool need_plain(const Context& context, DraftValue& value) {
  if (!need_string(context, value)) return false;
  for (const Parts& parts : value.strings) {
    if (has_wildcard(parts)) {
      return context.fail(
          Issue::kModifierType, value.pattern.at,
          "a value with wildcards cannot be encoded by '" + std::string(context.name) + "'",
          "put contains, startswith or endswith behind the encoding, and escape '*' and '?' as \\* and \\?");
    }
    if (has_placeholder(parts)) {
      return context.fail(Issue::kModifierOrder, value.pattern.at,
                          "'expand' must stand behind '" + std::string(context.name) + "'",
                          "write |" + std::string(context.name) + "|expand");
    }
  }
  return true;
}

std::string_view plain_text(const Parts& parts) { return parts.empty() ? std::string_view() : parts[0].text; }

bool apply_base64(const Context& context, DraftValue& value) {
  if (!need_plain(context, value)) return false;
  for (Parts& parts : value.strings) parts = literal_parts(base64(plain_text(parts)));
  return true;
}

bool apply_base64offset(const Context& context, DraftValue& value) {
  if (!need_plain(context, value)) return false;
  std::vector<Parts> forms;
  for (const Parts& parts : value.strings) {
    for (const std::string& form : base64_offsets(plain_text(parts))) {
      if (form.empty()) {
        return context.fail(Issue::kEncodedTooShort, value.pattern.at,
                            "'" + value.pattern.text + "' is too short for base64offset");
      }
      forms.push_back(literal_parts(form));
    }
  }
  if (forms.size() > kVariantsMax) {
    return context.fail(Issue::kTooManyVariants, value.pattern.at,
                        "more than " + std::to_string(kVariantsMax) + " forms");
  }
  value.strings = std::move(forms);
  return true;
}

bool apply_utf16(const Context& context, DraftValue& value, Utf16 form) {
  if (!need_string(context, value)) return false;
  for (Parts& parts : value.strings) {
    if (has_placeholder(parts)) {
      return context.fail(Issue::kModifierOrder, value.pattern.at,
                          "'expand' must stand behind '" + std::string(context.name) + "'",
                          "write |" + std::string(context.name) + "|expand");
    }
    parts = utf16_parts(parts, form);
  }
  return true;
}

bool apply_utf16le(const Context& context, DraftValue& value) {
  return apply_utf16(context, value, Utf16::kLittleEndian);
}
bool apply_utf16be(const Context& context, DraftValue& value) { return apply_utf16(context, value, Utf16::kBigEndian); }
bool apply_utf16_mark(const Context& context, DraftValue& value) {
  return apply_utf16(context, value, Utf16::kWithMark);
}

bool apply_windash(const Context& context, DraftValue& value) {
  if (!need_string(context, value)) return false;
  std::vector<Parts> forms;
  for (const Parts& parts : value.strings) {
    auto some = windash_forms(parts);
    if (!some || forms.size() + some->size() > kVariantsMax) {
      return context.fail(Issue::kTooManyVariants, value.pattern.at,
                          "windash exchanges at most " + std::to_string(kWindashDashesMax) + " dashes of one value");
    }
    std::move(some->begin(), some->end(), std::back_inserter(forms));
  }
  value.strings = std::move(forms);
  return true;
}

// -- other types of values

bool need_first(const Context& context, const DraftValue& value) {
  return context.first || context.fail(Issue::kModifierOrder, value.pattern.at,
                                       "the modifier '" + std::string(context.name) + "' must come first");
}

bool apply_re(const Context& context, DraftValue& value) {
  if (!need_first(context, value)) return false;
  if (value.kind != Kind::kString) return context.misfit(value);
  value.kind = Kind::kRegex;  // first_value has kept the text as it is
  return true;
}

bool need_regex(const Context& context, const DraftValue& value) {
  return value.kind == Kind::kRegex ||
         context.fail(Issue::kModifierOrder, value.pattern.at,
                      "the modifier '" + std::string(context.name) + "' is a flag of 're' and must follow it",
                      "write |re|" + std::string(context.name));
}

bool apply_i(const Context& context, DraftValue& value) {
  return need_regex(context, value) && (value.pattern.regex_ignore_case = true);
}
bool apply_m(const Context& context, DraftValue& value) {
  return need_regex(context, value) && (value.pattern.regex_multi_line = true);
}
bool apply_s(const Context& context, DraftValue& value) {
  return need_regex(context, value) && (value.pattern.regex_dot_all = true);
}

bool apply_cidr(const Context& context, DraftValue& value) {
  if (!need_first(context, value)) return false;
  if (value.kind != Kind::kString) return context.misfit(value);
  Pattern& pattern = value.pattern;
  const std::string_view text = pattern.text;
  const std::size_t slash = text.find('/');
  const auto bad = [&] { return context.fail(Issue::kBadCidr, pattern.at, "'" + pattern.text + "' is not a network"); };
  if (!parse_address(text.substr(0, slash), pattern.network, pattern.network_v6)) return bad();
  const int bits_max = pattern.network_v6 ? 128 : 32;
  pattern.prefix_bits = bits_max;
  if (slash != std::string_view::npos) {
    const std::string_view bits = text.substr(slash + 1);
    const auto number = parse_number(bits);
    if (!number || bits.size() > 3 || bits.find_first_not_of("0123456789") != std::string_view::npos ||
        *number > bits_max) {
      return bad();
    }
    pattern.prefix_bits = static_cast<int>(*number);
  }
  bool host_bits = false;
  for (int bit = pattern.prefix_bits; bit < bits_max; ++bit) {
    std::uint8_t& byte = pattern.network[bit / 8];
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    host_bits = host_bits || (byte & mask) != 0;
    byte = static_cast<std::uint8_t>(byte & ~mask);
  }
  if (host_bits) {
    context.diagnostics.add(Issue::kHostBits, context.source, pattern.at,
                            "'" + pattern.text + "' has bits set beyond its prefix");
  }
  value.kind = Kind::kCidr;
  return true;
}

bool apply_exists(const Context& context, DraftValue& value) {
  if (!need_first(context, value)) return false;
  if (context.item.field.empty())
    return context.fail(Issue::kNeedsField, value.pattern.at, "'exists' asks for a field");
  const std::string word = folded(value.pattern.text);
  const bool yes = word == "true" || word == "yes" || word == "on";
  if (!yes && word != "false" && word != "no" && word != "off") {
    return context.fail(Issue::kBadBool, value.pattern.at,
                        "'exists' takes true or false, not '" + value.pattern.text + "'");
  }
  value.kind = Kind::kExists;
  value.pattern.exists = yes;
  return true;
}

/// contains, startswith and endswith may stand on either side of fieldref; before it they have left gaps around the name.
bool apply_fieldref(const Context& context, DraftValue& value) {
  Pattern& pattern = value.pattern;
  if (context.item.field.empty()) return context.fail(Issue::kNeedsField, pattern.at, "'fieldref' compares a field");
  if (!need_string(context, value)) return false;
  const Parts name = parse_parts(pattern.text);
  if (name.size() != 1 || name[0].kind != Part::Kind::kLiteral || value.strings.size() != 1)
    return context.misfit(value);
  const Parts& parts = value.strings[0];
  const bool open_start = parts.front().kind == Part::Kind::kAny;
  const bool open_end = parts.back().kind == Part::Kind::kAny;
  if (parts[open_start ? 1 : 0] != name[0]) return context.misfit(value);  // encoded
  pattern.ref_contains = open_start && open_end;
  pattern.ref_startswith = open_end && !open_start;
  pattern.ref_endswith = open_start && !open_end;
  pattern.field = name[0].text;
  value.kind = Kind::kFieldRef;
  return true;
}

bool apply_expand(const Context& context, DraftValue& value) {
  if (value.kind != Kind::kRegex && !need_string(context, value)) return false;
  for (Parts& parts : value.strings) parts = insert_placeholders(parts);
  return true;
}

/// A list may mix placeholders and plain values, but one of them must be a placeholder: what looks like one and is not
/// ("%two words%") must not become a text that never matches.
bool check_expanded(const DraftItem& item, const Source& source, Diagnostics& diagnostics) {
  for (const DraftValue& value : item.values) {
    if (std::any_of(value.strings.begin(), value.strings.end(), has_placeholder)) return true;
  }
  diagnostics.add(Issue::kExpandWithoutPlaceholder, source, item.values[0].pattern.at,
                  "'" + item.values[0].pattern.text + "' has no placeholder");
  return false;
}

// -- numbers and times

bool take_number(const Context& context, DraftValue& value) {
  const auto number = parse_number(value.pattern.text);
  if ((value.kind != Kind::kNumber && value.kind != Kind::kString) || !number) {
    return context.fail(
        Issue::kBadNumber, value.pattern.at,
        "the modifier '" + std::string(context.name) + "' takes a number, not '" + value.pattern.text + "'");
  }
  value.pattern.number = *number;
  return true;
}

bool compare(const Context& context, DraftValue& value, Pattern::Compare how) {
  if (value.kind == Kind::kCompare ||
      (value.kind == Kind::kTimePart && value.pattern.compare != Pattern::Compare::kEq)) {
    return context.misfit(value);
  }
  if (value.kind != Kind::kTimePart) {
    if (!take_number(context, value)) return false;
    value.kind = Kind::kCompare;
  }
  value.pattern.compare = how;
  return true;
}

bool apply_lt(const Context& context, DraftValue& value) { return compare(context, value, Pattern::Compare::kLt); }
bool apply_lte(const Context& context, DraftValue& value) { return compare(context, value, Pattern::Compare::kLte); }
bool apply_gt(const Context& context, DraftValue& value) { return compare(context, value, Pattern::Compare::kGt); }
bool apply_gte(const Context& context, DraftValue& value) { return compare(context, value, Pattern::Compare::kGte); }

bool time_part(const Context& context, DraftValue& value, Pattern::TimePart part, int min, int max) {
  if (!take_number(context, value)) return false;
  const double number = value.pattern.number;
  if (number != std::trunc(number) || number < min || number > max) {
    return context.fail(Issue::kBadNumber, value.pattern.at,
                        "'" + std::string(context.name) + "' is between " + std::to_string(min) + " and " +
                            std::to_string(max) + ", not " + value.pattern.text);
  }
  value.kind = Kind::kTimePart;
  value.pattern.part = part;
  return true;
}

using TimePart = Pattern::TimePart;
bool apply_minute(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kMinute, 0, 59); }
bool apply_hour(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kHour, 0, 23); }
bool apply_day(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kDay, 1, 31); }
bool apply_week(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kWeek, 1, 53); }
bool apply_month(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kMonth, 1, 12); }
bool apply_year(const Context& c, DraftValue& value) { return time_part(c, value, TimePart::kYear, 0, 9999); }

struct Modifier {
  std::string_view name;
  Apply apply;  // nullptr: all and neq, which concern the item
};

/// Sorted by name.
constexpr Modifier kModifiers[] = {
    {"all", nullptr},
    {"base64", apply_base64},
    {"base64offset", apply_base64offset},
    {"cased", apply_cased},
    {"cidr", apply_cidr},
    {"contains", apply_contains},
    {"day", apply_day},
    {"dotall", apply_s},
    {"endswith", apply_endswith},
    {"exists", apply_exists},
    {"expand", apply_expand},
    {"fieldref", apply_fieldref},
    {"gt", apply_gt},
    {"gte", apply_gte},
    {"hour", apply_hour},
    {"i", apply_i},
    {"ignorecase", apply_i},
    {"lt", apply_lt},
    {"lte", apply_lte},
    {"m", apply_m},
    {"minute", apply_minute},
    {"month", apply_month},
    {"multiline", apply_m},
    {"neq", nullptr},
    {"re", apply_re},
    {"s", apply_s},
    {"startswith", apply_startswith},
    {"utf16", apply_utf16_mark},
    {"utf16be", apply_utf16be},
    {"utf16le", apply_utf16le},
    {"week", apply_week},
    {"wide", apply_utf16le},
    {"windash", apply_windash},
    {"year", apply_year},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kModifiers)> names = {};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kModifiers[i].name;
  return names;
}();

const Modifier* find_modifier(std::string_view name) {
  const auto at = std::lower_bound(kNames.begin(), kNames.end(), name);
  return at != kNames.end() && *at == name ? &kModifiers[at - kNames.begin()] : nullptr;
}

bool refuse_unknown(const DraftItem& item, std::string_view name, const Source& source, Diagnostics& diagnostics) {
  std::string message = "there is no modifier '" + std::string(name) + "'";
  std::size_t offset = item.field.size() + 1;
  for (const std::string& modifier : item.modifiers) {
    if (modifier == name) break;
    offset += modifier.size() + 1;
  }
  std::string key = item.field;
  for (const std::string& modifier : item.modifiers) key += "|" + modifier;
  diagnostics.add(Issue::kUnknownModifier, source, position_in(source, item.at, key, offset), std::move(message),
                  suggestion(name, kNames));
  return false;
}

}  // namespace

std::span<const std::string_view> modifier_names() { return kNames; }

DraftValue first_value(const YamlNode& node, bool is_regex) {
  DraftValue value;
  value.pattern.text = node.scalar;
  value.pattern.at = node.at;
  switch (is_regex && !node.is_null() ? YamlType::kString : yaml_type(node)) {
    case YamlType::kNull: value.kind = Kind::kNull; break;
    case YamlType::kBool: value.kind = Kind::kBool; break;
    case YamlType::kInt:
    case YamlType::kFloat: value.kind = Kind::kNumber; break;
    case YamlType::kString:
      value.kind = Kind::kString;
      value.strings.push_back(is_regex ? literal_parts(node.scalar) : parse_parts(node.scalar));
  }
  return value;
}

void to_string_value(DraftValue& value) {
  if (value.kind == Kind::kNumber) {
    value.strings = {literal_parts(number_text(value.pattern.text))};
  } else if (value.kind == Kind::kBool) {
    value.strings = {literal_parts(folded(value.pattern.text))};
  } else {
    return;
  }
  value.kind = Kind::kString;
}

bool apply_modifiers(DraftItem& item, const Source& source, Diagnostics& diagnostics) {
  bool first = true;
  for (const std::string& name : item.modifiers) {
    const Modifier* modifier = find_modifier(name);
    if (modifier == nullptr) return refuse_unknown(item, name, source, diagnostics);
    if (modifier->apply == nullptr) {
      (name == "all" ? item.all : item.negated) = true;
      continue;
    }
    const Context context{item, source, diagnostics, name, first};
    for (DraftValue& value : item.values) {
      if (!modifier->apply(context, value)) return false;
    }
    if (modifier->apply == apply_expand && !check_expanded(item, source, diagnostics)) return false;
    first = false;
  }
  return true;
}

}  // namespace tocsin::sigma
