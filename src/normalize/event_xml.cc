#include "normalize/event_xml.h"

#include <algorithm>
#include <cstdint>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr std::string_view kComment = "<!--", kCommentEnd = "-->", kCdata = "<![CDATA[", kCdataEnd = "]]>", kInstruction = "<?", kInstructionEnd = "?>";

bool is_xml_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_xml_name_char(char c) { return is_name_char(c) || c == ':' || c == '.' || static_cast<unsigned char>(c) >= 0x80; }

void skip_xml_spaces(TextScan& scan) {
  while (!scan.at_end() && is_xml_space(scan.peek())) scan.skip(1);
}

std::string_view read_name(TextScan& scan) {
  const std::string_view rest = scan.rest();
  std::size_t size = 0;
  while (size < rest.size() && size <= kEventXmlNameBytesMax && is_xml_name_char(rest[size])) ++size;
  if (size > kEventXmlNameBytesMax) return {};
  scan.skip(size);
  return rest.substr(0, size);
}

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, is_xml_space);
}

/// The character that stands behind "&#" or "&#x"; 0 if it is none.
std::uint32_t numbered(std::string_view digits) {
  const bool hex = digits.starts_with('x');
  if (hex) digits.remove_prefix(1);
  std::uint32_t code = 0;
  for (const char c : digits) {
    const char low = static_cast<char>(c | 0x20);
    const int digit = is_digit(c) ? c - '0' : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0 || code > 0x10FFFF) return 0;
    code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  return code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : code;
}

/// Never more bytes than the reference has: "&#x10FFFF;" is ten, its UTF-8 four.
void put_utf8(TextArena& arena, std::uint32_t code) {
  if (code < 0x80) return arena.put(static_cast<char>(code));
  if (code < 0x800) {
    arena.put(static_cast<char>(0xC0 | (code >> 6)));
  } else if (code < 0x10000) {
    arena.put(static_cast<char>(0xE0 | (code >> 12)));
    arena.put(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
  } else {
    arena.put(static_cast<char>(0xF0 | (code >> 18)));
    arena.put(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    arena.put(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
  }
  arena.put(static_cast<char>(0x80 | (code & 0x3F)));
}

/// What "&name;" at the start of `text` stands for goes into the arena; its size, 0 if it stands for itself.
std::size_t put_entity(std::string_view text, TextArena& arena) {
  constexpr std::size_t kReferenceBytesMax = 12;
  const std::size_t end = text.substr(0, kReferenceBytesMax).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  const std::string_view name = text.substr(1, end - 1);
  constexpr std::pair<std::string_view, char> kEntities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [entity, character] : kEntities) {
    if (name != entity) continue;
    arena.put(character);
    return end + 1;
  }
  const std::uint32_t code = name.starts_with('#') ? numbered(name.substr(1)) : 0;
  if (code == 0) return 0;
  put_utf8(arena, code);
  return end + 1;
}

void put_unescaped(std::string_view text, TextArena& arena) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at)) {
    arena.put(text.substr(0, at));
    text.remove_prefix(at);
    const std::size_t size = put_entity(text, arena);
    if (size == 0) arena.put('&');
    text.remove_prefix(std::max<std::size_t>(size, 1));
    at = 0;
  }
  arena.put(text);
}

/// Past `end`; false if it is not there.
bool skip_past(TextScan& scan, std::string_view end) {
  const std::size_t at = scan.rest().find(end);
  if (at == std::string_view::npos) return false;
  scan.skip(at + end.size());
  return true;
}

}  // namespace

EventXmlParser::EventXmlParser(PathTable& paths) : paths_(paths) {}

bool EventXmlParser::add(Event& event, PathId path, std::string_view text) {
  if (event.values.size() - values_before_ >= kEventXmlValuesMax) return false;
  add_value(event, path, text);
  return true;
}

/// name="value" …, up to "/>" or ">". The name of a Data is its own.
bool EventXmlParser::read_attributes(TextScan& scan, Element& element, TextArena& arena, Event& event) {
  for (skip_xml_spaces(scan); scan.peek() != '>' && scan.peek() != '/'; skip_xml_spaces(scan)) {
    const std::string_view name = read_name(scan);
    skip_xml_spaces(scan);
    if (name.empty() || !scan.eat('=')) return false;
    skip_xml_spaces(scan);
    const char quote = scan.peek();
    if (quote != '"' && quote != '\'') return false;
    scan.skip(1);
    const char* const from = arena.end();
    put_unescaped(scan.until(quote), arena);
    if (!scan.eat(quote)) return false;
    const std::string_view value{from, static_cast<std::size_t>(arena.end() - from)};
    if (element.name == "Data" && name == "Name" && !value.empty() && value.size() <= kEventXmlNameBytesMax) {
      element.path = paths_.child(depth_ == 0 ? PathTable::kRoot : open_[depth_ - 1].path, value);
      element.is_data = true;
    } else if (!value.empty() && !element.is_data) {
      element.has_attributes = true;
      if (!add(event, paths_.child(paths_.child(element.path, "#attributes"), name), value)) return false;
    }
  }
  return true;
}

bool EventXmlParser::open_element(TextScan& scan, TextArena& arena, Event& event) {
  if (depth_ == kEventXmlDepthMax || !scan.eat('<')) return false;
  Element element;
  element.name = read_name(scan);
  if (element.name.empty()) return false;
  const PathId parent = depth_ == 0 ? PathTable::kRoot : open_[depth_ - 1].path;
  element.path = paths_.child(parent, element.name);
  if (depth_ > 0) open_[depth_ - 1].has_content = true;
  if (!read_attributes(scan, element, arena, event)) return false;
  open_[depth_++] = element;
  if (scan.eat("/>")) {
    end_element(event);
    return true;
  }
  return scan.eat('>');
}

/// Of an element in which nothing stood.
void EventXmlParser::end_element(Event& event) {
  const Element& element = open_[--depth_];
  const bool unnamed_data = element.name == "Data" && !element.is_data;
  if (element.has_content || element.has_attributes || unnamed_data) return;
  if (event.values.size() - values_before_ < kEventXmlValuesMax) add_value(event, element.path, {}, ValueKind::kNull);
}

bool EventXmlParser::close_element(TextScan& scan, Event& event) {
  if (depth_ == 0 || !scan.eat("</") || read_name(scan) != open_[depth_ - 1].name) return false;
  skip_xml_spaces(scan);
  if (!scan.eat('>')) return false;
  end_element(event);
  return true;
}

/// Text and CDATA up to the next element; blanks between elements are none.
bool EventXmlParser::read_text(TextScan& scan, TextArena& arena, Event& event) {
  const char* const from = arena.end();
  bool protected_text = false;
  while (!scan.at_end()) {
    if (scan.eat(kCdata)) {
      const std::size_t size = scan.rest().find(kCdataEnd);
      if (size == std::string_view::npos) return false;
      arena.put(scan.rest().substr(0, size));
      scan.skip(size + kCdataEnd.size());
      protected_text = true;
    } else if (scan.eat(kComment)) {
      if (!skip_past(scan, kCommentEnd)) return false;
    } else if (scan.eat(kInstruction)) {
      if (!skip_past(scan, kInstructionEnd)) return false;
    } else if (scan.peek() == '<') {
      break;
    } else {
      put_unescaped(scan.until('<'), arena);
    }
  }
  const std::string_view text{from, static_cast<std::size_t>(arena.end() - from)};
  if (depth_ == 0) return is_blank(text);
  Element& element = open_[depth_ - 1];
  const bool ends_here = scan.rest().starts_with("</");
  if (text.empty() || (is_blank(text) && !protected_text && (element.has_content || !ends_here || !element.is_data))) return true;
  element.has_content = true;
  const bool in_text = element.has_attributes || (element.name == "Data" && !element.is_data);
  return add(event, in_text ? paths_.child(element.path, "#text") : element.path, text);
}

bool EventXmlParser::read_document(TextScan& scan, TextArena& arena, Event& event) {
  if (!open_element(scan, arena, event)) return false;
  while (depth_ > 0) {
    if (!read_text(scan, arena, event)) return false;
    if (!(scan.rest().starts_with("</") ? close_element(scan, event) : open_element(scan, arena, event))) return false;
  }
  skip_xml_spaces(scan);
  return scan.at_end();
}

bool EventXmlParser::add_fields(std::string_view text, TextArena& arena, Event& event) {
  if (!begins(text)) return false;
  depth_ = 0;
  values_before_ = event.values.size();
  TextScan scan(text);
  if (read_document(scan, arena, event)) return true;
  event.values.resize(values_before_);
  return false;
}

bool EventXmlParser::parse(std::string_view line, TextArena& arena, Event& event) {
  if (!begins(line)) return false;
  arena.prepare(2 * line.size());
  line = arena.put(line);
  add_value(event, PathTable::kRoot, line);
  if (!add_fields(line, arena, event)) return false;
  event.text = arena.text();
  return true;
}

}  // namespace tocsin
