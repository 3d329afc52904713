#include "respond/cacao/canonical_parts.h"

#include <algorithm>

namespace tocsin::cacao {

namespace {

/// Behind the text that begins at `at`.
std::size_t behind_text(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// Behind the value that begins at `at`: the next comma or closing bracket that is not within it.
std::size_t behind_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = behind_text(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) break;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++at;
  }
  return at;
}

}  // namespace

std::vector<std::string_view> canonical_items(std::string_view list) {
  std::vector<std::string_view> items;
  for (std::size_t at = 1; list.starts_with('[') && at < list.size() && list[at] != ']';) {
    const std::size_t end = behind_value(list, at);
    items.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

std::vector<std::pair<std::string_view, std::string_view>> canonical_members(std::string_view object) {
  std::vector<std::pair<std::string_view, std::string_view>> members;
  for (std::size_t at = 1; object.starts_with('{') && at < object.size() && object[at] == '"';) {
    const std::size_t colon = behind_text(object, at), end = behind_value(object, std::min(colon + 1, object.size()));
    members.emplace_back(object.substr(at + 1, colon - at - 2), object.substr(std::min(colon + 1, object.size()), end - std::min(colon + 1, end)));
    at = end + 1;
  }
  return members;
}

std::string_view canonical_member(std::string_view object, std::string_view name) {
  for (const auto& [own, value] : canonical_members(object)) {
    if (own == name) return value;
  }
  return "";
}

std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
  std::string text = "{";
  const auto add = [&](std::string_view own, std::string_view with) {
    if (text.size() > 1) text += ',';
    ((text += '"').append(own) += "\":").append(with);
  };
  bool is_there = value.empty();
  for (const auto& [own, with] : canonical_members(object)) {
    if (!is_there && (own == name || name < own)) {  // names of our own are ASCII, and those sort as bytes do
      add(name, value);
      is_there = true;
    }
    if (own != name) add(own, with);
  }
  if (!is_there) add(name, value);
  return text + "}";
}

std::string indented(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  const auto line = [&] { (out += '\n').append(2 * depth, ' '); };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = behind_text(text, at);
      out.append(text.substr(at, end - at));
      at = end;
      continue;
    }
    const bool is_empty = at + 1 < text.size() && (c == '{' || c == '[') && (text[at + 1] == '}' || text[at + 1] == ']');
    if (is_empty) {
      out.append(text.substr(at, 2));
      at += 2;
      continue;
    }
    if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      line();
    }
    out += c;
    if (c == '{' || c == '[') {
      ++depth;
      line();
    }
    if (c == ',') line();
    if (c == ':') out += ' ';
    ++at;
  }
  return out + "\n";
}

}  // namespace tocsin::cacao
