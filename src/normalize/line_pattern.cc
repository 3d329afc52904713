#include "normalize/line_pattern.h"

#include <algorithm>
#include <cstring>

#include "base/address.h"
#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr std::size_t kAddressBytesMax = 45;  // the longest text of an address, IPv4 within IPv6

bool is_hex_digit(char c) { return is_digit(c) || static_cast<unsigned char>((c | 0x20) - 'a') < 6; }

template <class Is>
std::size_t run_of(std::string_view line, std::size_t at, Is&& is) {
  std::size_t end = at;
  while (end < line.size() && is(line[end])) ++end;
  return end - at;
}

bool is_address(std::string_view text) {
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(text, bytes, v6);
}

/// IPv4 first: "192.0.2.7:80" is an address and a port. A zone ("%eth0") belongs to the address.
std::size_t ip_run(std::string_view line, std::size_t at) {
  const std::size_t plain = run_of(line, at, [](char c) { return is_digit(c) || c == '.'; });
  for (const std::size_t size : {plain, plain > 0 && line[at + plain - 1] == '.' ? plain - 1 : 0}) {
    if (size > 0 && size <= kAddressBytesMax && is_address(line.substr(at, size))) return size;
  }
  std::size_t size = run_of(line.substr(0, at + std::min(line.size() - at, kAddressBytesMax + 1)), at, [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
  if (size > 0 && !is_address(line.substr(at, size)) && (line[at + size - 1] == ':' || line[at + size - 1] == '.')) --size;
  if (size < 2 || !is_address(line.substr(at, size))) return 0;
  if (at + size < line.size() && line[at + size] == '%') size += 1 + run_of(line, at + size + 1, is_name_char);
  return size;
}

std::size_t number_run(std::string_view line, std::size_t at) {
  const std::size_t sign = at < line.size() && (line[at] == '-' || line[at] == '+') ? 1 : 0;
  const std::size_t whole = run_of(line, at + sign, is_digit);
  if (whole == 0) return 0;
  const std::size_t dot = at + sign + whole;
  if (dot >= line.size() || line[dot] != '.') return sign + whole;
  const std::size_t fraction = run_of(line, dot + 1, is_digit);
  return sign + whole + (fraction > 0 ? 1 + fraction : 0);
}

std::size_t hex_run(std::string_view line, std::size_t at) {
  const bool prefixed = at + 1 < line.size() && line[at] == '0' && (line[at + 1] | 0x20) == 'x';
  const std::size_t digits = run_of(line, at + (prefixed ? 2 : 0), is_hex_digit);
  return digits == 0 ? (prefixed ? 1 : 0) : digits + (prefixed ? 2 : 0);
}

/// With both quotes; 0 if it does not end.
std::size_t quoted_run(std::string_view line, std::size_t at) {
  if (at >= line.size() || (line[at] != '"' && line[at] != '\'')) return 0;
  for (std::size_t end = at + 1; end < line.size(); ++end) {
    if (line[end] == '\\') {
      ++end;
    } else if (line[end] == line[at]) {
      return end + 1 - at;
    }
  }
  return 0;
}

/// Up to the comma; quotes may hold commas, and twice a quote is one.
std::size_t csv_run(std::string_view line, std::size_t at) {
  if (at >= line.size() || line[at] != '"') return run_of(line, at, [](char c) { return c != ','; });
  for (std::size_t end = at + 1; end < line.size(); ++end) {
    if (line[end] != '"') continue;
    if (end + 1 < line.size() && line[end + 1] == '"') {
      ++end;
    } else {
      return end + 1 - at;
    }
  }
  return run_of(line, at, [](char c) { return c != ','; });
}

bool has_quotes(FieldType type, std::string_view text) {
  return type == FieldType::kQuoted || (type == FieldType::kCsv && text.size() > 1 && text.front() == '"' && text.back() == '"');
}

/// A run of spaces that matched nothing is passed at once: what stands behind it is the same from each of them.
std::size_t past_spaces(std::string_view line, std::size_t at) {
  while (at < line.size() && is_space(line[at])) ++at;
  return at;
}

/// The first place from `at` to `last` where `literal` stands; npos: none.
std::size_t first_place(std::string_view line, std::size_t at, std::size_t last, std::string_view literal) {
  const char first = literal.front();
  while (at <= last) {
    if (first == ' ') {
      while (at < last && !is_space(line[at])) ++at;
    } else {
      const void* const found = at >= line.size() ? nullptr : std::memchr(line.data() + at, first, std::min(last + 1, line.size()) - at);
      if (found == nullptr) return std::string_view::npos;
      at = static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
    }
    if (literal_end(line, at, literal) != std::string_view::npos) return at;
    at = first == ' ' ? std::max(past_spaces(line, at), at + 1) : at + 1;
  }
  return std::string_view::npos;
}

/// The last place, not before `at`. Where it begins with a run of spaces, the first of them.
std::size_t last_place(std::string_view line, std::size_t at, std::string_view literal) {
  for (std::size_t place = line.size() + 1; place-- > at;) {
    if (literal.front() == ' ') {
      while (place > at && (place == line.size() || is_space(line[place])) && is_space(line[place - 1])) --place;
    } else if (place == line.size() || line[place] != literal.front()) {
      continue;
    }
    if (literal_end(line, place, literal) != std::string_view::npos) return place;
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t literal_end(std::string_view line, std::size_t at, std::string_view literal) {
  for (const char c : literal) {
    if (c == ' ') {
      if (at < line.size() && !is_space(line[at])) return std::string_view::npos;
      at = past_spaces(line, at);
    } else {
      if (at >= line.size() || line[at] != c) return std::string_view::npos;
      ++at;
    }
  }
  return at;
}

bool is_field_byte(FieldType type, char c) {
  switch (type) {
    case FieldType::kWord: return !is_space(c);
    case FieldType::kName:
    case FieldType::kHost: return is_name_char(c) || c == '.' || (type == FieldType::kName && c == '$');
    case FieldType::kDigits: return is_digit(c);
    default: return true;
  }
}

std::size_t field_run(FieldType type, std::string_view line, std::size_t at) {
  switch (type) {
    case FieldType::kHost:
      if (const std::size_t size = ip_run(line, at); size > 0) return size;
      [[fallthrough]];
    case FieldType::kWord:
    case FieldType::kName:
    case FieldType::kDigits: return run_of(line, at, [type](char c) { return is_field_byte(type, c); });
    case FieldType::kNumber: return number_run(line, at);
    case FieldType::kHex: return hex_run(line, at);
    case FieldType::kIp: return ip_run(line, at);
    case FieldType::kQuoted: return quoted_run(line, at);
    case FieldType::kCsv: return csv_run(line, at);
    default: return line.size() - at;
  }
}

struct LinePattern::Walk {
  std::string_view line;
  TimeUs reference = kNoTime;
  LineMatch& match;
};

/// The first place, at most `run` behind `at`, where a text that may follow stands; else the end of the run, if that will do.
std::size_t LinePattern::end_of_run(const Element& element, std::size_t at, std::size_t run, std::string_view line) const {
  const std::size_t least = at + (may_be_empty(element.type) ? 0 : 1), last = at + run;
  if (least > last) return kNowhere;
  std::size_t best = kNowhere;
  if (!element.ends_outside) {
    std::size_t until = last;
    for (const std::uint32_t id : element.ends) {
      const std::size_t found = first_place(line, least, until, literals_[id]);
      if (found == std::string_view::npos) continue;
      best = found;
      if (found == least) return best;
      until = found - 1;
    }
    if (best != kNowhere) return best;
  }
  if (element.ends_open || (element.ends_line && last == line.size())) return last;
  for (const std::uint32_t id : element.ends) {
    if (literal_end(line, last, literals_[id]) != std::string_view::npos) return last;
  }
  return kNowhere;
}

std::size_t LinePattern::end_of_widest(const Element& element, std::size_t at, std::string_view line) const {
  std::size_t best = kNowhere;
  for (const std::uint32_t id : element.ends) {
    const std::size_t found = last_place(line, at, literals_[id]);
    if (found != std::string_view::npos && (best == kNowhere || found > best)) best = found;
  }
  return best == kNowhere && element.ends_line ? line.size() : best;
}

TimeText LinePattern::read_time(const Element& element, std::size_t at, Walk& walk) const {
  const TimeLayout& layout = layouts_[element.literal];
  LineMatch& match = walk.match;
  if (at > 0 || layout.named() < 0 || match.line_ != walk.line.data()) return layout.read(walk.line.substr(at), walk.reference);
  if (match.layout_ != layout.named()) {
    match.layout_ = layout.named();
    match.begins_with_ = layout.read(walk.line, walk.reference);
  }
  return match.begins_with_;
}

/// Where the field ends, and what it holds; kNowhere if it is not there.
std::size_t LinePattern::take(const Element& element, std::size_t at, Walk& walk) const {
  const std::string_view line = walk.line;
  std::size_t end = kNowhere;
  switch (element.type) {
    case FieldType::kWord:
    case FieldType::kName:
    case FieldType::kText: end = end_of_run(element, at, field_run(element.type, line, at), line); break;
    case FieldType::kWidest: end = end_of_widest(element, at, line); break;
    case FieldType::kTime: {
      const TimeText found = read_time(element, at, walk);
      if (found.size == 0) return kNowhere;
      end = at + found.size;
      if (!walk.match.has_time_ && element.kept) {
        walk.match.has_time_ = true;
        walk.match.time_ = found.time;
      }
      break;
    }
    case FieldType::kOne:
      for (const std::string& word : choices_[element.literal]) {
        if (line.substr(at).starts_with(word)) {
          end = at + word.size();
          break;
        }
      }
      break;
    default: {
      const std::size_t run = field_run(element.type, line, at);
      if (run > 0 || may_be_empty(element.type)) end = at + run;
    }
  }
  if (end == kNowhere || !element.kept || walk.match.size_ == kPatternFieldsMax) return end;
  std::string_view text = line.substr(at, end - at);
  if (has_quotes(element.type, text)) text = text.substr(1, text.size() - 2);
  walk.match.fields_[walk.match.size_++] = {element.name, element.type, text};
  return end;
}

std::size_t LinePattern::walk(std::size_t from, std::size_t to, std::size_t at, Walk& walk) const {
  for (std::size_t i = from; i < to && at != kNowhere; ++i) {
    const Element& element = elements_[i];
    if (element.kind == Kind::kLiteral) {
      at = literal_end(walk.line, at, literals_[element.literal]);
    } else if (element.kind == Kind::kField) {
      at = take(element, at, walk);
    } else {
      const std::size_t size = walk.match.size_;
      const bool had_time = walk.match.has_time_;
      const std::size_t end = this->walk(i + 1, element.next, at, walk);
      if (end == kNowhere) {
        walk.match.size_ = size;
        walk.match.has_time_ = had_time;
      } else {
        at = end;
      }
      i = element.next - 1u;
    }
  }
  return at;
}

bool LinePattern::match(std::string_view line, TimeUs reference, LineMatch& match) const {
  match.size_ = 0;
  match.has_time_ = false;
  match.time_ = kNoTime;
  Walk state{line, reference, match};
  const std::size_t end = walk(0, elements_.size(), 0, state);
  if (end != line.size()) return false;
  if (!match.has_time_) match.time_ = kNoTime;
  return true;
}

bool may_be_empty(FieldType type) {
  return type == FieldType::kText || type == FieldType::kWidest || type == FieldType::kRest || type == FieldType::kCsv;
}

std::string_view field_type_name(FieldType type) {
  static constexpr std::string_view kNames[] = {"word", "name", "host", "digits", "number", "hex", "ip", "quoted", "csv", "text", "widest", "rest", "pairs", "time", "one"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace tocsin
