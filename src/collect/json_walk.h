// Where the parts of one JSON text are, checked as RFC 8259 says: values, members and strings as views, no tree. For what must be
// read before a record can be handed on: the action lines of _bulk, the envelope of an HEC event, small control
// documents. The documents inside are only checked and passed over; parsing them is another stage's work. Text that is no valid
// UTF-8 is let through, since logs have it and the record keeps its bytes.
//
// Pure functions over the text given, no memory, time linear in what is passed over, no recursion. What is malformed or deeper than
// kJsonWalkDepthMax gives kNoJson.
//
//   JsonMembers members(text, 0);              // text[0] is '{'
//   while (members.next()) use(members.key(), members.value());
//   if (members.failed()) …                    // else the object ends before members.end()
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

/// Nesting of what is passed over. Real events nest less than 20 deep, and parsing takes no more than this either.
inline constexpr std::size_t kJsonWalkDepthMax = 128;

inline constexpr std::size_t kNoJson = std::string_view::npos;

/// The first place at or after `at` that is no space, tab, CR or LF.
std::size_t json_blanks(std::string_view text, std::size_t at);
/// Just behind the value that begins at `at`, or kNoJson. A number ends where it can end; what follows is the caller's business.
std::size_t json_value_end(std::string_view text, std::size_t at);
/// Whether the text is one JSON object, with blanks around it or none.
bool is_json_object(std::string_view text);

/// The inside of a string value (as found by the functions here, with its quotes), unescaped into `out` if it has escapes, a part
/// of `value` itself if not. False if it is no string.
bool json_string(std::string_view value, std::string& out, std::string_view& text);

/// What the members of an object and the elements of an array have in common: brackets, commas, values.
class JsonItems {
 public:
  std::string_view value() const { return value_; }
  bool failed() const { return failed_; }
  /// After next() said no without failing: just behind the closing bracket.
  std::size_t end() const { return at_; }

 protected:
  JsonItems(std::string_view text, std::size_t at, char open, char close);
  /// To where the next item begins; false at the end, or where none can.
  bool begin_item();
  /// Takes the value that begins at `at`, which may be kNoJson.
  bool take_value(std::size_t at);
  std::string_view text() const { return text_; }
  std::size_t at() const { return at_; }

 private:
  bool fail();

  std::string_view text_, value_;
  std::size_t at_;
  char close_;
  bool first_ = true;
  bool done_ = false;
  bool failed_ = false;
};

/// The members of an object, in order; duplicates as often as they stand there.
class JsonMembers : public JsonItems {
 public:
  /// `text[at]` is where the brace should be.
  JsonMembers(std::string_view text, std::size_t at) : JsonItems(text, at, '{', '}') {}

  bool next();
  /// The inside of the name, with its escapes: none of the names that are looked for has any.
  std::string_view key() const { return key_; }

 private:
  std::string_view key_;
};

/// The elements of an array, likewise.
class JsonElements : public JsonItems {
 public:
  JsonElements(std::string_view text, std::size_t at) : JsonItems(text, at, '[', ']') {}

  bool next() { return begin_item() && take_value(at()); }
};

}  // namespace tocsin
