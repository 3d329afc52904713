#include "protect/finder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <utility>

#include "protect/addresses.h"
#include "protect/candidates.h"
#include "protect/fields.h"
#include "protect/identifiers.h"
#include "protect/national_ids.h"
#include "protect/payment_cards.h"
#include "protect/phone.h"
#include "protect/phone_words.h"
#include "protect/secrets.h"
#include "protect/uncovered.h"
#include "protect/word_marks.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

constexpr std::array<bool, 256> base64_bytes() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[static_cast<std::size_t>(c)] = is_alnum(static_cast<char>(c)) || c == '+' || c == '/' || c == '-' || c == '_';
  return table;
}
constexpr std::array<bool, 256> kBase64Bytes = base64_bytes();

/// Letters before the first digit of an identifier that begins with some: GB82…, RSSMRA85….
constexpr std::size_t kLettersOfIdentifierMax = 6;
/// From the third letter of a word for birth on, or of one for a place: what fields.cc and addresses.cc look back for it, with a month before the day, or a sign before the number.
constexpr std::size_t kBirthBytes = 52, kPlaceBytes = 26;
/// A part of an address of the Internet, looked at from one colon in it, has no more bytes on each side.
constexpr std::size_t kColonsMax = 45;

/// What is said first of two that overlap: the more it says, the earlier.
int rank_of(Kind kind) {
  constexpr std::array<Kind, kKinds> kOrder = {Kind::kUrlCredential, Kind::kSecret, Kind::kEmail, Kind::kCard, Kind::kIban, Kind::kIp, Kind::kMac, Kind::kNationalId,
                                               Kind::kCoordinates,   Kind::kBirthDate, Kind::kPhone, Kind::kPerson};
  return static_cast<int>(std::ranges::find(kOrder, kind) - kOrder.begin());
}

/// Where the word in which `at` is the first digit begins, if it begins with capital letters, or small ones, and not too many.
std::size_t begin_of_letters(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && at - from <= kLettersOfIdentifierMax && is_letter(text[from - 1])) --from;
  return at - from > kLettersOfIdentifierMax || is_word(char_before(text, from)) ? at : from;
}

/// Of the shortest that has only digits: a phone number, and what stands for it in a date, a time or a count has fewer.
constexpr std::size_t kDigitsOfNumberMin = 7;

constexpr bool is_joint(char c) { return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || static_cast<unsigned char>(c) >= 0x80; }

/// Whether so many digits stand from `at` on, with no more than what is written between their groups; of that, at most so much at a time.
bool has_long_number(std::string_view text, std::size_t at, std::size_t apart_max) {
  std::size_t digits = 0, apart = 0;
  for (; at < text.size() && apart <= apart_max; ++at) {
    if (is_digit(text[at])) {
      apart = 0;
      if (++digits == kDigitsOfNumberMin) return true;
    } else if (is_joint(text[at])) {
      ++apart;
    } else {
      return false;
    }
  }
  return false;
}

constexpr bool is_pair(std::string_view text, std::size_t at) { return is_digit(text[at]) && is_digit(text[at + 1]); }

/// The day with which most lines of logs begin, 2026-11-29 or 26/11/29, and nothing joined to it: no identifier is written so (no card begins with 19 or 20, no other form has two hyphens, points or slashes there), and no
/// phone number (phone.cc knows days, and two slashes are too many).
bool is_day_of_log(std::string_view text, std::size_t at) {
  if (at + 11 > text.size()) return false;
  const std::string_view day = text.substr(at, 11);
  if (is_pair(day, 0) && day[2] == '/' && is_pair(day, 3) && day[5] == '/') return true;
  if ((!day.starts_with("19") && !day.starts_with("20")) || !is_pair(day, 2) || !is_pair(day, 5) || !is_pair(day, 8)) return false;
  if (day[4] != day[7] || (day[4] != '-' && day[4] != '/' && day[4] != '.')) return false;
  const int month = (day[5] - '0') * 10 + day[6] - '0', of_month = (day[8] - '0') * 10 + day[9] - '0';
  return month >= 1 && month <= 12 && of_month >= 1 && of_month <= 31 && !is_digit(day[10]) && (!is_joint(day[10]) || day[10] == ' ' || day[10] == ')');
}

/// Behind pairs of hexadecimal digits with a space or a hyphen behind each.
std::size_t end_of_bytes(std::string_view text, std::size_t at) {
  while (is_hex(char_at(text, at)) && is_hex(char_at(text, at + 1)) && (char_at(text, at + 2) == ' ' || char_at(text, at + 2) == '-')) at += 3;
  return at;
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

/// What a finder looks for. What is not asked for but tells what is (a phone number may hold what looks like an identifier) is in none of these.
struct Wanted {
  explicit Wanted(const std::vector<Kind>& ignore) {
    const auto is = [&](Kind kind) { return std::ranges::find(ignore, kind) == ignore.end(); };
    secrets = is(Kind::kSecret) || is(Kind::kUrlCredential);
    numbers = is(Kind::kCard) || is(Kind::kIban) || is(Kind::kNationalId);
    persons = is(Kind::kPerson);
    emails = is(Kind::kEmail);
    colons = is(Kind::kIp) || is(Kind::kMac);
    few = !persons && !emails && !colons && !is(Kind::kPhone) && !is(Kind::kCoordinates) && !is(Kind::kBirthDate);
  }
  bool secrets, numbers, persons, emails, colons;
  bool few;  // nothing but secrets and numbers
};

/// What a text may hide.
struct Hidden {
  bool has_cover = false;
  std::vector<std::size_t> runs;  // where those of base64 begin
};

/// Of one block.
struct LongNumbers {
  std::uint64_t all = 0, alone = 0;  // alone: those that need no word
};

/// Without its `kCount` lowest bits.
template <std::size_t kCount>
constexpr std::uint64_t without_lowest(std::uint64_t bits) {
  for (std::size_t i = 0; i < kCount; ++i) bits &= bits - 1;
  return bits;
}

/// What may begin at digits, of one block.
struct Numbers {
  std::uint64_t number, lettered, bytes, quad, degrees, dates, mac;
  std::uint64_t any() const { return number | lettered | bytes | quad | degrees | dates | mac; }
};

/// One text, block after block.
class Pass {
 public:
  Pass(std::string_view text, const Wanted& wanted, PhoneFinder& phones, std::vector<Finding>& found, Hidden* hidden) : text_(text), wanted_(wanted), phones_(phones), found_(found), hidden_(hidden) {}

  void look_for_all(ClassBits& bits) {
    static const FindAll find_all = best_find_all();
    each_blocks(bits, true, [&](std::size_t block, std::size_t lanes, std::size_t from) {
      Candidates some;
      find_all(bits, block, lanes, some);
      for (std::size_t lane = 0; lane < lanes; ++lane, from += kBlockBytes) {
        if (some.any[lane] == 0 && (std::max(births_to_, places_to_) <= from + ClassBits::kBefore || some.digit[lane] == 0)) continue;
        hide(some, lane, from);
        look_at(some, lane, from, long_numbers(some.number[lane], bits, block + lane, from));
      }
    });
  }
  /// For cards, accounts and national identifiers alone.
  void look_for_few(ClassBits& bits) {
    static const FindFew find_few = best_find_few();
    each_blocks(bits, false, [&](std::size_t block, std::size_t lanes, std::size_t from) {
      FewCandidates some;
      find_few(bits, block, lanes, some);
      for (std::size_t lane = 0; lane < lanes; ++lane, from += kBlockBytes) {
        hide(some, lane, from);
        if (wanted_.numbers) look_at_few(long_numbers(some.number[lane], bits, block + lane, from), some.lettered[lane], from);
      }
    });
  }

 private:
  /// `from`: where bit 0 of a block's candidates stands; before the text, for its first block.
  template <class Look>
  void each_blocks(ClassBits& bits, bool all, Look look) {
    for (std::size_t chunk = 0; chunk < text_.size(); chunk += ClassBits::kChunkBytes) {
      const std::size_t blocks = bits.read(text_, chunk, all);
      for (std::size_t block = 0; block < blocks; block += kLanes) look(block, std::min(blocks - block, kLanes), chunk + block * kBlockBytes - ClassBits::kBefore);
    }
  }

  bool take(const std::optional<Finding>& one) {
    if (!one) return false;
    found_.push_back(*one);
    seen_ = std::max(seen_, one->to);
    return true;
  }
  void add(const std::optional<Finding>& one) {
    if (one) found_.push_back(*one);
  }

  void hide(const FewCandidates& here, std::size_t lane, std::size_t from) {
    if (hidden_ == nullptr) return;
    for (std::uint64_t left = here.base64[lane]; left != 0; left &= left - 1) {
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(left));
      if (begins_as_text(text_.substr(at, 8))) hidden_->runs.push_back(at);
    }
    for (std::uint64_t left = here.rare[lane]; left != 0 && !hidden_->has_cover; left &= left - 1) hidden_->has_cover = is_cover(text_, from + static_cast<std::size_t>(std::countr_zero(left)));
  }

  void look_at_few(const LongNumbers& numbers, std::uint64_t lettered, std::size_t from) {
    for (std::uint64_t left = numbers.all | lettered; left != 0; left &= left - 1) {
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(left));
      if (at < seen_) continue;
      if ((lettered & left & -left) != 0) {
        take(identifier_from(begin_of_letters(text_, at)));
      } else if (!is_day_of_log(text_, at)) {
        const bool has_words = (marks_.before(at) & kNamesIdentifier) != 0;
        if (has_words || (numbers.alone & left & -left) != 0) take(identifier_at(text_, at, has_words));
      }
    }
  }

  /// Of the numbers of a block those with enough digits: has_long_number with two between them, which is nineteen bytes at most, and the window has more.
  LongNumbers long_numbers(std::uint64_t numbers, const ClassBits& bits, std::size_t block, std::size_t from) const {
    LongNumbers found;
    if (numbers == 0) return found;
    const std::uint64_t digit = bits.window(ClassBits::kDigit, block);
    const std::uint64_t joint = bits.window(ClassBits::kSpace, block) | bits.window(ClassBits::kDash, block) | bits.window(ClassBits::kDot, block) | bits.window(ClassBits::kJoint, block);
    const std::uint64_t ends = ~(digit | joint) | (joint & joint >> 1 & joint >> 2);
    for (std::uint64_t left = numbers; left != 0; left &= left - 1) {
      const std::uint64_t bit = left & -left;
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(bit));
      if (char_before(text_, at) == '-' && at >= 2 && !is_letter(text_[at - 2]) && text_[at - 2] != ' ') continue;  // "--7", "_-7": no part begins there
      const std::uint64_t behind = ends & ~(bit | (bit - 1)), digits = digit & (behind ^ (behind - 1)) & ~(bit - 1);
      const std::uint64_t after_six = without_lowest<kDigitsOfNumberMin - 1>(digits);
      if (after_six == 0) continue;
      found.all |= bit;
      const auto place = static_cast<std::size_t>(std::countr_zero(bit));
      const std::size_t end = behind == 0 ? 64 - place : static_cast<std::size_t>(std::countr_zero(behind)) - place;
      if (behind == 0 || may_stand_alone(at, end, digits >> place, without_lowest<kDigitsAloneMin - kDigitsOfNumberMin>(after_six) != 0)) found.alone |= bit;
    }
    return found;
  }

  /// Whether the number at `at` can be anything though no word names it; `end`: of its digits and what stands between, and `digits` where among these those are. No is certain.
  bool may_stand_alone(std::size_t at, std::size_t end, std::uint64_t digits, bool has_many) const {
    const auto first = static_cast<std::size_t>(std::countr_one(digits));
    const char next = char_at(text_, at + first), begin = text_[at];
    if (is_word(next) || !phones_.is_american()) return true;
    const std::string_view ahead = text_.substr(at, Surroundings::kBytes);
    if (has_many && may_be_card_alone(ahead)) return true;
    if (first < kFirstDigitsAlone.size()) {
      const FirstDigits& digits_of = kFirstDigitsAlone[first];
      if (((digits_of[0] | digits_of[place_behind_digits(next)]) >> (begin - '0') & 1) != 0 && may_be_national_id_alone(ahead, first)) return true;
    }
    // What phone.cc takes without a word before it: a prefix that is dialled, three digits and three more, a word or an extension behind.
    if (begin == '0' && (first == 1 || text_[at + 1] <= '1')) return true;
    const std::uint64_t rest = digits >> first;
    const int second = rest == 0 ? 0 : std::countr_one(rest >> std::countr_zero(rest));
    if (first == 3 ? second == 3 || (second == 4 && ahead.starts_with("310")) : first == 1 && begin == '1' && second == 3) return true;
    std::size_t behind = at + end;
    while (is_joint(char_at(text_, behind)) || char_at(text_, behind) == ',' || char_at(text_, behind) == ';') ++behind;
    return may_name_number_before(text_, behind);
  }

  void look_for_births(std::uint64_t births, std::size_t from) {
    for (std::uint64_t left = births; left != 0; left &= left - 1) {
      if (!birth_word_at(text_, from + static_cast<std::size_t>(std::countr_zero(left)) - 2)) continue;
      births_to_ = std::max(births_to_, from + 64 + kBirthBytes);
      if (!heading_seen_ && has_birth_column(text_)) births_to_ = text_.size();
      heading_seen_ = true;
      return;
    }
  }

  void look_at(const Candidates& some, std::size_t lane, std::size_t from, const LongNumbers& long_number) {
    if (some.birth[lane] != 0) look_for_births(some.birth[lane], from);
    if (some.place[lane] != 0) places_to_ = from + 64 + kPlaceBytes;
    const std::size_t first = from + ClassBits::kBefore;
    const std::uint64_t dates = births_to_ > first ? some.digit[lane] : 0, degrees = places_to_ > first ? some.degrees[lane] : 0;
    const Numbers numbers = {long_number.all, some.lettered[lane], some.bytes[lane], some.quad[lane], degrees, dates, some.mac[lane]};
    const std::uint64_t persons = wanted_.persons ? some.person[lane] : 0, colons = wanted_.colons ? some.colons[lane] : 0;
    for (std::uint64_t left = numbers.any() | persons | colons | some.rare[lane]; left != 0; left &= left - 1) {
      const std::uint64_t bit = left & -left;
      const std::size_t at = from + static_cast<std::size_t>(std::countr_zero(left));
      if (at < seen_) continue;
      if ((bit & numbers.any()) != 0 && is_digit(text_[at])) {
        look_at_number(at, bit, numbers, (bit & long_number.alone) != 0);
      } else {
        look_at_mark(at, (bit & colons) != 0, (bit & persons) != 0);
      }
    }
  }

  void look_at_number(std::size_t at, std::uint64_t bit, const Numbers& here, bool alone) {
    const char before = char_before(text_, at);
    if (is_letter(before)) {
      const std::size_t from = begin_of_letters(text_, at);
      if (from != at && !take(identifier_from(from))) take(mac_at(text_, from));
      return;
    }
    if (is_word(before)) return;
    if ((bit & here.bytes) != 0) {
      seen_ = end_of_bytes(text_, at);
      return;
    }
    if ((bit & here.quad) != 0 && take(ipv4_at(text_, at))) return;
    if ((bit & here.degrees) != 0 && take(coordinates_at(text_, at))) return;
    if ((bit & here.mac) != 0 && take(mac_at(text_, at))) return;
    if ((bit & here.dates) != 0 && look_at_date(at)) return;
    if ((bit & here.number) != 0 && !is_day_of_log(text_, at)) look_at_long_number(at, alone);
  }

  /// Most have no word near that could name them.
  void look_at_long_number(std::size_t at, bool alone) {
    const std::uint8_t names = marks_.before(at);
    if (names == 0 && !alone) return;
    if (take(identifier_at(text_, at, (names & kNamesIdentifier) != 0))) return;
    if ((names & kNamesPhone) != 0 || alone) take(phones_.phone_at(text_, at));
  }

  std::optional<Finding> identifier_from(std::size_t at) { return identifier_at(text_, at, (marks_.before(at) & kNamesIdentifier) != 0); }

  bool look_at_date(std::size_t at) {
    std::size_t end = at;
    while (is_digit(char_at(text_, end)) && end - at <= 4) ++end;
    return end - at <= 4 && may_be_date(char_at(text_, end), end - at) && take(birth_date_at(text_, at));
  }

  /// What is no digit.
  void look_at_mark(std::size_t at, bool has_colons, bool may_be_person) {
    const char c = text_[at];
    if (has_colons) look_at_colons(at);
    if (may_be_person) add(person_behind(text_, at));
    if (c == '-' || c == '.') add(mac_around(text_, at));
    if (c == '@' && wanted_.emails) add(email_around(text_, at));
    if ((c == '+' || c == '(') && (is_digit(char_at(text_, at + 1)) || char_at(text_, at + 1) == '+') && has_long_number(text_, at + 1 + (is_digit(char_at(text_, at + 1)) ? 0 : 1), kBlockBytes)) take(phones_.phone_at(text_, at));
  }

  /// All colons of the address that has these.
  void look_at_colons(std::size_t at) {
    const auto is_part = [&](std::size_t place) { return is_hex(text_[place]) || text_[place] == ':' || text_[place] == '.'; };
    std::size_t from = at, to = at;
    while (from > colons_seen_ && at - from < kColonsMax && is_part(from - 1)) --from;
    while (to < text_.size() && to - at < kColonsMax && is_part(to)) ++to;
    // Of a part that both ends of a look reach, all its colons say the same.
    const bool is_whole = to - from <= kColonsMax && (to == text_.size() || !is_part(to)) && (from == 0 || !is_part(from - 1));
    for (std::size_t place = from; place < to; ++place) {
      if (text_[place] != ':' || (!is_hex(char_before(text_, place)) && char_at(text_, place + 1) != ':')) continue;
      add(colons_around(text_, place));
      if (is_whole) break;
    }
    colons_seen_ = std::max(colons_seen_, to);
  }

  const std::string_view text_;
  const Wanted& wanted_;
  PhoneFinder& phones_;
  std::vector<Finding>& found_;
  WordMarks marks_{text_};
  Hidden* const hidden_;                        // null: nobody asks
  std::size_t seen_ = 0, colons_seen_ = 0;      // what is before belongs to a finding, or was looked at
  bool heading_seen_ = false;                   // whether the text has a heading is known
  std::size_t births_to_ = 0, places_to_ = 0;   // how far the last word for these may have something behind it
};

}  // namespace

struct Finder::Parts {
  explicit Parts(std::vector<Kind> kinds) : wanted(kinds), ignore(std::move(kinds)) {}

  void find(std::string_view text, std::vector<Finding>& found);
  void find_plain(std::string_view text, std::vector<Finding>& found, Hidden* hide);
  void find_covered(std::string_view text, std::vector<Finding>& found);
  void find_in_base64(std::string_view text, std::size_t from, std::vector<Finding>& found);
  void drop_ignored(std::vector<Finding>& found) const {
    if (ignore.empty()) return;
    std::erase_if(found, [&](const Finding& one) { return std::ranges::find(ignore, one.kind) != ignore.end(); });
  }

  PhoneFinder phones;
  ClassBits bits;
  Uncovered uncovered;
  Hidden hidden;
  std::string plain;
  std::vector<Finding> inner;
  const Wanted wanted;
  const std::vector<Kind> ignore;
};

Finder::Finder(std::vector<Kind> ignore) : parts_(new Parts(std::move(ignore))) {}
Finder::~Finder() = default;
Finder::Finder(Finder&&) noexcept = default;
Finder& Finder::operator=(Finder&&) noexcept = default;

bool says_more(const Finding& a, const Finding& b) {
  if (a.kind != b.kind) return rank_of(a.kind) < rank_of(b.kind);
  return a.to - a.from > b.to - b.from;
}

void settle(std::vector<Finding>& found) {
  if (found.size() < 2) return;
  std::ranges::sort(found, [](const Finding& a, const Finding& b) { return a.from != b.from ? a.from < b.from : says_more(a, b); });
  std::size_t kept = 0;
  for (const Finding& one : found) {
    if (kept == 0 || found[kept - 1].to <= one.from) {
      found[kept++] = one;
      continue;
    }
    Finding& last = found[kept - 1];
    const Finding both = {last.from, std::max(last.to, one.to), last.kind, last.country};
    if (says_more(one, last)) last = one;
    last.from = both.from;
    last.to = both.to;
  }
  found.resize(kept);
}

/// Where only numbers are asked for, all else is looked for only if there are some: it may be what they belong to.
void Finder::Parts::find_plain(std::string_view text, std::vector<Finding>& found, Hidden* hide) {
  const std::size_t before = found.size();
  if (wanted.few) {
    Pass(text, wanted, phones, found, hide).look_for_few(bits);
    if (found.size() > before) {
      found.resize(before);
      Pass(text, wanted, phones, found, nullptr).look_for_all(bits);
    }
  } else {
    Pass(text, wanted, phones, found, hide).look_for_all(bits);
  }
  if (wanted.secrets) find_secrets(text, found);
}

void Finder::Parts::find_covered(std::string_view text, std::vector<Finding>& found) {
  if (!uncovered.of_text(text)) return;
  inner.clear();
  find_plain(uncovered.text(), inner, nullptr);
  for (Finding one : inner) {
    one.from = uncovered.from(one.from);
    one.to = uncovered.to(one.to);
    found.push_back(one);
  }
}

/// A run in which something stands is that as a whole: of a part nobody could tell where it begins.
void Finder::Parts::find_in_base64(std::string_view text, std::size_t from, std::vector<Finding>& found) {
  std::size_t to = from;
  while (to < text.size() && kBase64Bytes[static_cast<unsigned char>(text[to])]) ++to;
  if (!base64_text(text.substr(from, to - from), plain)) return;
  inner.clear();
  find_plain(plain, inner, nullptr);
  drop_ignored(inner);
  if (inner.empty()) return;
  Finding whole = *std::ranges::min_element(inner, says_more);
  whole.from = from;
  whole.to = to;
  while (char_at(text, whole.to) == '=') ++whole.to;
  found.push_back(whole);
}

void Finder::Parts::find(std::string_view text, std::vector<Finding>& found) {
  found.clear();
  hidden.has_cover = false;
  hidden.runs.clear();
  find_plain(text, found, &hidden);
  if (hidden.has_cover) find_covered(text, found);
  for (const std::size_t run : hidden.runs) find_in_base64(text, run, found);
  drop_ignored(found);
  settle(found);
}

void Finder::find(std::string_view text, std::vector<Finding>& found) { parts_->find(text, found); }

}  // namespace tocsin::protect
