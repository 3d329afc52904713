// Events near the rules of a world.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "detect/naive/generate.h"

namespace tocsin::naive {

using sigma::Pattern;
using sigma::WildPart;

namespace {

std::string sample_of_strings(const Pattern& pattern, Choices& choices) {
  constexpr std::array<const char*, 6> kFill = {"", "", "x", "K", "\xFF", "a*"};
  constexpr std::array<const char*, 4> kOne = {"x", "\u00E4", "\xFF", "\U0001F600"};
  std::string text;
  for (const WildPart& part : pattern.strings[choices.below(static_cast<std::uint32_t>(pattern.strings.size()))]) {
    switch (part.kind) {
      case WildPart::Kind::kLiteral: text += part.literal; break;
      case WildPart::Kind::kAny: text += choices.of(kFill); break;
      case WildPart::Kind::kOne: text += choices.of(kOne); break;
    }
  }
  return text;
}

std::string sample_of_network(const Pattern& pattern, Choices& choices) {
  std::uint8_t bytes[16];
  std::memcpy(bytes, pattern.network, sizeof bytes);
  const std::uint32_t bits = pattern.network_v6 ? 128 : 32;
  if (choices.once_in(2)) {  // one bit: anywhere, the last of the prefix, the first behind it
    const auto prefix = static_cast<std::uint32_t>(pattern.prefix_bits);
    const std::array<std::uint32_t, 3> places = {choices.below(bits), prefix == 0 ? 0 : prefix - 1, prefix};
    const std::uint32_t bit = std::min(choices.of(places), bits - 1);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (0x80 >> bit % 8));
  }
  if (!pattern.network_v6) {
    constexpr std::array<const char*, 8> kForms = {
        "{}.{}.{}.{}",   "{}.{}.{}.{}",  "::ffff:{}.{}.{}.{}", "::FFFF:{}.{}.{}.{}", "0:0:0:0:0:ffff:{}.{}.{}.{}",
        "::{}.{}.{}.{}", "0{}.{}.{}.{}", "{}.{}.{}.{}:80"};
    return fmt::format(fmt::runtime(choices.of(kForms)), bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  std::string text;
  for (int i = 0; i < 16; i += 2) text += fmt::format("{}{:x}", i == 0 ? "" : ":", bytes[i] << 8 | bytes[i + 1]);
  return text + (choices.once_in(8) ? "%eth0" : "");
}

std::string sample_of_number(const Pattern& pattern, Choices& choices) {
  constexpr std::array<const char*, 12> kForms = {"{}",  "{}",   "{}.0", "{}e0", "+{}", "-{}",
                                                  "0{}", "{}.5", " {}",  "+-{}", "{}.", "0.{}E1"};
  constexpr std::array<const char*, 8> kOdd = {"inf",  "nan", "-inf",   "1e999",
                                               "0x10", ".",   "1e-999", "18446744073709551616"};
  if (choices.once_in(6)) return choices.of(kOdd);
  const auto near = static_cast<long long>(pattern.number) + static_cast<long long>(choices.below(3)) - 1;
  return fmt::format(fmt::runtime(choices.of(kForms)), near);
}

std::string sample_of_time(Choices& choices) {
  constexpr std::array<const char*, 10> kTimes = {"2026-01-01T00:30:00+02:00",
                                                  "2025-12-31 22:12:00",
                                                  "2025-12-31T22:01:00.123456Z",
                                                  "2026-12-31",
                                                  "2021-01-01T12:00:00Z",
                                                  "1767220200",
                                                  "1767220200123",
                                                  "1767220200.5",
                                                  "2026-13-01",
                                                  "-1"};
  return choices.of(kTimes);
}

/// Changes one character: other case, another that folds to the same, one more, one less, broken.
void mutate(std::string& text, Choices& choices) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    characters.push_back(c.code);
    at += c.size;
  }
  const std::uint32_t at = choices.below(static_cast<std::uint32_t>(characters.size() + 1));
  const std::uint32_t kind = choices.below(7);
  if (kind == 0) {
    characters.insert(at, 1, U'x');
  } else if (at == characters.size()) {
    characters.push_back(U'*');
  } else if (kind == 1) {
    characters.erase(at, 1);
  } else if (kind == 2) {
    characters[at] = 0x110000 + 0x80 + choices.below(128);
  } else {  // by far the most: what folding must undo
    char32_t& c = characters[at];
    c = c == U'k' || c == U'K'   ? U'\u212A'
        : c == U's' || c == U'S' ? U'\u017F'
        : c == U'\u00DF'         ? U'\u1E9E'
        : c == U'\u00E4'         ? U'\u00C4'
        : c < 0x80 && c >= U'a'  ? c & ~U' '
                                 : static_cast<char32_t>(fold(c));
  }
  text.clear();
  for (const char32_t c : characters) append_utf8(text, c);
}

/// The inside of a JSON string that means `text`, with more escapes than it needs. The JSON parser refuses broken UTF-8, so there is
/// none of it here.
std::string escaped(std::string_view text, Choices& choices) {
  const bool more = choices.once_in(3);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    const std::string_view bytes = text.substr(at, c.size);
    at += c.size;
    if (c.code >= 0x110000) {
      out += "\uFFFD";
    } else if (more && c.code < 0x10000 && choices.below(3) == 1) {
      out += fmt::format(fmt::runtime(choices.below(2) == 1 ? "\\u{:04X}" : "\\u{:04x}"), c.code);
    } else if (more && c.code >= 0x10000) {
      out +=
          fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((c.code - 0x10000) >> 10), 0xDC00 + ((c.code - 0x10000) & 0x3FF));
    } else if (more && c.code == '/') {
      out += "\\/";
    } else if (c.code >= 0x80) {
      out += bytes;
    } else {
      append_json_escaped(out, bytes);
    }
  }
  return out;
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - first;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t whole = at;
  if (digits() == 0 || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits() == 0)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

/// The raw bytes of a value, and how they are to be read.
struct Raw {
  std::string bytes;
  ValueKind kind = ValueKind::kText;
};

/// What a pattern of the field asks for, or nearly that.
std::string near_a_pattern(const World& world, std::string_view field, Choices& choices) {
  std::string text;
  const Pattern* pattern = world.any_pattern(choices, field);
  if (pattern != nullptr) text = world.sample(*pattern, choices);
  for (std::uint32_t i = choices.below(4); i > 1; --i) mutate(text, choices);
  if (!text.empty() && choices.once_in(10))
    text.pop_back();  // through the middle of a character, if it has several bytes
  return text;
}

/// Makes a text of several lines of it, long enough that a matcher may take it apart.
void add_lines(std::string& text, const World& world, std::string_view field, Choices& choices) {
  constexpr std::array<const char*, 3> kFeeds = {"\n", "\r\n", "\n\\n\n"};
  for (std::uint32_t i = 1 + choices.below(4); i > 0; --i) {
    if (choices.once_in(2)) text += choices.of(kFeeds) + std::string(130, 'z');
    text += choices.of(kFeeds) + near_a_pattern(world, field, choices);
  }
}

Raw make_value(const World& world, std::string_view field, bool json, Choices& choices) {
  if (choices.once_in(12)) return {json ? "null" : "", ValueKind::kNull};
  std::string text = near_a_pattern(world, field, choices);
  if (choices.once_in(8)) add_lines(text, world, field, choices);
  if (choices.once_in(6)) text = "x" + text;
  if (choices.once_in(6)) text += 'x';
  if (choices.once_in(40)) text += std::string(400, 'y');
  if (!json) return {text, ValueKind::kText};
  if (is_json_number(text) && choices.below(2) == 1) return {text, ValueKind::kNumber};
  if ((text == "true" || text == "false") && choices.below(2) == 1) return {text, ValueKind::kBool};
  return {escaped(text, choices), ValueKind::kJsonText};
}

PathId make_path(PathTable& paths, std::string& field, Choices& choices) {
  constexpr std::array<const char*, 5> kFields = {"Image", "Line", "User", "Addr", "Other"};
  field = choices.of(kFields);
  switch (choices.below(6)) {
    case 1: return paths.child(paths.child(PathTable::kRoot, "Event"), field);
    case 2: field.clear(); return choices.once_in(2) ? PathTable::kOverflow : PathTable::kRoot;
    default: return paths.child(PathTable::kRoot, field);
  }
}

}  // namespace

std::string World::sample(const Pattern& pattern, Choices& choices) const {
  switch (pattern.kind) {
    case Pattern::Kind::kString: return sample_of_strings(pattern, choices);
    case Pattern::Kind::kRegex: return pattern.text;
    case Pattern::Kind::kCidr: return sample_of_network(pattern, choices);
    case Pattern::Kind::kNumber: return sample_of_number(pattern, choices);
    case Pattern::Kind::kTimePart: return sample_of_time(choices);
    case Pattern::Kind::kNull: return {};
    case Pattern::Kind::kExists: return pattern.text;
    case Pattern::Kind::kFieldRef: return "ab";
  }
  return {};
}

GeneratedEvent::GeneratedEvent(World& world, Choices& choices) {
  const bool json = choices.below(3) != 1;
  event_.log_source = world.classes()[choices.below(static_cast<std::uint32_t>(world.classes().size()))];
  struct Placed {
    std::size_t at;
    std::size_t size;
  };
  std::vector<Placed> places;
  std::string record = "{";
  for (std::uint32_t i = 0, count = choices.below(kValuesMax + 1); i < count; ++i) {
    std::string field;
    const PathId path = make_path(world.paths(), field, choices);
    const Raw raw = make_value(world, field, json, choices);
    const bool quotes = raw.kind == ValueKind::kJsonText;
    record += json ? "\"" + world.paths().name(path) + (quotes ? "\":\"" : "\":") : "\n";
    places.push_back({record.size(), raw.kind == ValueKind::kNull ? 0 : raw.bytes.size()});
    record += raw.bytes + (quotes ? "\"," : json ? "," : "");
    event_.values.push_back({nullptr, 0, path, raw.kind});
  }
  record += "}";
  // In one event of four, some of its values are what a mapping would have derived.
  const std::uint32_t marks = choices.below(4 << kValuesMax);
  const std::uint32_t derived = marks >> kValuesMax == 3 ? marks : 0;
  bytes_ = std::make_unique<char[]>(record.size());
  std::memcpy(bytes_.get(), record.data(), record.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    event_.values[i].data = bytes_.get() + places[i].at;
    event_.values[i].size = static_cast<std::uint32_t>(places[i].size);
    event_.values[i].derived = (derived >> i & 1) != 0;
  }
  event_.text = {bytes_.get(), record.size()};
  event_.text_escaped = json && record.find("\\u") != std::string::npos;
}

std::string describe(const Event& event, const PathTable& paths) {
  std::string text = fmt::format("log source {}\n", event.log_source);
  for (const Value& value : event.values) {
    std::string json;
    append_value_json(json, value);
    text +=
        fmt::format("  {}: {} kind {}{}\n", paths.name(value.path), terminal_safe(json), static_cast<int>(value.kind),
                    value.derived ? " derived" : "");
  }
  return text;
}

namespace {

std::string describe(const sigma::Item& item) {
  std::string text = fmt::format("{}{}{}:", item.field.empty() ? "keyword" : item.field, item.all ? "|all" : "",
                                 item.negated ? "|neq" : "");
  for (const Pattern& pattern : item.patterns) {
    text += fmt::format(" [kind {} '{}' {}", static_cast<int>(pattern.kind), terminal_safe(pattern.text),
                        terminal_safe(pattern.regex));
    if (pattern.cased) text += " cased";
    if (pattern.strings.size() > 1) text += fmt::format(" and {} strings more", pattern.strings.size() - 1);
    if (pattern.kind == Pattern::Kind::kCidr) {
      text += fmt::format(" v{} {:02x}", pattern.network_v6 ? 6 : 4, fmt::join(pattern.network, ""));
      text += fmt::format("/{}", pattern.prefix_bits);
    }
    if (pattern.kind == Pattern::Kind::kNumber) text += fmt::format(" compare {}", static_cast<int>(pattern.compare));
    if (pattern.kind == Pattern::Kind::kTimePart)
      text += fmt::format(" part {} = {}", static_cast<int>(pattern.part), pattern.number);
    if (pattern.kind == Pattern::Kind::kFieldRef) {
      text += fmt::format(" contains {} startswith {} endswith {}", pattern.ref_contains, pattern.ref_startswith,
                          pattern.ref_endswith);
    }
    text += ']';
  }
  return text;
}

std::string describe(const sigma::Condition& condition) {
  using Kind = sigma::Condition::Kind;
  if (condition.kind == Kind::kSelection) return fmt::format("s{}", condition.selection);
  std::string text = condition.kind == Kind::kAnd ? "and(" : condition.kind == Kind::kOr ? "or(" : "not(";
  for (const sigma::Condition& operand : condition.operands) text += describe(operand) + ' ';
  return text + ')';
}

}  // namespace

std::string describe(const sigma::Rule& rule) {
  std::string text = fmt::format("{} category '{}': {}\n", rule.id, rule.log_source.category, describe(rule.condition));
  for (const sigma::Selection& selection : rule.selections) {
    for (const std::vector<sigma::Item>& items : selection.alternatives) {
      text += fmt::format("  {} alternative\n", selection.name);
      for (const sigma::Item& item : items) text += "    " + describe(item) + '\n';
    }
  }
  return text;
}

}  // namespace tocsin::naive
