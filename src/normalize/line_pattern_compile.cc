#include <fmt/format.h>

#include <algorithm>

#include "normalize/line_pattern.h"
#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr FieldType kTypes[] = {FieldType::kWord, FieldType::kName,   FieldType::kHost, FieldType::kDigits, FieldType::kNumber,
                                FieldType::kHex,  FieldType::kIp,     FieldType::kQuoted, FieldType::kCsv,  FieldType::kText,
                                FieldType::kWidest, FieldType::kRest, FieldType::kPairs, FieldType::kTime,  FieldType::kOne};

bool is_field_name(std::string_view text) {
  return !text.empty() && text.size() <= kPatternNameBytesMax &&
         std::ranges::all_of(text, [](char c) { return is_name_char(c) || c == '.' || c == '@'; });
}

std::string type_list() {
  std::string all;
  for (const FieldType type : kTypes) all += (all.empty() ? "" : ", ") + std::string(field_type_name(type));
  return all;
}

/// As TimeLayout::shape() says.
bool fits_shape(char shape, char c) {
  switch (shape) {
    case '?': return true;
    case 'd': return is_digit(c);
    case 'l': return is_letter(c);
    case 's': return c == '-' || c == '/';
    case 't': return c == 'T' || c == ' ';
    default: return c == shape;
  }
}

}  // namespace

/// One pattern being compiled; the first mistake ends it.
class LinePatternCompiler {
 public:
  explicit LinePatternCompiler(std::string_view text) : text_(text) {}

  Result<LinePattern> compile() {
    if (text_.size() > kPatternBytesMax) return mistake(fmt::format("a pattern has at most {} bytes", kPatternBytesMax));
    while (at_ < text_.size()) TRY(read_piece());
    if (!open_.empty()) return mistake("a part that begins with <(> has no end <)>");
    end_literal();
    if (pattern_.elements_.empty()) return mistake("an empty pattern");
    for (std::size_t i = 0; i < pattern_.elements_.size(); ++i) TRY(finish(i));
    make_heads();
    return std::move(pattern_);
  }

 private:
  using Kind = LinePattern::Kind;
  using Element = LinePattern::Element;

  Error mistake(const std::string& what) const { return {Code::kInvalid, fmt::format("at character {} of the pattern: {}", at_ + 1, what)}; }

  Status read_piece() {
    const char c = text_[at_];
    if (c != '<') {
      put(is_space(c) ? ' ' : c);
      ++at_;
      return {};
    }
    if (text_.substr(at_).starts_with("<<")) {
      put('<');
      at_ += 2;
      return {};
    }
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) return mistake("'<' begins a field such as <user:word>, and this one has no '>'; a '<' of the line itself is written <<");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (inside == "tab") {
      put('\t');
    } else if (inside == "(") {
      TRY(open());
    } else if (inside == ")") {
      TRY(close());
    } else {
      TRY(add_field(inside));
    }
    at_ = end + 1;
    return {};
  }

  /// A run of spaces is one.
  void put(char c) {
    if (c == ' ' && literal_.ends_with(' ')) return;
    literal_ += c;
  }
  void end_literal() {
    if (literal_.empty()) return;
    Element element;
    element.literal = static_cast<std::uint32_t>(pattern_.literals_.size());
    pattern_.literals_.push_back(std::move(literal_));
    literal_.clear();
    pattern_.elements_.push_back(std::move(element));
  }

  Status open() {
    end_literal();
    if (open_.size() >= static_cast<std::size_t>(kPatternDepthMax)) return mistake(fmt::format("more than {} parts inside one another", kPatternDepthMax));
    open_.push_back(pattern_.elements_.size());
    pattern_.elements_.emplace_back().kind = Kind::kOptional;
    return {};
  }
  Status close() {
    end_literal();
    if (open_.empty()) return mistake("<)> ends a part that no <(> began");
    if (open_.back() + 1 == pattern_.elements_.size()) return mistake("<(><)> is a part with nothing in it");
    pattern_.elements_[open_.back()].next = static_cast<std::uint16_t>(pattern_.elements_.size());
    open_.pop_back();
    return {};
  }

  Status add_field(std::string_view inside) {
    end_literal();
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    const std::string_view rest = inside.substr(std::min(inside.size(), name.size() + 1));
    const std::string_view type_text = rest.substr(0, rest.find(' '));
    const bool named = is_field_name(name) || (name == "*" && type_text == field_type_name(FieldType::kPairs));
    if (colon == std::string_view::npos || !named) {
      return mistake(fmt::format("'<{}>' is no field: write <name:type>, with a name of letters, digits and _ - . @", inside));
    }
    const std::string_view argument = rest.substr(std::min(rest.size(), type_text.size() + 1));
    const auto type = std::ranges::find(kTypes, type_text, field_type_name);
    if (type == std::end(kTypes)) return mistake(fmt::format("'{}' is no type of a field ({})", type_text, type_list()));
    if (++fields_ > kPatternFieldsMax) return mistake(fmt::format("more than {} fields", kPatternFieldsMax));
    Element element;
    element.kind = Kind::kField;
    element.type = *type;
    element.kept = name != "_";
    if (element.kept) element.name = name_index(name);
    TRY(add_argument(element, argument));
    pattern_.elements_.push_back(std::move(element));
    return {};
  }

  Status add_argument(Element& element, std::string_view argument) {
    if (element.type == FieldType::kTime) {
      Result<TimeLayout> layout = TimeLayout::compile(argument);
      if (!layout) return mistake(layout.error().message);
      element.literal = static_cast<std::uint32_t>(pattern_.layouts_.size());
      pattern_.layouts_.push_back(std::move(*layout));
    } else if (element.type == FieldType::kOne) {
      std::vector<std::string> words;
      for (std::size_t from = 0; from <= argument.size();) {
        const std::size_t end = std::min(argument.size(), argument.find('|', from));
        words.emplace_back(argument.substr(from, end - from));
        from = end + 1;
      }
      if (std::ranges::find(words, "") != words.end()) return mistake("<name:one A|B|C> lists what can stand there, with | between");
      std::ranges::stable_sort(words, std::greater{}, &std::string::size);  // the longest that fits
      element.literal = static_cast<std::uint32_t>(pattern_.choices_.size());
      pattern_.choices_.push_back(std::move(words));
    } else if (!argument.empty()) {
      return mistake(fmt::format("{} takes no '{}'", field_type_name(element.type), argument));
    }
    return {};
  }

  std::uint16_t name_index(std::string_view name) {
    const auto found = std::ranges::find(pattern_.names_, name);
    if (found == pattern_.names_.end()) {
      pattern_.names_.emplace_back(name);
      return static_cast<std::uint16_t>(pattern_.names_.size() - 1);
    }
    return static_cast<std::uint16_t>(found - pattern_.names_.begin());
  }

  /// What can follow, with the elements from `i` on; an optional part may be passed over. Each is looked at once.
  void follow(std::size_t i, Element& into, std::vector<bool>& seen) const {
    if (i == pattern_.elements_.size()) {
      into.ends_line = true;
      return;
    }
    if (seen[i]) return;
    seen[i] = true;
    const Element& next = pattern_.elements_[i];
    if (next.kind == Kind::kLiteral) {
      into.ends.push_back(next.literal);
    } else if (next.kind == Kind::kField) {
      into.ends_open = true;
    } else {
      follow(i + 1, into, seen);
      follow(next.next, into, seen);
    }
  }

  Status finish(std::size_t i) {
    Element element = pattern_.elements_[i];
    if (element.kind != Kind::kField) return {};
    std::vector<bool> seen(pattern_.elements_.size());
    follow(i + 1, element, seen);
    element.ends_outside = std::ranges::none_of(element.ends, [&](std::uint32_t id) { return is_field_byte(element.type, pattern_.literals_[id].front()); });
    const std::string name = element.kept ? pattern_.names_[element.name] : "_";
    if (element.ends_open && (element.type == FieldType::kText || element.type == FieldType::kWidest)) {
      return Error{Code::kInvalid, fmt::format("<{}:{}> needs text behind it that says where it ends", name, field_type_name(element.type))};
    }
    if ((element.type == FieldType::kRest || element.type == FieldType::kPairs) && (element.ends_open || !element.ends.empty())) {
      return Error{Code::kInvalid, fmt::format("<{}:{}> is all that remains, so nothing can stand behind it", name, field_type_name(element.type))};
    }
    pattern_.elements_[i] = std::move(element);
    return {};
  }

  template <class Is>
  static void add_bytes(ByteMask& mask, Is&& is) {
    for (int c = 0; c < 256; ++c) {
      if (is(static_cast<char>(c))) mask[static_cast<std::size_t>(c) >> 6] |= std::uint64_t{1} << (c & 63);
    }
  }
  template <class Is>
  static bool add_head(PatternHead& head, Is&& is) {
    if (head.size == kPatternHeadBytes) return false;
    add_bytes(head.bytes[head.size++], is);
    return true;
  }
  const std::string& literal(std::size_t i) const { return pattern_.literals_[pattern_.elements_[i].literal]; }

  /// The bytes that stand at the same place in every line, and behind the first run of blanks in every line.
  void make_heads() {
    if (pattern_.elements_.front().kind == Kind::kOptional) {
      ByteMask first{};
      if (add_first(0, first)) {
        pattern_.head_.bytes[0] = first;
        pattern_.head_.size = 1;
      }
      return;
    }
    add_heads(pattern_.head_, 0, 0);
    const std::vector<Element>& elements = pattern_.elements_;
    pattern_.begins_with_digits_ = elements.size() > 1 && elements[0].kind == Kind::kField && elements[0].type == FieldType::kDigits && elements[1].kind == Kind::kLiteral && literal(1).front() == ' ';
    for (std::size_t i = 0; i < pattern_.elements_.size(); ++i) {
      if (pattern_.elements_[i].kind == Kind::kLiteral) {
        const std::size_t blank = literal(i).find_first_of(" \t");
        if (blank == std::string::npos) continue;
        if (literal(i)[blank] == ' ') add_heads(pattern_.second_head_, i, blank + 1);
        return;
      }
      if (pattern_.elements_[i].kind == Kind::kOptional || !has_no_blank(pattern_.elements_[i].type)) return;
    }
  }
  static bool has_no_blank(FieldType type) {
    return type == FieldType::kWord || type == FieldType::kName || type == FieldType::kHost || type == FieldType::kDigits || type == FieldType::kNumber ||
           type == FieldType::kHex || type == FieldType::kIp;
  }

  /// From byte `at` of element `i`, as far as places are certain.
  void add_heads(PatternHead& head, std::size_t i, std::size_t at) {
    for (; i < pattern_.elements_.size(); ++i, at = 0) {
      const Element& element = pattern_.elements_[i];
      if (element.kind == Kind::kOptional) return;
      if (element.kind == Kind::kField && add_choice_head(head, element)) continue;
      if (element.kind == Kind::kField) return add_field_head(head, element);
      if (!add_literal_head(head, i, at)) return;
    }
  }
  /// Words of one length, so that places behind them are certain, too.
  bool add_choice_head(PatternHead& head, const Element& element) {
    if (element.type != FieldType::kOne) return false;
    const std::vector<std::string>& words = pattern_.choices_[element.literal];
    const std::size_t size = words.front().size();
    if (std::ranges::any_of(words, [size](const std::string& word) { return word.size() != size; })) return false;
    for (std::size_t at = 0; at < size; ++at) {
      add_head(head, [&](char c) { return std::ranges::any_of(words, [&](const std::string& word) { return word[at] == c; }); });
    }
    return true;
  }
  void add_field_head(PatternHead& head, const Element& element) {
    if (element.type == FieldType::kTime) {
      for (const char shape : pattern_.layouts_[element.literal].shape()) {
        add_head(head, [shape](char c) { return fits_shape(shape, c); });
      }
      return;
    }
    ByteMask first{};
    if (add_first_of(element, first)) add_head(head, [&first](char c) { return has(first, c); });
  }
  /// A space is a run, and may be the end of the line where nothing has to follow.
  bool add_literal_head(PatternHead& head, std::size_t i, std::size_t at) {
    const std::string& text = literal(i);
    for (; at < text.size(); ++at) {
      const char wanted = text[at];
      if (wanted == ' ') {
        const bool more = at + 1 < text.size() || (i + 1 < pattern_.elements_.size() && pattern_.elements_[i + 1].kind == Kind::kField &&
                                                   !may_be_empty(pattern_.elements_[i + 1].type) && pattern_.elements_[i + 1].type != FieldType::kPairs);
        if (more) add_head(head, is_space);
        return false;
      }
      if (!add_head(head, [wanted](char c) { return c == wanted; })) return false;
    }
    return true;
  }

  /// The bytes that a field can begin with; false: any, or none at all.
  bool add_first_of(const Element& element, ByteMask& into) const {
    switch (element.type) {
      case FieldType::kTime: {
        const std::string shape = pattern_.layouts_[element.literal].shape();
        if (shape.empty() || shape[0] == '?') return false;
        add_bytes(into, [&](char c) { return fits_shape(shape[0], c); });
        return true;
      }
      case FieldType::kOne:
        add_bytes(into, [&](char c) { return std::ranges::any_of(pattern_.choices_[element.literal], [c](const std::string& word) { return word.front() == c; }); });
        return true;
      case FieldType::kQuoted: add_bytes(into, [](char c) { return c == '"' || c == '\''; }); return true;
      case FieldType::kWord:
      case FieldType::kName:
      case FieldType::kDigits: add_bytes(into, [&](char c) { return is_field_byte(element.type, c); }); return true;
      case FieldType::kNumber: add_bytes(into, [](char c) { return is_digit(c) || c == '-' || c == '+'; }); return true;
      case FieldType::kHex:
      case FieldType::kIp: add_bytes(into, [](char c) { return is_digit(c) || c == ':' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }); return true;
      case FieldType::kHost: add_bytes(into, [](char c) { return is_name_char(c) || c == '.' || c == ':'; }); return true;
      default: return false;
    }
  }
  /// The same of what begins with element `i`.
  bool add_first(std::size_t i, ByteMask& into) const {
    if (i == pattern_.elements_.size()) return false;
    const Element& element = pattern_.elements_[i];
    if (element.kind == Kind::kField) return add_first_of(element, into);
    if (element.kind == Kind::kOptional) return add_first(i + 1, into) && add_first(element.next, into);
    const char first = literal(i).front();
    add_bytes(into, [first](char c) { return first == ' ' ? is_space(c) : c == first; });
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string literal_;
  std::vector<std::size_t> open_;
  std::size_t fields_ = 0;
  LinePattern pattern_;
};

Result<LinePattern> LinePattern::compile(std::string_view text) { return LinePatternCompiler(text).compile(); }

}  // namespace tocsin
