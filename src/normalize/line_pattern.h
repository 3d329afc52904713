// The pattern of a line, as a mapping writes it: text that stands there, and fields in angle brackets (docs/mappings.md).
//
//   <timestamp:time %y%m%d %H%M%S> <pid:digits> <level:word> <component:text>: <message:rest>
//   Failed <method:word> for <(>invalid user <)><user:widest> from <src_ip:ip> port <src_port:digits><(> <protocol:word><)>
//
// What a pattern means is said without choice: the line is walked once, from left to right. Text stands for itself, a space in it for one or
// more spaces or tabs, or for the end of the line. A field takes bytes of its type up to the first place where what follows the field in
// the pattern stands (`widest`: the last place); if a field or the end follows, as many as its type allows. `<( … <)>` is there if it fits where it would begin,
// and is not gone back into. So every pattern is total, and its time is the length of the line times that of the pattern.
// tests/line_pattern_twin.h does the same by its definition.
//
// Compiling tells what is wrong and at which byte; it may allocate. Matching is const, safe from any thread, and allocates nothing.
//
//   LinePattern pattern = TRY(LinePattern::compile(text));
//   LineMatch match;
//   if (pattern.may_begin(line) && pattern.match(line, reference, match)) for (const LineMatch::Field& field : match.fields()) …
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "normalize/time_layout.h"

namespace tocsin {

/// A line of a firewall in CSV has some hundred fields.
inline constexpr std::size_t kPatternFieldsMax = 160;
inline constexpr std::size_t kPatternBytesMax = 8'192;
/// Of a field in a pattern; no product has longer ones.
inline constexpr std::size_t kPatternNameBytesMax = 64;
/// Optional parts inside optional parts; each level may look at the same bytes once more.
inline constexpr int kPatternDepthMax = 4;
/// How many bytes of a line, and of what follows its first blank, tell before it is walked that it is none of these.
inline constexpr std::size_t kPatternHeadBytes = 12;
/// A set of bytes.
using ByteMask = std::array<std::uint64_t, 4>;
inline bool has(const ByteMask& mask, char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (mask[byte >> 6] >> (byte & 63) & 1) != 0;
}
/// The bytes that stand one after another in every line.
struct PatternHead {
  std::array<ByteMask, kPatternHeadBytes> bytes{};
  std::size_t size = 0;
};

enum class FieldType : std::uint8_t { kWord, kName, kHost, kDigits, kNumber, kHex, kIp, kQuoted, kCsv, kText, kWidest, kRest, kPairs, kTime, kOne };

/// What a pattern found; its memory is used again.
class LineMatch {
 public:
  struct Field {
    std::uint16_t name = 0;  // index into LinePattern::names()
    FieldType type = FieldType::kWord;
    std::string_view text;
  };
  const Field* begin() const { return fields_.data(); }
  const Field* end() const { return fields_.data() + size_; }
  std::size_t size() const { return size_; }
  /// Of the first field of type time that was there.
  TimeUs time() const { return time_; }
  bool has_time() const { return has_time_; }
  /// Several patterns will be asked about this line: a timestamp that it begins with is read once for all that have the same layout. Until forget_line().
  void remember_line(const char* line) {
    line_ = line;
    layout_ = -1;
  }
  void forget_line() { line_ = nullptr; }
  /// The line was copied so far on.
  void move_by(std::ptrdiff_t bytes) {
    for (std::size_t i = 0; i < size_; ++i) fields_[i].text = {fields_[i].text.data() + bytes, fields_[i].text.size()};
  }

 private:
  friend class LinePattern;
  std::array<Field, kPatternFieldsMax> fields_;
  std::size_t size_ = 0;
  TimeUs time_ = kNoTime;
  bool has_time_ = false;
  const char* line_ = nullptr;  // remembered
  int layout_ = -1;             // of what was read at its beginning
  TimeText begins_with_;
};

class LinePattern {
 public:
  /// kInvalid: what is wrong, and where in the pattern.
  static Result<LinePattern> compile(std::string_view text);

  /// The names of its fields, each once.
  const std::vector<std::string>& names() const { return names_; }
  /// False for most lines of other formats, after a look at few bytes; true says nothing.
  bool may_begin(std::string_view line) const {
    if (line.size() < head_.size) return false;
    for (std::size_t i = 0; i < head_.size; ++i) {
      if (!has(head_.bytes[i], line[i])) return false;
    }
    return true;
  }
  /// Whether a line of it can begin with this byte.
  bool may_begin_with(char c) const { return head_.size == 0 || has(head_.bytes[0], c); }
  /// What every line of it begins with, and what every one has behind its first run of blanks.
  const PatternHead& head() const { return head_; }
  const PatternHead& second_head() const { return second_head_; }
  /// Every line of it begins with digits and a blank.
  bool begins_with_digits() const { return begins_with_digits_; }
  /// `line` without the spaces at its end. Its views point into the line.
  bool match(std::string_view line, TimeUs reference, LineMatch& match) const;

 private:
  friend class LinePatternCompiler;
  friend class LinePatternTwin;
  enum class Kind : std::uint8_t { kLiteral, kField, kOptional };
  struct Element {
    Kind kind = Kind::kLiteral;
    FieldType type = FieldType::kWord;
    bool kept = true;         // not called "_"
    bool ends_open = false;   // a field may follow at once: it may end anywhere
    bool ends_line = false;   // the line may end behind it
    bool ends_outside = false;  // nothing that follows begins with a byte of the type: it ends where its type does
    std::uint16_t name = 0;
    std::uint16_t next = 0;       // kOptional: the element behind it
    std::uint32_t literal = 0;    // of kLiteral; of kTime the layout; of kOne the words
    std::vector<std::uint32_t> ends;  // the texts that may follow
  };
  struct Walk;

  static constexpr std::size_t kNowhere = ~std::size_t{0};
  std::size_t walk(std::size_t from, std::size_t to, std::size_t at, Walk& walk) const;
  std::size_t take(const Element& element, std::size_t at, Walk& walk) const;
  TimeText read_time(const Element& element, std::size_t at, Walk& walk) const;
  std::size_t end_of_run(const Element& element, std::size_t at, std::size_t run, std::string_view line) const;
  std::size_t end_of_widest(const Element& element, std::size_t at, std::string_view line) const;

  std::vector<Element> elements_;
  std::vector<std::string> literals_, names_;
  std::vector<TimeLayout> layouts_;
  std::vector<std::vector<std::string>> choices_;
  PatternHead head_, second_head_;
  bool begins_with_digits_ = false;
};

/// Where `literal` ends if it stands at `at` of `line`, or npos. A space in it is a run of spaces and tabs, or the end of the line.
std::size_t literal_end(std::string_view line, std::size_t at, std::string_view literal);
/// The bytes at `at` that are of this type, whatever follows; 0: none, or too few.
std::size_t field_run(FieldType type, std::string_view line, std::size_t at);
/// Of the types that are runs of certain bytes; true of any other.
bool is_field_byte(FieldType type, char c);
bool may_be_empty(FieldType type);
std::string_view field_type_name(FieldType type);

}  // namespace tocsin
