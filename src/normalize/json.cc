#include "normalize/json.h"

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"

namespace tocsin {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

bool json_number_valid(std::string_view token) {
  std::size_t at = 0;
  const std::size_t size = token.size();
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < size && is_digit(token[at])) ++at;
    return at > from;
  };
  if (at < size && token[at] == '-') ++at;
  if (at < size && token[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < size && token[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < size && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < size && (token[at] == '+' || token[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == size;
}

JsonParser::JsonParser(PathTable& paths, JsonScanner scanner) : paths_(paths), scanner_(scanner) {}

bool JsonParser::fail(const char* what, Code code) {
  if (trouble_.what == nullptr) trouble_ = {what, code};
  return false;
}

PathId JsonParser::key_path(std::string_view raw, PathId parent) {
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) return paths_.child(parent, raw);
  key_.clear();
  append_json_unescaped(key_, raw);
  return paths_.child(parent, key_);
}

/// From the current token to the last byte before the next one that is not blank. The index ends with the text's size.
std::string_view JsonParser::token_text() const {
  const char* const begin = text_ + at_[0];
  const char* end = text_ + at_[1];
  while (is_blank(end[-1])) --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool JsonParser::scalar(PathId path) {
  const std::string_view token = token_text();
  Value value{token.data(), static_cast<std::uint32_t>(token.size()), path, ValueKind::kNumber};
  switch (token.front()) {
    case '"':
      value = {token.data() + 1, static_cast<std::uint32_t>(token.size() - 2), path, ValueKind::kJsonText};
      break;
    case 't':
    case 'f':
      if (token != "true" && token != "false") return fail("not a JSON value (true or false?)");
      value.kind = ValueKind::kBool;
      break;
    case 'n':
      if (token != "null") return fail("not a JSON value (null?)");
      value.kind = ValueKind::kNull;
      break;
    default:
      if (!json_number_valid(token)) return fail("not a JSON value");
  }
  ++at_;
  event_->values.push_back(value);
  return true;
}

bool JsonParser::value(PathId path, int depth) {
  const char c = token();
  if (c == '{') return object(path, depth + 1);
  if (c == '[') return array(path, depth + 1);
  return scalar(path);
}

bool JsonParser::object(PathId path, int depth) {
  if (depth > kJsonDepthMax) return fail("nested too deeply", Code::kLimit);
  ++at_;
  if (token() == '}') return ++at_, true;
  while (true) {
    if (token() != '"') return fail("expected a key in quotes");
    const std::string_view key = token_text();
    ++at_;
    if (token() != ':') return fail("expected ':' after a key");
    ++at_;
    if (!value(key_path(key.substr(1, key.size() - 2), path), depth)) return false;
    const char c = token();
    if (c == '}') return ++at_, true;
    if (c != ',') return fail("expected ',' or '}' in an object");
    ++at_;
  }
}

bool JsonParser::array(PathId path, int depth) {
  if (depth > kJsonDepthMax) return fail("nested too deeply", Code::kLimit);
  ++at_;
  if (token() == ']') return ++at_, true;
  while (true) {
    if (!value(path, depth)) return false;
    const char c = token();
    if (c == ']') return ++at_, true;
    if (c != ',') return fail("expected ',' or ']' in an array");
    ++at_;
  }
}

Status JsonParser::parse(std::string_view text, Event& event) {
  event.clear();
  event.text = text;
  event_ = &event;
  text_ = text.data();
  trouble_ = {};
  if (text.size() > kJsonBytesMax) return Error{Code::kLimit, "a single JSON value of more than 256 MiB"};
  if (index_.size() < text.size() + 64) index_.resize(text.size() + 64);
  const JsonScan scan = scanner_(text.data(), text.size(), index_.data());
  event.text_escaped = scan.unicode_escape;
  if (scan.count == 0) return Error{Code::kInvalid, "no JSON value"};
  // token_text() looks one entry ahead: past the last token stands the end of the text.
  index_[scan.count] = index_[scan.count + 1] = static_cast<std::uint32_t>(text.size());
  at_ = index_.data();
  end_ = at_ + scan.count;
  if (scan.open_string) return Error{Code::kInvalid, "a string does not end"};
  if (scan.bad_string) return Error{Code::kInvalid, "a string holds a control character or a backslash that begins no escape"};
  if (scan.non_ascii && !is_valid_utf8(text)) return Error{Code::kInvalid, "not UTF-8"};
  bool good = value(PathTable::kRoot, 0);
  if (good && at_ != end_) good = fail("something follows the JSON value");
  if (good) return {};
  return Error{trouble_.code, fmt::format("{} at byte {}", trouble_.what, *at_)};
}

}  // namespace tocsin
