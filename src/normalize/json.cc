#include "normalize/json.h"

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"

namespace tocsin {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// True if all of up to eight bytes at `at` are digits: eight at a time instead of a loop whose end cannot be predicted.
/// Reads eight bytes.
bool all_digits(const char* at, std::size_t size) {
  std::uint64_t bytes;
  std::memcpy(&bytes, at, 8);
  const std::uint64_t keep = size >= 8 ? ~0ull : (1ull << (8 * size)) - 1;
  bytes = (bytes & keep) | (0x3030303030303030ull & ~keep);
  return ((bytes & 0xF0F0F0F0F0F0F0F0ull) | (((bytes + 0x0606060606060606ull) & 0xF0F0F0F0F0F0F0F0ull) >> 4)) ==
         0x3333333333333333ull;
}

/// Whole numbers of up to 16 digits without a needless zero, which is what logs hold. Reads 16 bytes.
bool is_plain_integer(std::string_view token) {
  if (token.size() > 16 || (token.front() == '0' && token.size() > 1)) return false;
  if (token.size() <= 8) return all_digits(token.data(), token.size());
  return all_digits(token.data(), 8) && all_digits(token.data() + 8, token.size() - 8);
}

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

PathId JsonParser::key_path(std::string_view raw, PathId previous, PathId parent) {
  const PathId guessed = paths_.guess_after(previous, parent, raw);
  if (guessed != PathTable::kOverflow) [[likely]] return guessed;
  if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) return paths_.child_after(previous, parent, raw);
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
  if (at_ == end_) [[unlikely]] return fail("the text ends too early");  // what stands behind it may look like a value
  std::string_view token = token_text();
  ValueKind kind = ValueKind::kNumber;
  if (token.front() == '"') [[likely]] {
    token = token.substr(1, token.size() - 2);
    kind = ValueKind::kJsonText;
  } else if (is_plain_integer(token)) {
    // a number, as set above
  } else if (token == "true" || token == "false") {
    kind = ValueKind::kBool;
  } else if (token == "null") {
    kind = ValueKind::kNull;
  } else if (!json_number_valid(token)) {
    return fail("not a JSON value");
  }
  ++at_;
  // Field by field into its place: a Value put together on the stack is copied before its parts have settled, and that
  // stall cost more than the rest of this function.
  Value& value = event_->values.emplace_back();
  value.data = token.data();
  value.size = static_cast<std::uint32_t>(token.size());
  value.path = path;
  value.kind = kind;
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
  PathId below = path;
  while (true) {
    if (token() != '"') return fail("expected a key in quotes");
    const std::string_view key = token_text();
    ++at_;
    if (token() != ':') return fail("expected ':' after a key");
    ++at_;
    below = key_path(key.substr(1, key.size() - 2), below, path);
    if (!value(below, depth)) return false;
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
