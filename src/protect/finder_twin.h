// The slow, obvious twin of finder.h: looks at every place of a text, one after the other, and asks each part that could know what begins there. For tests and fuzz/ alone.
//
//   FinderTwin twin;
//   twin.find(text, found);        // as Finder::find
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protect/addresses.h"
#include "protect/fields.h"
#include "protect/finder.h"
#include "protect/identifiers.h"
#include "protect/phone.h"
#include "protect/secrets.h"
#include "protect/uncovered.h"
#include "protect/words.h"

namespace tocsin::protect {

class FinderTwin {
 public:
  explicit FinderTwin(std::vector<Kind> ignore = {}) : ignore_(std::move(ignore)) {}

  void find(std::string_view text, std::vector<Finding>& found) {
    found.clear();
    find_plain(text, found);
    find_covered(text, found);
    find_in_base64(text, found);
    drop_ignored(found);
    settle(found);
  }

 private:
  static bool take(const std::optional<Finding>& one, std::vector<Finding>& found) {
    if (one) found.push_back(*one);
    return one.has_value();
  }

  /// Where the word in which `at` is the first digit begins, if it begins with letters, and not too many.
  static std::size_t begin_of_letters(std::string_view text, std::size_t at) {
    constexpr std::size_t kLetters = 6;
    std::size_t from = at;
    while (from > 0 && at - from <= kLetters && is_letter(text[from - 1])) --from;
    return at - from > kLetters || is_word(char_before(text, from)) ? at : from;
  }

  /// Whether seven digits stand from `at` on, with no more than two others between them.
  static bool has_long_number(std::string_view text, std::size_t at) {
    std::size_t digits = 0, apart = 0;
    for (; at < text.size() && apart < 3; ++at) {
      const char c = text[at];
      if (is_digit(c)) {
        apart = 0;
        if (++digits == 7) return true;
      } else if (c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80) {
        ++apart;
      } else {
        return false;
      }
    }
    return false;
  }

  /// Behind seven and more pairs of hexadecimal digits, or `at`.
  static std::size_t end_of_bytes(std::string_view text, std::size_t at) {
    std::size_t end = at, pairs = 0;
    while (is_hex(char_at(text, end)) && is_hex(char_at(text, end + 1)) && (char_at(text, end + 2) == ' ' || char_at(text, end + 2) == '-')) {
      end += 3;
      ++pairs;
    }
    return pairs >= 7 ? end : at;
  }

  static bool may_be_date(char next, std::size_t digits) {
    return next == '-' || next == '/' || next == '.' || (digits <= 2 && (next == ' ' || next == ',' || is_letter(next)));
  }

  static std::optional<Finding> mac_around(std::string_view text, std::size_t at) {
    const std::size_t back = text[at] == '-' ? 2 : 4;
    if (at < back || !is_letter(text[at - back]) || !is_hex(text[at - back]) || !is_hex(text[at - 1]) || !is_hex(char_at(text, at + 1)) || char_at(text, at + 1 + back) != text[at]) return std::nullopt;
    return mac_at(text, at - back);
  }

  /// Behind what was looked at.
  std::size_t look_at_number(std::string_view text, std::size_t at, std::vector<Finding>& found) {
    const char before = char_before(text, at);
    std::size_t end = at + 1;
    while (is_digit(char_at(text, end))) ++end;
    if (is_letter(before)) {
      const std::size_t from = begin_of_letters(text, at);
      return from != at && (take(identifier_at(text, from), found) || take(mac_at(text, from), found)) ? std::max(end, found.back().to) : end;
    }
    if (is_word(before)) return end;
    const char next = char_at(text, end);
    if (end - at == 2 && (next == ' ' || next == '-')) {
      if (const std::size_t behind = end_of_bytes(text, at); behind != at) return behind;
    }
    if (next == '.' && end - at <= 3 && (take(ipv4_at(text, at), found) || take(coordinates_at(text, at), found))) return found.back().to;
    if ((next == '-' && end - at == 2) || (next == '.' && end - at == 4) || is_hex(next)) {
      if (take(mac_at(text, at), found)) return found.back().to;
    }
    if (end - at <= 4 && may_be_date(next, end - at) && take(birth_date_at(text, at), found)) return found.back().to;
    if (has_long_number(text, at) && (take(identifier_at(text, at), found) || take(phones_.phone_at(text, at), found))) return found.back().to;
    return end;
  }

  /// Behind what was looked at.
  std::size_t look_at(std::string_view text, std::size_t at, std::vector<Finding>& found) {
    const char c = text[at];
    if (is_digit(c)) return look_at_number(text, at, found);
    if (c == '@') take(email_around(text, at), found);
    if (c == ':' && (is_hex(char_before(text, at)) || char_at(text, at + 1) == ':')) take(colons_around(text, at), found);
    if (c == ':' || c == '=' || c == '>') take(person_behind(text, at), found);
    if (c == '-' || c == '.') take(mac_around(text, at), found);
    if ((c == '+' || c == '(') && take(phones_.phone_at(text, at), found)) return std::max(at + 1, found.back().to);
    return at + 1;
  }

  void find_plain(std::string_view text, std::vector<Finding>& found) {
    for (std::size_t at = 0; at < text.size();) at = look_at(text, at, found);
    find_secrets(text, found);
  }

  void find_covered(std::string_view text, std::vector<Finding>& found) {
    if (!uncovered_.of_text(text)) return;
    inner_.clear();
    find_plain(uncovered_.text(), inner_);
    for (Finding one : inner_) {
      one.from = uncovered_.from(one.from);
      one.to = uncovered_.to(one.to);
      found.push_back(one);
    }
  }

  void find_in_base64(std::string_view text, std::vector<Finding>& found) {
    const auto is_part = [&](std::size_t at) { return at < text.size() && (is_alnum(text[at]) || text[at] == '+' || text[at] == '/' || text[at] == '-' || text[at] == '_'); };
    for (std::size_t from = 0, to = 0; from < text.size(); from = to + 1) {
      to = from;
      while (is_part(to)) ++to;
      std::string plain;
      if (to == from || !base64_text(text.substr(from, to - from), plain)) continue;
      inner_.clear();
      find_plain(plain, inner_);
      drop_ignored(inner_);
      if (inner_.empty()) continue;
      Finding whole = *std::ranges::min_element(inner_, says_more);
      whole.from = from;
      whole.to = to;
      while (char_at(text, whole.to) == '=') ++whole.to;
      found.push_back(whole);
    }
  }

  void drop_ignored(std::vector<Finding>& found) const {
    std::erase_if(found, [&](const Finding& one) { return std::ranges::find(ignore_, one.kind) != ignore_.end(); });
  }

  PhoneFinder phones_;
  Uncovered uncovered_;
  std::vector<Finding> inner_;
  const std::vector<Kind> ignore_;
};

}  // namespace tocsin::protect
