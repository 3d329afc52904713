#include "base/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

namespace tocsin {

namespace json = boost::json;

namespace {

constexpr std::size_t kNumberShownMax = 64;

/// The first unit of UTF-16 of each character sorts as its bytes of UTF-8 do, but for surrogates (from U+10000 on), which stand below U+E000 to U+FFFF.
std::uint32_t utf16_rank(unsigned char byte) {
  if (byte >= 0xF0) return 0xEE;       // four bytes: a surrogate, U+D800 …
  if (byte >= 0xEE) return byte + 1u;  // U+E000 and above
  return byte;
}

/// By units of UTF-16; both are UTF-8. Where they differ first decides, and no character begins with bytes that another one goes on with.
bool is_before(std::string_view a, std::string_view b) {
  const auto [left, right] = std::ranges::mismatch(a, b);
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  return utf16_rank(static_cast<unsigned char>(*left)) < utf16_rank(static_cast<unsigned char>(*right));
}

void append_canonical_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

struct Member {
  std::string name, text;
};

/// An object or a list that is being read.
struct Frame {
  bool is_object = false;
  std::string name;              // of the member whose value comes next
  std::vector<Member> members;   // of an object, their values in canonical form
  std::string items;             // of a list
};

/// Hears a text, and writes it down in its canonical form. A number is read from its digits: Boost.JSON 1.81 may be a unit in the last place off.
struct Writer {
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX, max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;
  using Code = json::error_code;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return open_.push_back({.is_object = true, .name = {}, .members = {}, .items = {}}), true; }
  bool on_array_begin(Code&) { return open_.push_back({.is_object = false, .name = {}, .members = {}, .items = {}}), true; }
  bool on_object_end(std::size_t, Code& code) {
    std::vector<Member> members = std::move(open_.back().members);
    open_.pop_back();
    std::ranges::sort(members, is_before, &Member::name);
    const auto twice = std::ranges::adjacent_find(members, {}, &Member::name);
    if (twice != members.end()) return stop(code, fmt::format("the name '{}' is twice in an object", twice->name));
    std::string text = "{";
    for (const Member& member : members) {
      if (&member != members.data()) text += ',';
      append_canonical_text(text, member.name);
      text += ':';
      text += member.text;
    }
    return take(text + '}');
  }
  bool on_array_end(std::size_t, Code&) {
    std::string text = '[' + open_.back().items + ']';
    open_.pop_back();
    return take(std::move(text));
  }
  bool on_key_part(json::string_view part, std::size_t, Code&) { return hear(part); }
  bool on_key(json::string_view part, std::size_t, Code&) {
    hear(part);
    open_.back().name.swap(heard_);
    heard_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Code&) { return hear(part); }
  bool on_string(json::string_view part, std::size_t, Code&) {
    hear(part);
    std::string text;
    append_canonical_text(text, heard_);
    heard_.clear();
    return take(std::move(text));
  }
  bool on_number_part(json::string_view part, Code&) { return hear(part); }
  bool on_int64(std::int64_t, json::string_view part, Code& code) { return number(part, code); }
  bool on_uint64(std::uint64_t, json::string_view part, Code& code) { return number(part, code); }
  bool on_double(double, json::string_view part, Code& code) { return number(part, code); }
  bool on_bool(bool value, Code&) { return take(value ? "true" : "false"); }
  bool on_null(Code&) { return take("null"); }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

  bool hear(json::string_view part) { return heard_.append(part.data(), part.size()), true; }
  bool number(json::string_view part, Code& code) {
    hear(part);
    const double value = std::strtod(heard_.c_str(), nullptr);  // the nearest; what is too small is 0
    if (!std::isfinite(value)) return stop(code, fmt::format("the number {} is more than a double can hold", heard_.substr(0, kNumberShownMax)));
    heard_.clear();
    std::string text;
    append_canonical_number(text, value);
    return take(std::move(text));
  }
  bool take(std::string text) {
    if (open_.empty()) {
      whole_ = std::move(text);
    } else if (Frame& frame = open_.back(); frame.is_object) {
      frame.members.push_back({std::move(frame.name), std::move(text)});
    } else {
      frame.items += (frame.items.empty() ? "" : ",") + text;
    }
    return true;
  }
  bool stop(Code& code, std::string wrong) {
    wrong_ = std::move(wrong);
    code = json::make_error_code(json::error::not_exact);
    return false;
  }

  std::vector<Frame> open_;
  std::string heard_;  // of a name, a text or a number
  std::string whole_, wrong_;
};

json::parse_options options() {
  json::parse_options options;
  options.max_depth = kCanonicalDepthMax;
  return options;
}

}  // namespace

void append_canonical_number(std::string& out, double number) {
  if (number == 0) {  // and -0
    out += '0';
    return;
  }
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, std::abs(number), std::chars_format::scientific);
  const std::string_view shortest(buffer, end);  // d.ddde±dd
  const std::size_t mark = shortest.find('e');
  std::string digits(shortest.substr(0, 1));
  if (mark > 2) digits += shortest.substr(2, mark - 2);
  int exponent = 0;
  std::from_chars(shortest.data() + mark + (shortest[mark + 1] == '+' ? 2 : 1), shortest.data() + shortest.size(), exponent);
  const int count = static_cast<int>(digits.size()), point = exponent + 1;  // 0.DIGITS × 10^point
  if (number < 0) out += '-';
  if (count <= point && point <= 21) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + '.' + digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    out += digits.substr(0, 1);
    if (count > 1) out += '.' + digits.substr(1);
    out += fmt::format("e{:+}", point - 1);
  }
}

Result<std::string> canonical_json(std::string_view text) {
  json::basic_parser<Writer> parser(options());
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  Writer& writer = parser.handler();
  if (!writer.wrong_.empty()) return Error{Code::kInvalid, fmt::format("byte {}: {}", read, writer.wrong_)};
  if (error) return Error{Code::kInvalid, fmt::format("byte {}: {}", read, error.message())};
  if (read < text.size()) return Error{Code::kInvalid, fmt::format("byte {}: something stands behind the end", read)};
  return std::move(writer.whole_);
}

}  // namespace tocsin
