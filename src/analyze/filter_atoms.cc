#include "analyze/filter_atoms.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "base/text.h"
#include "event/tokens.h"

namespace tocsin::analyze {

namespace {

using Match = FieldCondition::Match;
using Events = std::vector<const AlertFields*>;

/// Values that every event has its own of, from so many events on, are made anew each time.
constexpr std::size_t kOwnValuesEvents = 4;
/// Of a field with several values, as many that all events share are tried.
constexpr std::size_t kSharedValuesMax = 4;

/// A token, or a mark such as [EMAIL], stands where protection took something away (docs/protection.md): the log itself says something else there.
bool is_protected(std::string_view value) {
  const auto run_from = [&](std::size_t at, auto&& fits) {
    std::size_t end = at;
    while (end < value.size() && fits(value[end])) ++end;
    return end - at;
  };
  for (std::size_t at = value.find(kTokenStart); at != std::string_view::npos; at = value.find(kTokenStart, at + 1)) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (run_from(at + kTokenStart.size(), is_letter) >= kTokenLetters) return true;
  }
  for (std::size_t at = value.find('['); at != std::string_view::npos; at = value.find('[', at + 1)) {
    const std::size_t size = run_from(at + 1, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    if (size >= 2 && at + 1 + size < value.size() && value[at + 1 + size] == ']') return true;
  }
  return false;
}

/// What can stand in a filter and says something there.
bool is_usable(std::string_view value) {
  return !value.empty() && value != "-" && value != "N/A" && value.size() <= kValueBytesMax && is_valid_utf8(value) && !is_protected(value);
}

/// A name that an item of a selection can have: what follows a bar would be a modifier.
bool is_usable_name(std::string_view name) { return !name.empty() && name.find('|') == std::string_view::npos && is_valid_utf8(name); }

/// Folded, with one spelling each; of several the first in bytewise order.
using Spellings = std::map<std::string, std::string>;

void add_spelling(Spellings& spellings, const std::string& value) {
  const auto [at, fresh] = spellings.try_emplace(folded(value), value);
  if (!fresh && value < at->second) at->second = value;
}

/// Nothing if the event has none, or one that cannot be used: of a field only all that it has counts.
std::optional<Spellings> values_of(const AlertFields& event, const std::string& name) {
  const AlertField* const field = event.find(name);
  if (field == nullptr) return std::nullopt;
  Spellings values;
  for (const std::optional<std::string>& value : field->values) {
    if (!value || !is_usable(*value)) return std::nullopt;
    add_spelling(values, *value);
  }
  if (values.empty()) return std::nullopt;
  return values;
}

std::optional<std::vector<Spellings>> values_of_all(const Events& events, const std::string& name) {
  std::vector<Spellings> all;
  for (const AlertFields* event : events) {
    std::optional<Spellings> values = values_of(*event, name);
    if (!values) return std::nullopt;
    all.push_back(std::move(*values));
  }
  return all;
}

bool has_number(const std::vector<Spellings>& all) {
  const auto is_number = [](const Spellings::value_type& value) {
    const bool hexadecimal = value.first.starts_with("0x") && value.first.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
    return hexadecimal || value.first.find_first_not_of("0123456789.-+") == std::string::npos;
  };
  return std::ranges::any_of(all, [&](const Spellings& values) { return std::ranges::any_of(values, is_number); });
}

std::vector<FieldCondition> equal_conditions(const std::string& name, const std::vector<Spellings>& all) {
  Spellings every;
  bool single = true;
  for (const Spellings& values : all) {
    single = single && values.size() == 1;
    for (const auto& [text, spelling] : values) add_spelling(every, spelling);
  }
  std::vector<FieldCondition> conditions;
  if (single) {
    const bool own = every.size() == all.size() && all.size() >= kOwnValuesEvents;
    if (every.size() > kValuesMax || own) return {};
    FieldCondition& condition = conditions.emplace_back(FieldCondition{name, Match::kEqual, {}});
    for (const auto& [text, spelling] : every) condition.values.push_back(spelling);
    std::ranges::sort(condition.values);
    return conditions;
  }
  for (const Spellings::value_type& value : every) {
    const bool shared = std::ranges::all_of(all, [&](const Spellings& values) { return values.contains(value.first); });
    if (shared && conditions.size() < kSharedValuesMax) conditions.push_back({name, Match::kEqual, {value.second}});
  }
  return conditions;
}

// -- paths

bool is_separator(char c) { return c == '\\' || c == '/'; }

bool looks_like_path(std::string_view text) {
  const bool drive = text.size() > 3 && text[1] == ':' && is_separator(text[2]);
  const bool rooted = drive || text.starts_with('/') || text.starts_with("\\\\") || text.starts_with("HK");
  return rooted && text.find("..") == std::string_view::npos;
}

std::vector<std::string> components_of(std::string_view path) {
  std::vector<std::string> components(1);
  for (const char c : path) {
    if (is_separator(c)) {
      components.emplace_back();
    } else {
      components.back() += c;
    }
  }
  return components;
}

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

/// Whether others than administrators write to such a folder, or everybody's programs lie there. `path` is folded.
bool is_open(std::string_view path) {
  static constexpr std::array<std::string_view, 11> kAnywhere = {"users", "temp", "tmp", "programdata", "perflogs", "home", "public", "downloads", "appdata", "hku", "hkcu"};
  static constexpr std::array<std::string_view, 10> kAtRoot = {"windows", "var", "bin", "sbin", "dev", "proc", "run", "lib", "hkey_users", "hkey_current_user"};
  static constexpr std::array<std::string_view, 4> kBelowUsr = {"bin", "sbin", "lib", "share"};
  const std::vector<std::string> parts = components_of(path);  // of "c:\x" and "/x" the second is the first folder
  const auto part = [&](std::size_t at) { return at < parts.size() ? std::string_view(parts[at]) : std::string_view(); };
  const std::string_view first = part(1), second = part(2), third = part(3);
  if (path.starts_with("\\\\") || std::ranges::any_of(parts, [](const std::string& one) { return is_in(kAnywhere, one); })) return true;
  if (is_in(kAtRoot, first) || is_in(kAtRoot, part(0))) return true;
  return first == "usr" && (is_in(kBelowUsr, second) || (second == "local" && is_in(kBelowUsr, third)));
}

std::size_t separators_in(std::string_view text) { return static_cast<std::size_t>(std::ranges::count_if(text, is_separator)); }

std::size_t common_start(const std::vector<std::string>& texts) {
  std::size_t size = texts.front().size();
  for (const std::string& text : texts) {
    size = std::min(size, text.size());
    const auto differs = std::mismatch(texts.front().begin(), texts.front().begin() + static_cast<std::ptrdiff_t>(size), text.begin());
    size = static_cast<std::size_t>(differs.first - texts.front().begin());
  }
  return size;
}

/// The folded texts of all events; nothing if one is no path, or they have several.
std::optional<std::vector<std::string>> folded_paths(const std::vector<Spellings>& all) {
  std::vector<std::string> texts;
  for (const Spellings& values : all) {
    if (values.size() != 1 || !looks_like_path(values.begin()->second)) return std::nullopt;
    texts.push_back(values.begin()->first);
  }
  return texts;
}

/// A file below a folder of its own: C:\\Program Files\\Agent\\agent.exe, /opt/agent/agentd.
bool lies_apart(const std::string& value) {
  const std::string path = folded(value);
  return looks_like_path(value) && separators_in(path) >= 3 && !is_open(path);
}

/// Down to a folder of its own; "" if there is none.
std::string shared_start(const std::vector<std::string>& texts) {
  std::string start = texts.front().substr(0, common_start(texts));
  while (!start.empty() && !is_separator(start.back())) start.pop_back();
  const bool deep = separators_in(start) >= (start.starts_with("hk") ? 4u : 3u);
  return deep && !is_open(start) ? start : std::string();
}

/// From a separator on, two components at least; "" if there is none.
std::string shared_end(std::vector<std::string> texts) {
  for (std::string& text : texts) std::ranges::reverse(text);
  std::string end = texts.front().substr(0, common_start(texts));
  while (!end.empty() && !is_separator(end.back())) end.pop_back();
  std::ranges::reverse(end);
  return separators_in(end) >= 2 ? end : std::string();
}

/// A part of a folded text as the event spells it, where folding kept the number of bytes.
std::string spelled(const std::string& spelling, std::size_t from, const std::string& part) {
  std::string as_is = from <= spelling.size() ? spelling.substr(from, part.size()) : std::string();
  return folded(as_is) == part ? as_is : part;
}

// -- what they are worth

/// Folded, whatever their order.
std::set<std::string> texts_of(const AlertField& field) {
  std::set<std::string> values;
  for (const std::optional<std::string>& value : field.values) values.insert(value ? folded(*value) : std::string());
  return values;
}

unsigned points_of(FieldKind kind, const AlertField& field, const FieldCondition& condition, const RuleFields& rule) {
  const std::string& name = field.name;
  const bool is_constant = rule.constant.contains(name);
  switch (kind) {
    case FieldKind::kDeed: return 2;
    case FieldKind::kThing:
      if (is_constant && rule.asked.contains(name)) return 0;
      return holds_paths(name, field.entity) && std::ranges::all_of(condition.values, lies_apart) ? 2 : 1;
    case FieldKind::kContext:
    case FieldKind::kOther: return is_constant ? 0 : 1;
    case FieldKind::kLabel:
    case FieldKind::kClaim:
    case FieldKind::kVolatile: return 0;
  }
  return 0;
}

struct RankedAtom {
  FieldKind kind;
  Atom atom;
};

void add_field(const AlertField& field, const Events& wanted, const RuleFields& rule, std::vector<RankedAtom>& atoms) {
  const FieldKind kind = field_kind(field.name, field.entity);
  if (kind == FieldKind::kVolatile || kind == FieldKind::kClaim || !is_usable_name(field.name)) return;
  const std::optional<std::vector<Spellings>> values = values_of_all(wanted, field.name);
  if (!values) return;
  // A number in a field that nothing is known of counts something, or is a number of something.
  if (kind == FieldKind::kOther && has_number(*values)) return;
  const FieldAspect aspect = field_aspect(field.name, field.entity);
  const std::vector<FieldCondition> equal = equal_conditions(field.name, *values);
  for (const FieldCondition& condition : equal) atoms.push_back({kind, {condition, aspect, points_of(kind, field, condition, rule)}});
  if (!equal.empty() || !holds_paths(field.name, field.entity)) return;
  const std::optional<std::vector<std::string>> paths = folded_paths(*values);
  if (!paths) return;
  const auto& [text, spelling] = *values->front().begin();
  if (const std::string start = shared_start(*paths); !start.empty()) atoms.push_back({kind, {{field.name, Match::kStartsWith, {spelled(spelling, 0, start)}}, aspect, 1}});
  if (const std::string end = shared_end(*paths); !end.empty()) {
    const unsigned points = separators_in(end) >= 3 ? 1 : 0;
    atoms.push_back({kind, {{field.name, Match::kEndsWith, {spelled(spelling, text.size() - end.size(), end)}}, aspect, points}});
  }
}

}  // namespace

RuleFields rule_fields(const Events& all, std::set<std::string> asked) {
  RuleFields rule{std::move(asked), {}};
  if (all.empty()) return rule;
  for (const AlertField& field : all.front()->fields) {
    const std::set<std::string> texts = texts_of(field);
    const bool same = std::ranges::all_of(all, [&](const AlertFields* event) {
      const AlertField* const other = event->find(field.name);
      return other != nullptr && texts_of(*other) == texts;
    });
    if (same) rule.constant.insert(field.name);
  }
  return rule;
}

bool is_narrow(const std::vector<const Atom*>& atoms) {
  unsigned points = 0, aspects = 0;  // aspects: a bit each
  for (const Atom* atom : atoms) {
    points += atom->points;
    if (atom->points > 0) aspects |= 1u << static_cast<unsigned>(atom->aspect);
  }
  return points >= kNarrowPoints && static_cast<unsigned>(__builtin_popcount(aspects)) >= kNarrowAspects;
}

std::vector<Atom> common_atoms(const Events& wanted, const RuleFields& rule) {
  if (wanted.empty()) return {};
  std::vector<RankedAtom> ranked;
  for (const AlertField& field : wanted.front()->fields) add_field(field, wanted, rule, ranked);
  std::ranges::stable_sort(ranked, [](const RankedAtom& a, const RankedAtom& b) {
    const FieldCondition &left = a.atom.condition, &right = b.atom.condition;
    const std::size_t left_values = left.values.size(), right_values = right.values.size();
    return std::tie(a.kind, left.match, left_values, left.field, left.values) < std::tie(b.kind, right.match, right_values, right.field, right.values);
  });
  std::vector<Atom> atoms;
  for (RankedAtom& one : ranked) {
    if (atoms.size() < kAtomsMax) atoms.push_back(std::move(one.atom));
  }
  return atoms;
}

}  // namespace tocsin::analyze
