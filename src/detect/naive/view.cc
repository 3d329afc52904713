#include "detect/naive/view.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin::naive {

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    characters.push_back(c.code);
    at += c.size;
  }
  return characters;
}

std::u32string folded_characters(std::u32string characters) {
  for (char32_t& c : characters) c = fold(c);
  return characters;
}

View::View(const Event& event, const PathTable& paths, const LogSourceClass& log_source) {
  all_.reserve(event.values.size());  // nothing moves from here on
  for (const Value& value : event.values) {
    ViewValue& seen = all_.emplace_back();
    seen.value = &value;
    append_value_text(seen.text, value);
    seen.characters = characters_of(seen.text);
    seen.folded = folded_characters(seen.characters);
    if (!value.derived) every_.push_back(&seen);
    const std::vector<std::string>& names = paths.meaning(value.path).names;
    for (const std::string& name : names) by_name_[name].push_back(&seen);
    for (const auto& [rule_name, event_name] : log_source.aliases) {
      if (std::ranges::find(names, event_name) != names.end()) by_name_[rule_name].push_back(&seen);
    }
  }
}

const Values& View::values(const std::string& field) const {
  static const Values kNone;
  if (field.empty()) return every_;
  const auto at = by_name_.find(field);
  return at == by_name_.end() ? kNone : at->second;
}

}  // namespace tocsin::naive
