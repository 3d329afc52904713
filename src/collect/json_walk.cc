#include "collect/json_walk.h"

#include <bit>
#include <bitset>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace tocsin {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool stands_at(std::string_view text, std::size_t at, char c) { return at < text.size() && text[at] == c; }

static_assert(std::endian::native == std::endian::little, "special_at counts from the first byte in memory");

/// Which of eight bytes is the first that is a quote, a backslash or a control character; 8 if none. The usual trick with borrows:
/// what it says of bytes above the first one found may be wrong, and is not asked.
std::size_t special_at(const char* at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  std::uint64_t bytes;
  std::memcpy(&bytes, at, 8);
  const std::uint64_t quotes = bytes ^ (kOnes * '"'), slashes = bytes ^ (kOnes * '\\');
  const std::uint64_t found =
      ((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes) | ((bytes - kOnes * 0x20) & ~bytes);
  return static_cast<std::size_t>(std::countr_zero(found & kHighs)) / 8;
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Behind the escape whose backslash is at `at`.
std::size_t escape_end(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return kNoJson;
  if (text[at + 1] != 'u')
    return std::strchr("\"\\/bfnrt", text[at + 1]) != nullptr && text[at + 1] != 0 ? at + 2 : kNoJson;
  if (at + 6 > text.size()) return kNoJson;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    if (!is_hex(text[i])) return kNoJson;
  }
  return at + 6;
}

/// Behind the string whose opening quote is at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size();) {
    if (at + 8 <= text.size()) {
      const std::size_t plain = special_at(text.data() + at);
      at += plain;
      if (plain == 8) continue;
    }
    if (text[at] == '"') return at + 1;
    if (static_cast<unsigned char>(text[at]) < 0x20) return kNoJson;
    at = text[at] == '\\' ? escape_end(text, at) : at + 1;
    if (at == kNoJson) return kNoJson;
  }
  return kNoJson;
}

std::size_t digits_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_digit(text[at])) return kNoJson;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::size_t number_end(std::string_view text, std::size_t at) {
  if (stands_at(text, at, '-')) ++at;
  at = stands_at(text, at, '0') ? at + 1 : digits_end(text, at);
  if (at != kNoJson && stands_at(text, at, '.')) at = digits_end(text, at + 1);
  if (at == kNoJson || (!stands_at(text, at, 'e') && !stands_at(text, at, 'E'))) return at;
  ++at;
  if (stands_at(text, at, '+') || stands_at(text, at, '-')) ++at;
  return digits_end(text, at);
}

std::size_t word_end(std::string_view text, std::size_t at, std::string_view word) {
  return text.substr(at).starts_with(word) ? at + word.size() : kNoJson;
}

std::size_t scalar_end(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '"': return string_end(text, at);
    case 't': return word_end(text, at, "true");
    case 'f': return word_end(text, at, "false");
    case 'n': return word_end(text, at, "null");
    default: return number_end(text, at);
  }
}

/// From the name of a member to where its value begins.
std::size_t name_end(std::string_view text, std::size_t at) {
  if (!stands_at(text, at, '"')) return kNoJson;
  at = string_end(text, at);
  if (at == kNoJson) return kNoJson;
  at = json_blanks(text, at);
  return stands_at(text, at, ':') ? json_blanks(text, at + 1) : kNoJson;
}

/// The brackets that are open: which of them are braces.
struct Nest {
  std::bitset<kJsonWalkDepthMax> braces;
  std::size_t depth = 0;

  bool open(bool brace) {
    if (depth == kJsonWalkDepthMax) return false;
    braces[depth++] = brace;
    return true;
  }
  bool in_object() const { return braces[depth - 1]; }
  char closing() const { return in_object() ? '}' : ']'; }
};

/// Behind the bracket at `at` and what follows it up to the next value; `closed` if the bracket's partner comes at once, and
/// then just behind that.
std::size_t open_end(std::string_view text, std::size_t at, Nest& nest, bool& closed) {
  if (!nest.open(text[at] == '{')) return kNoJson;
  at = json_blanks(text, at + 1);
  closed = stands_at(text, at, nest.closing());
  if (closed) {
    --nest.depth;
    return at + 1;
  }
  return nest.in_object() ? name_end(text, at) : at;
}

/// From behind a value: past all brackets that close there, to the next value, or to the end of the outermost.
std::size_t close_end(std::string_view text, std::size_t at, Nest& nest) {
  while (nest.depth > 0) {
    at = json_blanks(text, at);
    if (at >= text.size()) return kNoJson;
    if (text[at] == ',') {
      at = json_blanks(text, at + 1);
      return nest.in_object() ? name_end(text, at) : at;
    }
    if (text[at] != nest.closing()) return kNoJson;
    --nest.depth;
    ++at;
  }
  return at;
}

}  // namespace

std::size_t json_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

std::size_t json_value_end(std::string_view text, std::size_t at) {
  Nest nest;
  do {
    if (at >= text.size()) return kNoJson;
    bool is_value = true;
    if (text[at] == '{' || text[at] == '[') {
      at = open_end(text, at, nest, is_value);
    } else {
      at = scalar_end(text, at);
    }
    if (at == kNoJson) return kNoJson;
    if (is_value) at = close_end(text, at, nest);
    if (at == kNoJson) return kNoJson;
  } while (nest.depth > 0);
  return at;
}

bool is_json_object(std::string_view text) {
  const std::size_t at = json_blanks(text, 0);
  if (!stands_at(text, at, '{')) return false;
  const std::size_t end = json_value_end(text, at);
  return end != kNoJson && json_blanks(text, end) == text.size();
}

bool json_string(std::string_view value, std::string& out, std::string_view& text) {
  if (value.size() < 2 || value[0] != '"') return false;
  text = value.substr(1, value.size() - 2);
  if (text.find('\\') == std::string_view::npos) return true;
  out.clear();
  append_json_unescaped(out, text);
  text = out;
  return true;
}

JsonItems::JsonItems(std::string_view text, std::size_t at, char open, char close) : text_(text), at_(at), close_(close) {
  failed_ = !stands_at(text, at, open);
  ++at_;
}

bool JsonItems::fail() {
  failed_ = true;
  return false;
}

bool JsonItems::begin_item() {
  if (failed_ || done_) return false;
  at_ = json_blanks(text_, at_);
  if (stands_at(text_, at_, close_)) {
    ++at_;
    done_ = true;
    return false;
  }
  if (!first_) {
    if (!stands_at(text_, at_, ',')) return fail();
    at_ = json_blanks(text_, at_ + 1);
  }
  first_ = false;
  return true;
}

bool JsonItems::take_value(std::size_t at) {
  const std::size_t end = at == kNoJson ? kNoJson : json_value_end(text_, at);
  if (end == kNoJson) return fail();
  value_ = text_.substr(at, end - at);
  at_ = end;
  return true;
}

bool JsonMembers::next() {
  if (!begin_item()) return false;
  const std::size_t name = at(), value = name_end(text(), name);
  if (value != kNoJson) key_ = text().substr(name + 1, string_end(text(), name) - name - 2);
  return take_value(value);
}

}  // namespace tocsin
