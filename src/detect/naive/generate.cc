#include "detect/naive/generate.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tocsin::naive {

using sigma::Condition;
using sigma::Item;
using sigma::Pattern;
using sigma::Rule;
using sigma::Selection;
using sigma::WildPart;
using sigma::WildString;

namespace {

constexpr std::array<const char*, 5> kFields = {"Image", "Line", "User", "Addr", "Other"};
/// Pieces of literals: few and short, so that they meet; among them all that is special to some layer.
constexpr std::array<const char*, 32> kPieces = {
    "a",  "b",      "k",      "s",      "K",      "S",      "ab",     "cmd.exe", "powershell", "Kernel32", "12",
    "4",  "\\",     "\\\\",   "/",      "-",      " ",      "\"",     ".",       "*",          "\n",       "\x01",
    "\t", "\u00E4", "\u00C4", "\u017F", "\u212A", "\u1E9E", "\u00DF", "\u023A",  "\U0001F600", "4688"};

std::string make_literal(Choices& choices) {
  std::string literal;
  do literal += choices.of(kPieces);
  while (choices.below(3) != 0);
  return literal;
}

/// Now and then one that begins or ends with an earlier one, or is the same.
std::string make_literal(std::vector<std::string>& earlier, Choices& choices) {
  std::string literal = make_literal(choices);
  if (!earlier.empty()) {
    const std::string& base = earlier[choices.below(static_cast<std::uint32_t>(earlier.size()))];
    const std::uint32_t how = choices.below(6);
    if (how == 1) literal = base;
    if (how == 2) literal = base + literal;
    if (how == 3) literal += base;
  }
  earlier.push_back(literal);
  return literal;
}

WildString make_wild(std::vector<std::string>& earlier, Choices& choices) {
  WildString wild;
  const std::uint32_t shape = choices.below(8);
  if (shape < 4) {  // those with a table of their own: equals, prefix, suffix, contains
    if (shape >= 2) wild.push_back({WildPart::Kind::kAny, {}});
    wild.push_back({WildPart::Kind::kLiteral, make_literal(earlier, choices)});
    if (shape % 2 == 1) wild.push_back({WildPart::Kind::kAny, {}});
    return wild;
  }
  for (std::uint32_t parts = choices.below(5); parts > 0; --parts) {
    const std::uint32_t kind = choices.below(4);
    const WildPart::Kind last = wild.empty() ? WildPart::Kind::kOne : wild.back().kind;
    if (kind == 1 && last != WildPart::Kind::kAny) wild.push_back({WildPart::Kind::kAny, {}});
    if (kind == 2) wild.push_back({WildPart::Kind::kOne, {}});
    if ((kind == 0 || kind == 3) && last != WildPart::Kind::kLiteral) {
      wild.push_back({WildPart::Kind::kLiteral, make_literal(earlier, choices)});
    }
  }
  return wild;
}

std::string text_of(const WildString& wild) {
  std::string text;
  for (const WildPart& part : wild) {
    text += part.kind == WildPart::Kind::kAny ? "*" : part.kind == WildPart::Kind::kOne ? "?" : part.literal;
  }
  return text;
}

std::string quoted(std::string_view literal) {
  std::string regex;
  for (const char c : literal) {
    if (std::string_view("\\.*?+|()[]{}^$/\"").find(c) != std::string_view::npos) regex.push_back('\\');
    regex.push_back(c);
  }
  return regex;
}

/// A regex, and as Pattern::text a value it is found in; label and sample in one.
void make_regex(Pattern& pattern, Choices& choices) {
  const auto add = [&](const std::string& regex, const std::string& sample) {
    pattern.regex += regex;
    pattern.text += sample;
  };
  if (choices.once_in(6)) add("^", "");
  do {
    const std::string literal = make_literal(choices);
    switch (choices.below(8)) {
      case 1: add("(?:" + quoted(literal) + "|" + quoted(make_literal(choices)) + ")", literal); break;
      case 2: add(".*", literal); break;
      case 3: add("[a-k]+", "ak"); break;
      case 4: add("(?:" + quoted(literal) + ")?", ""); break;
      case 5: add("(?:" + quoted(literal) + "){2}", literal + literal); break;
      case 6: add("(s|4)\\1", "ss"); break;  // what RE2 cannot do
      case 7: add("\\d+", "12"); break;
      default: add(quoted(literal), literal);
    }
  } while (choices.below(3) == 1);
  if (choices.once_in(6)) add("$", "");
  pattern.regex_ignore_case = choices.once_in(3);
  pattern.regex_multi_line = choices.once_in(6);
  pattern.regex_dot_all = choices.once_in(6);
}

void make_cidr(Pattern& pattern, Choices& choices) {
  pattern.network_v6 = choices.once_in(3);
  const int bits = pattern.network_v6 ? 128 : 32;
  pattern.prefix_bits = static_cast<int>(choices.below(static_cast<std::uint32_t>(bits + 1)));
  const std::array<std::uint8_t, 4> start = {10, 192, 0xfe, 0x20};
  for (int i = 0; i < bits / 8; ++i) {
    const std::uint8_t byte = i == 0 ? choices.of(start) : static_cast<std::uint8_t>(choices.below(4));
    const int kept = std::clamp(pattern.prefix_bits - 8 * i, 0, 8);
    pattern.network[i] = static_cast<std::uint8_t>(byte & (0xff00 >> kept));
  }
  pattern.text = "cidr";
}

void make_time_part(Pattern& pattern, Choices& choices) {
  pattern.part = static_cast<Pattern::TimePart>(choices.below(6));
  const std::array<double, 8> numbers = {0, 1, 12, 22, 31, 53, 2025, 2026};
  pattern.number = choices.of(numbers);
  pattern.text = "time part";
}

void make_ref(Pattern& pattern, Choices& choices) {
  pattern.field = choices.of(kFields);
  pattern.text = pattern.field;
  pattern.cased = choices.once_in(4);
  const std::uint32_t kind = choices.below(4);
  pattern.ref_contains = kind == 1;
  pattern.ref_startswith = kind == 2;
  pattern.ref_endswith = kind == 3;
}

void make_string(Pattern& pattern, std::vector<std::string>& earlier, Choices& choices) {
  do pattern.strings.push_back(make_wild(earlier, choices));
  while (choices.once_in(5));
  pattern.cased = choices.once_in(5);
  pattern.text = text_of(pattern.strings.front());
}

/// What a world leans to. Worlds that differ in kind find more than worlds that each have a little of everything (Groce et
/// al., "Swarm Testing", ISSTA 2012).
struct Taste {
  explicit Taste(Choices& choices)
      : keyword_once_in(choices.below(2) == 1 ? 2 : 6),
        plain_keywords(choices.below(2) == 1),
        only_strings(choices.once_in(4)) {}
  std::uint32_t keyword_once_in;
  bool plain_keywords;  // no regexes, no empty literals among them, so that a filter over the record can be built
  bool only_strings;
  std::vector<std::string> literals;  // of the world so far
};

Pattern make_pattern(bool keyword, Taste& taste, Choices& choices) {
  Pattern pattern;
  if (keyword && taste.plain_keywords) {
    WildString& wild = pattern.strings.emplace_back(make_wild(taste.literals, choices));
    const bool any =
        std::ranges::any_of(wild, [](const WildPart& part) { return part.kind == WildPart::Kind::kLiteral; });
    if (!any) wild.push_back({WildPart::Kind::kLiteral, make_literal(choices)});
    for (WildPart& part : wild) {
      if (part.kind == WildPart::Kind::kLiteral && choices.below(2) == 1) part.literal += "4s";
    }
    pattern.text = text_of(wild);
    pattern.cased = choices.once_in(5);
    return pattern;
  }
  // Half are strings; a keyword is a string or a regex.
  constexpr std::array<Pattern::Kind, 7> kRarer = {
      Pattern::Kind::kRegex, Pattern::Kind::kCidr,   Pattern::Kind::kNumber,  Pattern::Kind::kTimePart,
      Pattern::Kind::kNull,  Pattern::Kind::kExists, Pattern::Kind::kFieldRef};
  if (!taste.only_strings && choices.below(2) == 1) pattern.kind = keyword ? Pattern::Kind::kRegex : choices.of(kRarer);
  switch (pattern.kind) {
    case Pattern::Kind::kString: make_string(pattern, taste.literals, choices); break;
    case Pattern::Kind::kRegex: make_regex(pattern, choices); break;
    case Pattern::Kind::kCidr: make_cidr(pattern, choices); break;
    case Pattern::Kind::kTimePart: make_time_part(pattern, choices); break;
    case Pattern::Kind::kFieldRef: make_ref(pattern, choices); break;
    case Pattern::Kind::kNull: pattern.text = "null"; break;
    case Pattern::Kind::kExists:
      pattern.exists = choices.below(2) == 0;
      pattern.text = pattern.exists ? "true" : "false";
      break;
    case Pattern::Kind::kNumber:
      pattern.compare = static_cast<Pattern::Compare>(choices.below(5));
      pattern.number = choices.below(4) * 4;
      pattern.text = std::to_string(pattern.number);
      break;
  }
  return pattern;
}

/// Now and then an item that another rule has too, so that they are joined.
Item make_item(const sigma::RuleSet& others, Taste& taste, Choices& choices) {
  if (!others.rules.empty() && choices.once_in(4)) {
    const Rule& other = others.rules[choices.below(static_cast<std::uint32_t>(others.rules.size()))];
    const Selection& selection = other.selections.front();
    if (!selection.alternatives.empty() && !selection.alternatives.front().empty()) {
      Item item = selection.alternatives.front().front();
      if (choices.once_in(3)) item.patterns.front().cased ^= true;  // nearly the same
      if (choices.once_in(3)) item.patterns.front().regex_ignore_case ^= true;
      return item;
    }
  }
  Item item;
  if (!choices.once_in(taste.keyword_once_in)) item.field = choices.of(kFields);
  do item.patterns.push_back(make_pattern(item.field.empty(), taste, choices));
  while (choices.below(3) == 1);
  item.all = choices.once_in(4);
  item.negated = choices.once_in(8);
  return item;
}

Condition make_condition(std::uint32_t selections, int depth, Choices& choices) {
  Condition condition;
  condition.kind = depth == 0 ? Condition::Kind::kSelection : static_cast<Condition::Kind>(choices.below(4));
  if (condition.kind == Condition::Kind::kSelection) {
    condition.selection = choices.below(selections);
    return condition;
  }
  const std::uint32_t operands = condition.kind == Condition::Kind::kNot ? 1 : 2 + choices.below(2);
  for (std::uint32_t i = 0; i < operands; ++i) {
    condition.operands.push_back(make_condition(selections, depth - 1, choices));
  }
  return condition;
}

Rule make_rule(const sigma::RuleSet& others, Taste& taste, Choices& choices) {
  Rule rule;
  rule.id = "rule-" + std::to_string(others.rules.size());
  rule.title = rule.id;
  if (choices.once_in(3)) rule.log_source.category = choices.once_in(2) ? "b" : "a";
  for (std::uint32_t i = 0, count = 1 + choices.below(3); i < count; ++i) {
    Selection& selection = rule.selections.emplace_back();
    selection.name = "s" + std::to_string(i);
    for (std::uint32_t k = 0, alternatives = 1 + choices.below(2); k < alternatives; ++k) {
      std::vector<Item>& items = selection.alternatives.emplace_back();
      do items.push_back(make_item(others, taste, choices));
      while (choices.below(3) == 1);
    }
  }
  rule.condition =
      make_condition(static_cast<std::uint32_t>(rule.selections.size()), static_cast<int>(choices.below(4)), choices);
  return rule;
}

/// A value goes by its last key and by its full path.
class LastKeyNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override {
    PathMeaning meaning;
    const std::size_t dot = path.rfind('.');
    if (!path.empty()) meaning.names.emplace_back(path.substr(dot == std::string_view::npos ? 0 : dot + 1));
    if (dot != std::string_view::npos) meaning.names.emplace_back(path);
    return meaning;
  }
};

}  // namespace

World::World(Choices& choices) : naming_(std::make_unique<LastKeyNaming>()) {
  paths_ = std::make_unique<PathTable>(*naming_);
  classes_.push_back(log_sources_.intern({{{"p", "a", ""}}, {{"Image", "Other"}}}));
  classes_.push_back(
      log_sources_.intern({{{"p", "a", ""}, {"p", "b", ""}}, {{"Addr", "Event.User"}, {"User", "Line"}}}));
  classes_.push_back(LogSourceTable::kUnknown);
  Taste taste(choices);
  for (std::uint32_t i = 0, count = 1 + choices.below(kRulesMax); i < count; ++i) {
    rules_.rules.push_back(make_rule(rules_, taste, choices));
  }
}

const Pattern* World::any_pattern(Choices& choices, std::string_view field) const {
  std::vector<const Pattern*> all, of_field;
  for (const Rule& rule : rules_.rules) {
    for (const Selection& selection : rule.selections) {
      for (const std::vector<Item>& items : selection.alternatives) {
        for (const Item& item : items) {
          for (const Pattern& pattern : item.patterns) {
            all.push_back(&pattern);
            if (item.field == field) of_field.push_back(&pattern);
          }
        }
      }
    }
  }
  const std::vector<const Pattern*>& from = of_field.empty() || choices.once_in(4) ? all : of_field;
  return from.empty() ? nullptr : from[choices.below(static_cast<std::uint32_t>(from.size()))];
}

}  // namespace tocsin::naive
