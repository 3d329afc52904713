#include <algorithm>

#include "detect/sigma/modifiers.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"

namespace tocsin::sigma {
namespace {

bool is_plain(const YamlNode& node) { return node.is_scalar() || node.is_null(); }

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class SelectionParser {
 public:
  SelectionParser(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  /// A mapping is one alternative; plain values are keywords; a list of anything else is one alternative per element.
  bool parse(const YamlNode& value, std::vector<DraftAlternative>& alternatives) {
    if (value.is_mapping()) return parse_mapping(value, alternatives.emplace_back());
    if (value.is_null()) return fail(Issue::kEmptySelection, value.at, "the selection is empty");
    if (value.is_scalar()) return parse_item("", value, value.at, alternatives.emplace_back());
    if (value.items.empty()) return fail(Issue::kEmptySelection, value.at, "the selection is an empty list");
    if (std::all_of(value.items.begin(), value.items.end(), is_plain)) {
      return parse_item("", value, value.at, alternatives.emplace_back());
    }
    bool good = true;  // one look at the file should show every mistake
    for (const YamlNode& item : value.items) good = parse(item, alternatives) && good;
    return good;
  }

 private:
  bool fail(Issue issue, Position at, std::string message) {
    diagnostics_.add(issue, source_, at, std::move(message));
    return false;
  }

  bool parse_mapping(const YamlNode& mapping, DraftAlternative& alternative) {
    if (mapping.entries.empty()) return fail(Issue::kEmptySelection, mapping.at, "the mapping is empty");
    bool good = true;
    alternative.reserve(mapping.entries.size());
    for (const auto& [key, value] : mapping.entries) good = parse_item(key.scalar, value, key.at, alternative) && good;
    return good;
  }

  bool parse_item(std::string_view key, const YamlNode& value, Position at, DraftAlternative& alternative) {
    DraftItem& item = alternative.emplace_back();
    item.at = at;
    std::size_t bar = key.find('|');
    item.field = key.substr(0, bar);
    while (bar != std::string_view::npos) {
      const std::size_t next = key.find('|', bar + 1);
      item.modifiers.emplace_back(key.substr(bar + 1, next == std::string_view::npos ? next : next - bar - 1));
      bar = next;
    }
    if (!parse_values(value, item) || !apply_modifiers(item, source_, diagnostics_)) return false;
    if (item.field.empty() && !check_keyword(item)) return false;
    if (diagnostics_.lint()) advise(item);
    return true;
  }

  bool parse_values(const YamlNode& value, DraftItem& item) {
    const bool is_regex = has(item.modifiers, "re");
    if (is_plain(value)) {
      item.values.push_back(first_value(value, is_regex));
      return true;
    }
    if (value.is_mapping()) return fail(Issue::kNestedValue, value.at, "a mapping is not a value");
    if (value.items.empty()) return fail(Issue::kEmptyList, value.at, "the list of values is empty");
    item.values.reserve(value.items.size());
    for (const YamlNode& element : value.items) {
      if (!is_plain(element)) return fail(Issue::kNestedValue, element.at, "a list of values holds single values only");
      item.values.push_back(first_value(element, is_regex));
    }
    return true;
  }

  bool check_keyword(const DraftItem& item) {
    for (const DraftValue& value : item.values) {
      if (value.kind == DraftValue::Kind::kNull) {
        return fail(Issue::kNeedsField, value.pattern.at, "null asks for a field that is absent, and names none");
      }
    }
    return true;
  }

  void advise(const DraftItem& item) {
    using Kind = DraftValue::Kind;
    if (item.all && item.values.size() == 1)
      diagnostics_.add(Issue::kAllOfOne, source_, item.at, "'all' has one value");
    for (const DraftValue& value : item.values) {
      const std::string& text = value.pattern.text;
      if (value.kind == Kind::kNull && item.values.size() > 1) {
        diagnostics_.add(Issue::kNullInList, source_, value.pattern.at, "null stands among other values");
      }
      if (value.kind == Kind::kNumber && number_text(text) != text) {
        diagnostics_.add(Issue::kNumberRewritten, source_, value.pattern.at,
                         text + " is compared as " + number_text(text));
      }
      if (value.kind == Kind::kString) advise_on_string(item, value);
      if (value.kind == Kind::kRegex && (text.starts_with(".*") || (text.ends_with(".*") && !text.ends_with("\\.*")))) {
        diagnostics_.add(Issue::kNeedlessWildcard, source_, value.pattern.at,
                         "'.*' at an end of a regex changes nothing");
      }
    }
  }

  void advise_on_string(const DraftItem& item, const DraftValue& value) {
    for (const Parts& parts : value.strings) {
      if (!parts.empty() &&
          std::all_of(parts.begin(), parts.end(), [](const Part& p) { return p.kind == Part::Kind::kAny; })) {
        diagnostics_.add(Issue::kEmptyPattern, source_, value.pattern.at, "the value matches everything");
        return;
      }
    }
    const std::string_view text = value.pattern.text;
    const bool open_end = has(item.modifiers, "contains") || has(item.modifiers, "startswith");
    const bool open_start = has(item.modifiers, "contains") || has(item.modifiers, "endswith");
    const bool star_at_end = text.ends_with('*') && !text.ends_with("\\*");
    if ((open_start && text.starts_with('*')) || (open_end && star_at_end)) {
      diagnostics_.add(Issue::kNeedlessWildcard, source_, value.pattern.at,
                       "the modifier already stands for this wildcard");
    }
  }

  const Source& source_;
  Diagnostics& diagnostics_;
};

bool is_name_byte(char c) {
  return static_cast<signed char>(c) < 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || std::string_view("_-.").find(c) != std::string_view::npos;
}

}  // namespace

bool parse_selection(const YamlNode& value, const Source& source, Diagnostics& diagnostics, DraftSelection& selection) {
  selection.at = value.at;
  selection.source = &source;
  return SelectionParser(source, diagnostics).parse(value, selection.alternatives);
}

bool parse_selections(const YamlNode& mapping, std::span<const std::string_view> reserved, const Source& source,
                      Diagnostics& diagnostics, std::vector<DraftSelection>& selections) {
  bool good = true;
  for (const auto& [key, value] : mapping.entries) {
    if (std::find(reserved.begin(), reserved.end(), key.scalar) != reserved.end()) continue;
    if (selections.size() == kSelectionsMax) {
      diagnostics.add(Issue::kConditionTooLarge, source, key.at,
                      "more than " + std::to_string(kSelectionsMax) + " selections");
      return false;
    }
    if (key.scalar.empty() || !std::all_of(key.scalar.begin(), key.scalar.end(), is_name_byte)) {
      diagnostics.add(Issue::kBadSelectionName, source, key.at, "no condition can name '" + key.scalar + "'");
    }
    DraftSelection& selection = selections.emplace_back();
    good = parse_selection(value, source, diagnostics, selection) && good;
    selection.name = key.scalar;
    selection.at = key.at;
  }
  return good;
}

}  // namespace tocsin::sigma
