// The characters of a query under the parser's hands: white space, words, quotes, names, slashes. Used by query_parse.cc and
// query_commands.cc alone. Every take_…() moves past what it returns, or leaves everything as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/query.h"
#include "store/query_value.h"

namespace tocsin::store {

class QueryScanner {
 public:
  struct RegexText {
    std::string_view body, flags;
    Span at;
  };

  explicit QueryScanner(std::string_view text) : text_(text) {}

  std::uint32_t position() const { return static_cast<std::uint32_t>(at_); }
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void advance(std::size_t bytes) { at_ += bytes; }
  void skip_space();
  /// At the end, at white space, or at what ends a term.
  bool at_boundary() const;
  /// A mistake unless at_boundary(): two things touch.
  Parsed<bool> expect_boundary() const;

  /// The next word, in any case; white space before it is skipped either way.
  bool is_keyword(std::string_view keyword);
  bool take_keyword(std::string_view keyword);

  /// `name:` or `"name":`; nothing if no field stands here.
  Parsed<std::optional<QueryField>> take_field();
  /// A name where only a name can stand.
  Parsed<QueryField> take_name();
  std::string_view take_word();
  Parsed<Value> take_value();
  std::optional<RegexText> take_regex();
  std::string_view take_compare();  // ">", ">=", "<", "<=" or ""

  tl::unexpected<QueryMistake> mistake_at(Span at, std::string message, std::string help = {}) const;
  /// At the word that stands here.
  tl::unexpected<QueryMistake> mistake_here(std::string message, std::string help = {}) const;

 private:
  std::size_t word_end(std::size_t from) const;
  std::size_t name_end(std::size_t from) const;
  Parsed<std::string> take_quoted();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace tocsin::store
