#include "store/query_scan.h"

#include <algorithm>

namespace tocsin::store {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_word(char c) { return is_space(c) || c == '(' || c == ')' || c == '|' || c == '"'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool begins_name(char c) { return is_letter(c) || c == '_' || c == '@'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '#'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool same_word(std::string_view word, std::string_view keyword) { return std::ranges::equal(word, keyword, {}, lower); }

/// https://…, fe80::1 and C:\… are text: whether what stands around a colon is of that kind.
bool is_text(std::string_view name, std::string_view rest) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); };
  constexpr std::size_t kGroupDigits = 4;  // of an IPv6 address
  if (rest.starts_with("//")) return true;
  if (rest.starts_with(':')) return name.size() <= kGroupDigits && std::ranges::all_of(name, is_hex);
  return name.size() == 1 && rest.starts_with('\\');
}

}  // namespace

void QueryScanner::skip_space() {
  while (!at_end() && is_space(peek())) ++at_;
}

bool QueryScanner::at_boundary() const { return at_end() || is_space(peek()) || peek() == ')' || peek() == '|'; }

Parsed<bool> QueryScanner::expect_boundary() const {
  if (at_boundary()) return true;
  const std::string help = "put quotes around a value with such characters; \"\" in quotes is one quote";
  return mistake_at({position(), position() + 1}, "white space is missing before this", help);
}

std::size_t QueryScanner::word_end(std::size_t from) const {
  while (from < text_.size() && !ends_word(text_[from])) ++from;
  return from;
}

std::size_t QueryScanner::name_end(std::size_t from) const {
  if (from >= text_.size() || !begins_name(text_[from])) return from;
  while (from < text_.size() && continues_name(text_[from])) ++from;
  return from;
}

bool QueryScanner::is_keyword(std::string_view keyword) {
  skip_space();
  return same_word(text_.substr(at_, word_end(at_) - at_), keyword);
}

bool QueryScanner::take_keyword(std::string_view keyword) {
  if (!is_keyword(keyword)) return false;
  at_ += keyword.size();
  return true;
}

Parsed<std::string> QueryScanner::take_quoted() {
  const std::size_t open = at_++;
  std::string text;
  while (true) {
    const std::size_t close = text_.find('"', at_);
    if (close == std::string_view::npos) {
      const auto begin = static_cast<std::uint32_t>(open);
      return mistake_at({begin, begin + 1}, "this quote is never closed", "\"\" in quotes is one quote");
    }
    text += text_.substr(at_, close - at_);
    at_ = close + 1;
    if (peek() != '"') return text;
    text += '"';
    ++at_;
  }
}

Parsed<std::optional<QueryField>> QueryScanner::take_field() {
  const std::size_t begin = at_;
  const auto span = [&] { return Span{static_cast<std::uint32_t>(begin), position()}; };
  if (peek() == '"') {
    auto name = take_quoted();
    if (!name) return tl::unexpected(name.error());
    const QueryField field{nullptr, std::move(*name), span()};
    if (peek() == ':') {
      if (field.name.empty()) return mistake_at(span(), "a field without a name");
      ++at_;
      return field;
    }
    at_ = begin;
    return std::nullopt;
  }
  const std::size_t end = name_end(begin);
  if (end == begin || end >= text_.size() || text_[end] != ':') return std::nullopt;
  if (is_text(text_.substr(begin, end - begin), text_.substr(end + 1))) return std::nullopt;
  at_ = end;
  const std::string_view name = text_.substr(begin, end - begin);
  const QueryField field{find_column(name), std::string(name), span()};
  ++at_;
  return field;
}

Parsed<QueryField> QueryScanner::take_name() {
  skip_space();
  const std::size_t begin = at_;
  const auto span = [&] { return Span{static_cast<std::uint32_t>(begin), position()}; };
  if (peek() == '"') {
    auto name = take_quoted();
    if (!name) return tl::unexpected(name.error());
    if (name->empty()) return mistake_at(span(), "a field without a name");
    return QueryField{nullptr, std::move(*name), span()};
  }
  at_ = name_end(begin);
  if (at_ == begin) return mistake_here("the name of a field is missing here");
  const std::string_view name = text_.substr(begin, at_ - begin);
  return QueryField{find_column(name), std::string(name), span()};
}

std::string_view QueryScanner::take_word() {
  const std::size_t begin = at_;
  at_ = word_end(at_);
  return text_.substr(begin, at_ - begin);
}

Parsed<Value> QueryScanner::take_value() {
  Value value;
  value.at.begin = position();
  value.quoted = peek() == '"';
  if (value.quoted) {
    auto text = take_quoted();
    if (!text) return tl::unexpected(text.error());
    value.text = std::move(*text);
  } else {
    value.text = take_word();
    if (value.text.empty()) return mistake_here("a value is missing here");
  }
  value.at.end = position();
  const auto boundary = expect_boundary();
  if (!boundary) return tl::unexpected(boundary.error());
  return value;
}

std::optional<QueryScanner::RegexText> QueryScanner::take_regex() {
  if (peek() != '/') return std::nullopt;
  std::size_t end = at_ + 1;
  while (end < text_.size() && text_[end] != '/' && !is_space(text_[end])) end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size() || text_[end] != '/' || end == at_ + 1) return std::nullopt;
  std::size_t after = end + 1;
  while (after < text_.size() && std::string_view("ims").find(text_[after]) != std::string_view::npos) ++after;
  QueryScanner behind = *this;
  behind.at_ = after;
  if (!behind.at_boundary()) return std::nullopt;
  const RegexText regex{text_.substr(at_ + 1, end - at_ - 1),
                        text_.substr(end + 1, after - end - 1),
                        {position(), static_cast<std::uint32_t>(after)}};
  at_ = after;
  return regex;
}

std::string_view QueryScanner::take_compare() {
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view compare : {">=", "<=", ">", "<"}) {
    if (!rest.starts_with(compare)) continue;
    at_ += compare.size();
    return compare;
  }
  return {};
}

tl::unexpected<QueryMistake> QueryScanner::mistake_at(Span at, std::string message, std::string help) const {
  return tl::unexpected<QueryMistake>({std::move(message), std::move(help), at});
}

tl::unexpected<QueryMistake> QueryScanner::mistake_here(std::string message, std::string help) const {
  const std::size_t from = std::min(at_, text_.size());
  const std::size_t end = std::max(word_end(from), std::min(from + 1, text_.size()));
  return mistake_at({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(end)}, std::move(message),
                    std::move(help));
}

}  // namespace tocsin::store
