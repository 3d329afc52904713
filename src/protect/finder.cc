#include "protect/finder.h"

#include <algorithm>
#include <array>

#include "protect/addresses.h"
#include "protect/fields.h"
#include "protect/identifiers.h"
#include "protect/phone.h"
#include "protect/secrets.h"
#include "protect/uncovered.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

/// Where something can begin, or shows what it is in its middle.
constexpr std::array<bool, 256> anchors() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789@:=>+(-.")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kAnchors = anchors();

constexpr std::array<bool, 256> base64_bytes() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[static_cast<std::size_t>(c)] = is_alnum(static_cast<char>(c)) || c == '+' || c == '/' || c == '-' || c == '_';
  return table;
}
constexpr std::array<bool, 256> kBase64Bytes = base64_bytes();

/// Letters before the first digit of an identifier that begins with some: GB82…, RSSMRA85….
constexpr std::size_t kLettersOfIdentifierMax = 6;

/// What is said first of two that overlap: the more it says, the earlier.
int rank_of(Kind kind) {
  constexpr std::array<Kind, kKinds> kOrder = {Kind::kUrlCredential, Kind::kSecret, Kind::kEmail, Kind::kCard, Kind::kIban, Kind::kIp, Kind::kMac, Kind::kNationalId,
                                               Kind::kCoordinates,   Kind::kBirthDate, Kind::kPhone, Kind::kPerson};
  return static_cast<int>(std::ranges::find(kOrder, kind) - kOrder.begin());
}

bool goes_before(const Finding& a, const Finding& b) {
  if (a.kind != b.kind) return rank_of(a.kind) < rank_of(b.kind);
  return a.to - a.from > b.to - b.from;
}

/// Where the word in which `at` is the first digit begins, if it begins with capital letters, or small ones, and not too many.
std::size_t begin_of_letters(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && at - from <= kLettersOfIdentifierMax && is_letter(text[from - 1])) --from;
  return at - from > kLettersOfIdentifierMax || is_word(char_before(text, from)) ? at : from;
}

/// Of the shortest that has only digits: a phone number, and what stands for it in a date, a time or a count has fewer.
constexpr std::size_t kDigitsOfNumberMin = 7;

/// Whether so many digits stand from `at` on, with no more than what is written between their groups.
bool has_long_number(std::string_view text, std::size_t at) {
  std::size_t digits = 0, apart = 0;
  for (; at < text.size() && apart < 3; ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      apart = 0;
      if (++digits == kDigitsOfNumberMin) return true;
    } else if (c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80) {
      ++apart;
    } else {
      return false;
    }
  }
  return false;
}

/// Pairs of hexadecimal digits one behind the other are bytes that somebody printed; a number has five pairs at most (01 23 45 67 89). Behind them, or `at`.
constexpr std::size_t kPairsOfBytesMin = 7;
std::size_t end_of_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at, pairs = 0;
  while (is_hex(char_at(text, end)) && is_hex(char_at(text, end + 1)) && (char_at(text, end + 2) == ' ' || char_at(text, end + 2) == '-')) {
    end += 3;
    ++pairs;
  }
  return pairs >= kPairsOfBytesMin ? end : at;
}

/// Whether a day or a year, of so many digits, can go on like this.
bool may_be_date(char next, std::size_t digits) {
  return next == '-' || next == '/' || next == '.' || (digits <= 2 && (next == ' ' || next == ',' || is_letter(next)));
}

std::optional<Finding> mac_around(std::string_view text, std::size_t at) {
  const std::size_t back = text[at] == '-' ? 2 : 4;
  if (at < back || !is_letter(text[at - back]) || !is_hex(text[at - back]) || !is_hex(text[at - 1]) || !is_hex(char_at(text, at + 1)) || char_at(text, at + 1 + back) != text[at]) return std::nullopt;
  return mac_at(text, at - back);
}

}  // namespace

struct Finder::Parts {
  PhoneFinder phones;
  Uncovered uncovered;
  std::vector<Finding> inner;
  const std::vector<Kind> ignore;
};

Finder::Finder(std::vector<Kind> ignore) : parts_(new Parts{.phones = PhoneFinder(), .uncovered = {}, .inner = {}, .ignore = std::move(ignore)}) {}
Finder::~Finder() = default;

void settle(std::vector<Finding>& found) {
  std::ranges::sort(found, [](const Finding& a, const Finding& b) { return a.from != b.from ? a.from < b.from : goes_before(a, b); });
  std::size_t kept = 0;
  for (const Finding& one : found) {
    if (kept == 0 || found[kept - 1].to <= one.from) {
      found[kept++] = one;
      continue;
    }
    Finding& last = found[kept - 1];
    const Finding both = {last.from, std::max(last.to, one.to), last.kind, last.country};
    if (goes_before(one, last)) last = one;
    last.from = both.from;
    last.to = both.to;
  }
  found.resize(kept);
}

void Finder::drop_ignored(std::vector<Finding>& found) const {
  std::erase_if(found, [&](const Finding& one) { return std::ranges::find(parts_->ignore, one.kind) != parts_->ignore.end(); });
}

/// Behind what was looked at.
std::size_t Finder::look_at_number(std::string_view text, std::size_t at, std::vector<Finding>& found) {
  const auto take = [&](const std::optional<Finding>& one) {
    if (one) found.push_back(*one);
    return one.has_value();
  };
  const char before = char_before(text, at);
  std::size_t end = at + 1;
  while (is_digit(char_at(text, end))) ++end;
  if (is_letter(before)) {
    const std::size_t from = begin_of_letters(text, at);
    if (from != at && (take(identifier_at(text, from)) || take(mac_at(text, from)))) return std::max(end, found.back().to);
  } else if (!is_word(before)) {
    const char next = char_at(text, end);
    if (end - at == 2 && (next == ' ' || next == '-')) {
      if (const std::size_t behind = end_of_bytes(text, at); behind != at) return behind;
    }
    if (next == '.' && end - at <= 3 && (take(ipv4_at(text, at)) || take(coordinates_at(text, at)))) return found.back().to;
    if ((next == '-' && end - at == 2) || (next == '.' && end - at == 4) || is_hex(next)) {
      if (take(mac_at(text, at))) return found.back().to;
    }
    if (end - at <= 4 && may_be_date(next, end - at) && take(birth_date_at(text, at))) return found.back().to;
    if (has_long_number(text, at) && (take(identifier_at(text, at)) || take(parts_->phones.phone_at(text, at)))) return found.back().to;
  }
  return end;
}

void Finder::find_plain(std::string_view text, std::vector<Finding>& found) {
  const auto take = [&](const std::optional<Finding>& one) {
    if (one) found.push_back(*one);
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (!kAnchors[static_cast<unsigned char>(c)]) {
      ++at;
      continue;
    }
    if (is_digit(c)) {
      at = look_at_number(text, at, found);
      continue;
    }
    if (c == '@') {
      take(email_around(text, at));
    } else if (c == ':') {
      if (is_hex(char_before(text, at)) || char_at(text, at + 1) == ':') take(colons_around(text, at));
      take(person_behind(text, at));
    } else if (c == '=' || c == '>') {
      take(person_behind(text, at));
    } else if (c == '-' || c == '.') {
      take(mac_around(text, at));
    } else {
      const auto phone = parts_->phones.phone_at(text, at);
      take(phone);
      if (phone) at = std::max(at, phone->to - 1);
    }
    ++at;
  }
  find_secrets(text, found);
}

/// Most texts have nothing covered.
void Finder::find_covered(std::string_view text, std::vector<Finding>& found) {
  Uncovered& plain = parts_->uncovered;
  if (!plain.of_text(text)) return;
  parts_->inner.clear();
  find_plain(plain.text(), parts_->inner);
  for (Finding one : parts_->inner) {
    one.from = plain.from(one.from);
    one.to = plain.to(one.to);
    found.push_back(one);
  }
}

/// A run in which something stands is that as a whole: of a part nobody could tell where it begins.
void Finder::find_in_base64(std::string_view text, std::vector<Finding>& found) {
  const auto is_part = [&](std::size_t at) { return kBase64Bytes[static_cast<unsigned char>(text[at])]; };
  for (std::size_t at = kBase64BytesMin - 1; at < text.size(); at += kBase64BytesMin) {
    if (!is_part(at)) continue;
    std::size_t from = at, to = at;
    while (from > 0 && is_part(from - 1)) --from;
    while (to < text.size() && is_part(to)) ++to;
    at = std::max(at, to - to % kBase64BytesMin);
    const std::string plain = base64_text(text.substr(from, to - from));
    if (plain.empty()) continue;
    parts_->inner.clear();
    find_plain(plain, parts_->inner);
    drop_ignored(parts_->inner);
    if (parts_->inner.empty()) continue;
    Finding whole = *std::ranges::min_element(parts_->inner, goes_before);
    whole.from = from;
    whole.to = to;
    while (char_at(text, whole.to) == '=') ++whole.to;
    found.push_back(whole);
  }
}

void Finder::find(std::string_view text, std::vector<Finding>& found) {
  found.clear();
  find_plain(text, found);
  find_covered(text, found);
  find_in_base64(text, found);
  drop_ignored(found);
  settle(found);
}

}  // namespace tocsin::protect
