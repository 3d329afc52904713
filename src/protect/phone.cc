#include "protect/phone.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "protect/phone_words.h"
#include "protect/words.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kAhead = 64, kBack = 64;
constexpr std::size_t kDigitsMin = 7, kDigitsMax = 15;  // ITU-T E.164 ends at 15; below 7 there are more other numbers than phones
constexpr std::size_t kPrefix = 3;                      // "00" or "011" before them, where '+' is not written
constexpr std::size_t kDialledMin = 10;                 // bare digits with a trunk's zero; what is filled up with zeros is mostly shorter
constexpr std::size_t kTrunkMin = 9, kTrunkMax = 12;    // the same where a word says what they are
constexpr std::size_t kGroupsMax = 10;                  // more than any number has (are_groups_right)
constexpr std::size_t kExtensionDigitsMax = 6;

/// Beyond the end: a NUL, which is part of nothing.
char byte_at(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

/// Digits that stand together, and how they hang on to those before.
struct Group {
  std::uint8_t from = 0, to = 0;  // within kAhead
  char joint = 0;           // '-', '.', '/', ' ', or 0: nothing but a parenthesis
  bool is_loose = false;    // a space is part of the joint, so that another thing may begin here
  bool in_parentheses = false;
  std::size_t size() const { return static_cast<std::size_t>(to - from); }
};

struct Written {
  std::array<Group, kGroupsMax> group;
  std::size_t groups = 0;
  bool has_plus = false;

  std::size_t digits(std::size_t first_groups) const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < first_groups; ++i) sum += group[i].size();
    return sum;
  }
};

/// A space, or one of the spaces at which no line breaks; its length, else 0.
std::size_t space_at(std::string_view text, std::size_t at) {
  if (static_cast<unsigned char>(byte_at(text, at)) < 0x80) return byte_at(text, at) == ' ' ? 1 : 0;
  const std::string_view rest = text.substr(std::min(at, text.size()), 3);
  if (rest.starts_with("\xc2\xa0")) return 2;
  return rest == "\xe2\x80\xaf" ? 3 : 0;
}

/// '-' for hyphen, no-break hyphen and dash, '.' and '/' for themselves; length 0 for all else.
std::pair<char, std::size_t> mark_at(std::string_view text, std::size_t at) {
  const char c = byte_at(text, at);
  if (c == '-' || c == '.' || c == '/') return {c, 1};
  if (static_cast<unsigned char>(c) < 0x80) return {'-', 0};
  const std::string_view rest = text.substr(std::min(at, text.size()), 3);
  const bool is_hyphen = rest == "\xe2\x80\x90" || rest == "\xe2\x80\x91" || rest == "\xe2\x80\x93";
  return {'-', is_hyphen ? 3 : 0};
}

/// What stands between two groups: a space, a mark, or a mark with spaces around it. `at` comes to stand behind it.
void read_joint(std::string_view text, std::size_t& at, Group& next) {
  const std::size_t before = space_at(text, at);
  at += before;
  const auto [mark, size] = mark_at(text, at);
  at += size;
  const std::size_t behind = size == 0 ? 0 : space_at(text, at);
  at += behind;
  next.joint = size != 0 ? mark : before != 0 ? ' ' : '\0';
  next.is_loose = before + behind != 0;
}

/// Digits at `at`, with or without parentheses; false if there are none, or the parenthesis does not close behind them.
bool read_group(std::string_view text, std::size_t& at, Group& group, bool& plus) {
  group.in_parentheses = byte_at(text, at) == '(';
  if (group.in_parentheses) ++at;
  if (plus && byte_at(text, at) == '+') ++at; else plus = false;
  group.from = static_cast<std::uint8_t>(at);
  while (is_digit(byte_at(text, at))) ++at;
  group.to = static_cast<std::uint8_t>(at);
  if (group.size() == 0) return false;
  if (!group.in_parentheses) return true;
  if (byte_at(text, at) != ')') return false;
  ++at;
  return true;
}

/// All groups from the start of `text`. None if there is no number of any kind.
Written read_groups(std::string_view text) {
  Written written;
  bool plus = true;
  std::size_t at = 0;
  Group group;
  while (read_group(text, at, group, plus)) {
    if (written.groups == 0) written.has_plus = plus;
    if (written.groups == kGroupsMax) break;
    written.group[written.groups++] = group;
    plus = false;
    const bool was_closed = group.in_parentheses;
    group = Group{};
    read_joint(text, at, group);
    if (group.joint == 0 && !was_closed && byte_at(text, at) != '(') break;
  }
  return written;
}

/// The number of a group; what it has in the first nine digits, so that it does not overflow.
unsigned value_of(std::string_view text, const Group& group) {
  unsigned value = 0;
  for (const char c : text.substr(group.from, std::min<std::size_t>(group.size(), 9))) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

bool is_day(unsigned year, unsigned month, unsigned day) {
  return year >= 1900 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/// 2026-11-29, 29.11.2026, 11/29/2026, with whatever follows after a space; 20261129-205439.
bool is_date(std::string_view text, const Written& w, std::size_t groups) {
  const auto& g = w.group;
  const unsigned first = value_of(text, g[0]);
  if (g[0].size() == 8 && groups >= 2 && is_day(first / 10000, first / 100 % 100, first % 100)) return true;
  if (groups < 3 || g[1].joint != g[2].joint || (groups > 3 && !g[3].is_loose)) return false;
  const unsigned second = value_of(text, g[1]), third = value_of(text, g[2]);
  if (g[0].size() == 4) return g[1].size() <= 2 && g[2].size() <= 2 && is_day(first, second, third);
  return g[2].size() == 4 && g[0].size() <= 2 && g[1].size() <= 2 && (is_day(third, second, first) || is_day(third, first, second));
}

/// Day and time as some logs begin a line, 261129 205439 or 1129/205439: phone numbers look like that too, so a word decides.
bool is_stamp(std::string_view text, const Written& w, std::size_t groups) {
  const auto& g = w.group;
  if (groups < 2 || g[1].size() != 6 || (g[0].size() != 6 && g[0].size() != 4)) return false;
  const unsigned day = value_of(text, g[0]), time = value_of(text, g[1]);
  return is_day(2000 + day / 10000, day / 100 % 100, day % 100) && time < 240000 && time / 100 % 100 < 60 && time % 100 < 60;
}

/// The sizes of the groups, four bits each: 0x334 for 212-555-0123.
std::uint64_t sizes_of(const Written& w, std::size_t groups) {
  std::uint64_t sizes = 0;
  for (std::size_t i = 0; i < groups; ++i) sizes = sizes << 4 | std::min<std::size_t>(w.group[i].size(), 15);
  return sizes;
}

/// Seconds or milliseconds since 1970, from 2014 to 2033. No plan has numbers of 10 or 13 digits that are dialled so.
bool is_epoch(std::string_view text, const Written& w, std::size_t groups) {
  const std::size_t size = w.group[0].size();
  return groups == 1 && !w.has_plus && (size == 10 || size == 13) && text[w.group[0].from] == '1' && text[w.group[0].from + 1] >= '4';
}

/// Identifiers that have a form of their own: payment cards (4-4-4-4, 4-6-5), hardware addresses (six pairs), US social security numbers (3-2-4)
/// and ZIP codes (5-4). They have one joint throughout.
bool is_identifier(std::string_view text, const Written& w, std::size_t groups) {
  for (std::size_t i = 2; i < groups; ++i) {
    if (w.group[i].joint != w.group[1].joint) return false;
  }
  switch (sizes_of(w, groups)) {
    case 0x4444: case 0x465: case 0x324: return true;
    case 0x222222: return w.group[1].joint == '-';
    case 0x54: return w.group[1].joint == '-' && text[w.group[0].from] != '0';
    default: return false;
  }
}

/// Points stand in versions, decimal numbers, and IP addresses, too.
bool are_points_right(const Written& w, std::size_t groups) {
  std::size_t points = 0, shortest = 15, longest = 0;
  for (std::size_t i = 1; i < groups; ++i) {
    if (w.group[i].joint == '.') ++points;
    if (i == 1 && w.has_plus) continue;  // +33.6.12.34.56.78
    shortest = std::min(shortest, w.group[i].size());
    longest = std::max(longest, w.group[i].size());
  }
  if (points == 0) return true;
  if (groups < 3 || shortest < 2 || points + 1 + w.has_plus + w.group[0].in_parentheses < groups) return false;
  return groups != 4 || longest > 3 || w.group[0].size() > 3;  // 10.20.30.40
}

/// A slash stands behind the area code, and nowhere else; without a zero or a country code it is a fraction, a path or a date.
bool are_slashes_right(std::string_view text, const Written& w, std::size_t groups) {
  std::size_t slashes = 0;
  for (std::size_t i = 1; i < groups; ++i) {
    if (w.group[i].joint != '/') continue;
    if (++slashes > 1 || i > 2) return false;
  }
  return slashes == 0 || w.has_plus || text[w.group[0].from] == '0' || w.group[0].in_parentheses;
}

/// Whether people write numbers in groups of these sizes: few, and hardly any of one digit.
bool are_groups_right(const Written& w, std::size_t groups) {
  if (groups == 1) return true;
  std::size_t single = 0, in_parentheses = 0;
  for (std::size_t i = 0; i < groups; ++i) {
    const Group& group = w.group[i];
    if (group.size() > (i == 0 ? 6U : 9U) && !w.has_plus) return false;
    if (group.size() == 1 && (++single > 2 || i > 2)) return false;
    if (group.in_parentheses && (++in_parentheses > 2 || i > 2 || group.size() > 5)) return false;
  }
  return groups <= 8;
}

bool has_form(std::string_view text, const Written& w, std::size_t groups) {
  const std::size_t digits = w.digits(groups);
  const bool has_prefix = !w.has_plus && text[w.group[0].from] == '0';
  if (digits < kDigitsMin || digits > kDigitsMax + (has_prefix ? kPrefix : 0)) return false;
  if (is_date(text, w, groups) || is_epoch(text, w, groups) || is_identifier(text, w, groups)) return false;
  return are_groups_right(w, groups) && are_points_right(w, groups) && are_slashes_right(text, w, groups);
}

bool is_word_byte(char c) { return is_letter(c) || static_cast<unsigned char>(c) >= 0x80; }

/// The letters that end at `end`.
std::string_view word_before(std::string_view text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && is_word_byte(text[from - 1])) --from;
  return text.substr(from, end - from);
}

/// The last of the words that capitals divide: Number of phoneNumber.
std::string_view last_part(std::string_view word) {
  for (std::size_t at = word.size(); at-- > 1;) {
    if (word[at] >= 'A' && word[at] <= 'Z' && word[at - 1] >= 'a' && word[at - 1] <= 'z') return word.substr(at);
  }
  return word;
}

/// Whether a word before `at` says that the number is a phone's. If `strictly`, nothing but fillers may stand between.
bool has_word_before(std::string_view text, std::size_t at, bool strictly) {
  const std::string_view before = text.substr(at - std::min(at, kBack), std::min(at, kBack));
  if (!may_have_phone_word(before)) return false;
  std::size_t digits = 0;
  bool is_first = true, is_label = false;
  for (std::size_t end = before.size(); end > 0;) {
    const char c = before[end - 1];
    if (is_first && (c == ':' || c == '=')) is_label = true;
    if (is_digit(c) && ++digits > 4) return false;  // another number, to which the word belongs
    std::string_view word = word_before(before, end);
    if (word.empty() || word == "\xc2\xa0") {
      end -= std::max<std::size_t>(word.size(), 1);
      continue;
    }
    if (word.size() == 1 && end > 1 && before[end - 2] == '\\') {  // \n in JSON
      end -= 2;
      continue;
    }
    std::uint8_t says = what_is(word);
    if (const std::string_view part = last_part(word); (says & kIsPhone) == 0 && part.size() != word.size()) {
      word = part;
      says = what_is(part);
    }
    if ((says & kIsPhone) != 0 || (!strictly && (says & kIsVerb) != 0)) return true;
    if ((says & kIsFiller) == 0 && ((says & kIsOther) != 0 || strictly || (is_first && is_label))) return false;
    end -= word.size();
    is_first = false;
  }
  return false;
}

/// The same for a word that follows at once, with a space, a hyphen or a parenthesis before it.
bool has_word_behind(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.size(), at + 3);
  while (at < end && (text[at] == ' ' || text[at] == '-' || text[at] == '(')) ++at;
  std::size_t to = at;
  while (to < text.size() && to - at <= kWordMax && is_word_byte(text[to])) ++to;
  const char next = byte_at(text, to);
  if (is_digit(next) || next == '_' || next == ':' || next == '=') return false;
  return (what_is(text.substr(at, to - at)) & kIsBehind) != 0;
}

enum class Start { kNone, kWithWord, kFree };

/// Whether a number may begin at `at`, seen from what stands before it.
Start start_at(std::string_view text, std::size_t at) {
  if (at == 0) return Start::kFree;
  const char before = text[at - 1], earlier = at > 1 ? text[at - 2] : '\0';
  if (is_letter(before)) {
    if (earlier == '\\' && (before == 'n' || before == 'r' || before == 't')) return Start::kFree;  // JSON's "\n"
    return text[at] == '(' ? Start::kWithWord : Start::kNone;
  }
  switch (before) {
    case '-': case '.': return is_letter(earlier) ? Start::kWithWord : earlier == ' ' && before == '-' ? Start::kFree : Start::kNone;
    case ':': return is_digit(earlier) ? Start::kNone : Start::kFree;
    case '_': case '/': case '+': case '@': case '#': case '$': case '%': case '*': case '~': case '^': return Start::kNone;
    default: return is_digit(before) ? Start::kNone : Start::kFree;
  }
}

/// Whether a number may end at `end`, seen from what stands behind it.
bool may_end_at(std::string_view text, std::size_t end) {
  const char next = byte_at(text, end), later = byte_at(text, end + 1);
  switch (next) {
    case '_': case '@': case '%': case '$': case '=': case '*': case '+': case '#': return false;
    case ':': return !is_digit(later);
    case '.': case '/': return !is_alnum(later);
    case '-': return !is_alnum(later) || has_word_behind(text, end);
    default: return !is_alnum(next);
  }
}

/// The end of the extension that begins at `end`, or `end` if there is none: x818, ext. 12, extension 12, ;ext=12.
std::size_t extension_end(std::string_view text, std::size_t end) {
  static constexpr auto kMarks = std::to_array<std::string_view>({"extension", "ext.", "ext", "xt", "x.", "x", ";ext=", "poste", "durchwahl"});
  std::size_t at = end;
  while (at < end + 2 && (byte_at(text, at) == ' ' || byte_at(text, at) == ',')) ++at;
  const char first = lower(byte_at(text, at));
  if (first != 'e' && first != 'x' && first != ';' && first != 'p' && first != 'd') return end;
  for (const std::string_view mark : kMarks) {
    const std::string_view here = text.substr(std::min(at, text.size()), mark.size());
    if (!std::ranges::equal(here, mark, [](char a, char b) { return a == b || (is_letter(a) && (a | 0x20) == b); })) continue;
    std::size_t digit = at + mark.size();
    while (digit < at + mark.size() + 2 && (byte_at(text, digit) == ' ' || byte_at(text, digit) == ':')) ++digit;
    std::size_t to = digit;
    while (is_digit(byte_at(text, to)) && to - digit <= kExtensionDigitsMax) ++to;
    if (to > digit && to - digit <= kExtensionDigitsMax && may_end_at(text, to)) return to;
  }
  return end;
}

/// Whether digits in groups, with no word beside them, may be a number of the United States, or one with a prefix that is dialled there: 212-555-0123, 1 212 555 0123, 0044…, 011 44….
bool is_grouped_as_american(std::string_view text, const Written& w) {
  if (w.groups < 2) return false;
  const std::string_view digits = text.substr(w.group[0].from);
  if (digits.starts_with('0')) {
    if (digits.starts_with("00") && !digits.starts_with("000")) return true;
    std::size_t ones = 0;
    for (std::size_t at = 1; at < digits.size() && ones < 2 && !is_letter(digits[at]); ++at) {
      if (is_digit(digits[at]) && digits[at] != '1') return false;
      ones += digits[at] == '1';
    }
    return ones == 2;
  }
  const auto begins = [&](std::size_t groups, std::uint64_t sizes) { return w.groups >= groups && sizes_of(w, groups) == sizes; };
  if (digits.starts_with('1')) return begins(4, 0x1334) || begins(3, 0x134) || begins(3, 0x334);
  return begins(3, 0x334) || (digits.starts_with("310") && begins(2, 0x34));
}

/// Drops the groups at the end that are part of something else (the hour of a time, the start of an address), back to a space.
std::size_t whole_groups(std::string_view text, const Written& w) {
  std::size_t groups = w.groups;
  const auto ends_well = [&](const Group& group) {
    const std::size_t end = group.to + group.in_parentheses;
    return extension_end(text, end) != end || may_end_at(text, end);
  };
  if (groups == 0 || ends_well(w.group[groups - 1])) return groups;
  do {
    --groups;
  } while (groups > 0 && !w.group[groups].is_loose);
  return groups;
}

enum class Neighbour { kNone, kBefore, kBehind };

/// Numbers with spaces alone, and another number before or behind them: the columns of a table, or the middle of a longer number.
Neighbour neighbour_of(std::string_view text, std::size_t at, const Written& w, std::size_t groups) {
  for (std::size_t i = 0; i < groups; ++i) {
    if (w.has_plus || w.group[i].in_parentheses || (i > 0 && w.group[i].joint != ' ')) return Neighbour::kNone;
  }
  std::size_t before = at, behind = at + w.group[groups - 1].to;
  const std::size_t first = at - std::min(at, kBack), last = std::min(text.size(), behind + kAhead);
  while (before > first && (text[before - 1] == ' ' || text[before - 1] == '\t')) --before;
  while (behind < last && (text[behind] == ' ' || text[behind] == '\t')) ++behind;
  if (before > 0 && before < at && is_digit(text[before - 1])) return Neighbour::kBefore;
  const char next = byte_at(text, behind);
  return is_digit(next) || (next == ',' && is_digit(byte_at(text, behind + 1))) ? Neighbour::kBehind : Neighbour::kNone;
}

/// A bare run of digits that people may have written as they dial it: with the zero of the trunk, and no name of another thing before it, as
/// "accountId": "012345678901" has.
bool is_dialled(std::string_view text, std::size_t at, std::size_t digits) {
  if (text[at] != '0' || digits < kDialledMin) return false;
  const std::size_t back = at - std::min(at, kBack);
  while (at > back && (text[at - 1] == ' ' || text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == '\\')) --at;
  return at == back || (text[at - 1] != '=' && text[at - 1] != ':');
}

/// A candidate, with what the decision asks of it.
struct Candidate {
  std::string_view text;  // from the first byte of it
  const Written& written;
  std::size_t groups = 0;
  bool has_word = false;

  bool is_grouped() const { return groups > 1; }
  bool has_digits(std::string_view start) const { return text.substr(written.group[0].from).starts_with(start); }
  bool has_zero() const { return has_digits("0"); }
  bool has_prefix() const { return has_digits("00") && !has_digits("000"); }
};

/// The digits alone, with '+' before them if `plus`; the first `skip` left out.
std::string digits_of(const Candidate& c, bool plus, std::size_t skip = 0) {
  std::string digits(plus ? "+" : "");
  for (std::size_t i = 0; i < c.groups; ++i) digits += c.text.substr(c.written.group[i].from, c.written.group[i].size());
  return digits.erase(plus, skip);
}

/// Whether the groups are those in which the region writes the number; a "1" before an American one is not part of these.
bool is_grouped_as(std::uint64_t sizes, const Candidate& c) {
  const std::uint64_t written = sizes_of(c.written, c.groups);
  if (sizes == 0) return false;
  return written == sizes || (c.has_digits("1") && written == (sizes | std::uint64_t{1} << 4 * (c.groups - 1)));
}

/// Where the groups change their joint from a mark to a space, and enough came before: there another thing begins. All groups, where they do not.
std::size_t end_by_joint(const Written& w, std::size_t groups) {
  bool has_mark = false;
  for (std::size_t i = 1; i < groups; ++i) {
    if (has_mark && w.group[i].joint == ' ' && w.digits(i) >= kDigitsMin) return i;
    has_mark |= w.group[i].joint == '-' || w.group[i].joint == '.';
  }
  return groups;
}

/// Whether fewer of the groups could be the number, too.
bool has_shorter_end(std::string_view text, const Written& w, std::size_t groups) {
  for (std::size_t i = groups - 1; i > 0; --i) {
    if (w.group[i].is_loose && has_form(text, w, i)) return true;
  }
  return false;
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

/// How bare digits are read that have a word beside them, after the own region: where they are written without a trunk's zero, and how many.
struct Plan {
  const char* region;
  std::size_t digits_min, digits_max;
};
constexpr auto kPlans = std::to_array<Plan>({{"US", 10, 11}, {"IN", 10, 10}, {"CN", 11, 11}, {"BR", 10, 11}, {"IT", 10, 10}, {"ES", 9, 9}, {"PL", 9, 9},
                                             {"PT", 9, 9}, {"NO", 8, 8}, {"DK", 8, 8}});

/// The one of the process. What it would say on standard output, where reports go, is dropped.
const PhoneNumberUtil& library() {
  static const PhoneNumberUtil& util = []() -> PhoneNumberUtil& {
    PhoneNumberUtil& made = *PhoneNumberUtil::GetInstance();
    made.SetLogger(new i18n::phonenumbers::NullLogger);  // which it then owns
    return made;
  }();
  return util;
}

}  // namespace

/// Answers of the library for one finder. Logs repeat their numbers, so each place of a small table keeps the last answer that fell on it.
class PhoneFinder::Plans {
 public:
  explicit Plans(std::string region) : region_(std::move(region)), is_american_(region_ == "US") {
    std::string trunk;
    library().GetNddPrefixForRegion(region_, true, &trunk);
    has_trunk_zero_ = trunk == "0";
  }

  /// Whether a numbering plan has the candidate, and its writing is no accident.
  bool know(const Candidate& c) {
    if (c.written.has_plus) return has(digits_of(c, true)) || (c.written.group[1].in_parentheses && is_possible(digits_of(c, true)));
    if (c.has_prefix() && (c.is_grouped() || c.has_word) && has(digits_of(c, true, 2))) return true;
    const std::string digits = digits_of(c, false);
    if (!c.is_grouped()) return c.has_word ? has_somewhere(digits) : has_trunk_zero_ && !c.has_prefix() && has(digits);
    if (c.has_word) return has(digits);
    if (is_american_ && !is_grouped_as_american(c.text, c.written)) return false;
    return c.has_zero() ? has(digits) : is_grouped_as(ask(digits, region_).sizes, c);
  }
  std::size_t asked() const { return asked_; }

 private:
  struct Answer {
    std::uint64_t digits = 0, rest = 0;  // how many, whether there is a '+', and which region: with the digits, all that was asked
    std::uint64_t sizes = 0;             // of the groups in which the region writes it, as sizes_of has them
    bool is_valid = false, is_possible = false;
  };
  static constexpr std::size_t kPlaces = 512;  // 16 KB

  /// Whether the plan of its country has it: one with '+', or as it is dialled in the region.
  bool has(const std::string& number) {
    if (is_american_ && !number.starts_with('+') && !may_be_american(number)) return false;
    return ask(number, region_).is_valid;
  }

  /// As long as the country's numbers are. With its code and an area in parentheses nobody writes anything else, and plans get new areas.
  bool is_possible(const std::string& number) { return ask(number, region_).is_possible; }

  /// Bare digits that are said to be a phone's. With a zero before them that and their count are enough: to ask all countries costs a millisecond.
  bool has_somewhere(const std::string& digits) {
    if (has(digits)) return true;
    if (digits.starts_with('0')) return digits[1] != '0' && digits.size() >= kTrunkMin && digits.size() <= kTrunkMax;
    for (const Plan& plan : kPlans) {
      if (digits.size() >= plan.digits_min && digits.size() <= plan.digits_max && ask(digits, plan.region).is_valid) return true;
    }
    return digits.size() >= kDialledMin && has('+' + digits);
  }

  const Answer& ask(const std::string& number, std::string_view region) {
    std::uint64_t digits = 0, rest = number.size() << 1 | number.starts_with('+');
    for (const char c : number) digits = is_digit(c) ? digits * 10 + static_cast<std::uint64_t>(c - '0') : digits;
    for (const char c : region) rest = rest << 8 | static_cast<unsigned char>(c);
    Answer& answer = answers_[((digits ^ rest << 40) * 0x9e3779b97f4a7c15U >> 32) % kPlaces];
    if (answer.digits == digits && answer.rest == rest) return answer;
    answer = Answer{digits, rest, 0, false, false};
    ++asked_;
    PhoneNumber parsed;
    if (library().Parse(number, std::string(region), &parsed) != PhoneNumberUtil::NO_PARSING_ERROR) return answer;
    answer.is_valid = library().IsValidNumber(parsed);
    answer.is_possible = answer.is_valid || library().IsPossibleNumber(parsed);
    if (answer.is_valid && !number.starts_with('+')) answer.sizes = national_sizes(parsed);
    return answer;
  }

  static std::uint64_t national_sizes(const PhoneNumber& number) {
    std::string text;
    library().Format(number, PhoneNumberUtil::NATIONAL, &text);
    text += ' ';
    std::uint64_t sizes = 0, size = 0;
    for (const char c : text) {
      if (is_digit(c)) ++size; else if (size != 0) sizes = sizes << 4 | std::exchange(size, 0);
    }
    return sizes;
  }

  const std::string region_;
  const bool is_american_;
  bool has_trunk_zero_ = false;
  std::size_t asked_ = 0;
  std::array<Answer, kPlaces> answers_;
};

bool may_be_american(std::string_view digits) {
  return digits.size() == 10 || digits.starts_with('1') || digits.starts_with("011") || (digits.size() == 7 && digits.starts_with("310"));
}

PhoneFinder::PhoneFinder(std::string region) : region_(std::move(region)), is_american_(region_ == "US") {}
PhoneFinder::~PhoneFinder() = default;
PhoneFinder::PhoneFinder(PhoneFinder&&) noexcept = default;
PhoneFinder& PhoneFinder::operator=(PhoneFinder&&) noexcept = default;

PhoneFinder::Plans& PhoneFinder::plans() {
  if (!plans_) plans_ = std::make_unique<Plans>(region_);
  return *plans_;
}

PhoneFinder::Counts PhoneFinder::counts() const { return {candidates_, plans_ ? plans_->asked() : 0}; }

std::optional<Finding> PhoneFinder::phone_at(std::string_view text, std::size_t at) {
  const Start start = start_at(text, at);
  if (start == Start::kNone) return std::nullopt;
  const std::string_view window = text.substr(at, kAhead);
  const Written written = read_groups(window);
  const std::size_t groups = whole_groups(text.substr(at), written);
  if (groups == 0 || written.digits(groups) < kDigitsMin || is_identifier(window, written, written.groups)) return std::nullopt;

  Candidate candidate{window, written};
  const auto end_of = [&](std::size_t count) {
    const Group& last = written.group[count - 1];
    const std::size_t end = at + last.to + last.in_parentheses, extension = extension_end(text, end);
    return extension != end ? extension : at + last.to;
  };
  std::array<std::optional<bool>, 2> word_before;  // by whether strictly
  std::size_t by_word = 0;
  for (std::size_t count = groups; count > 0; --count) {
    if ((count < groups && !written.group[count].is_loose) || !has_form(window, written, count)) continue;
    candidate.groups = count;
    const bool is_bare = count == 1 && !written.has_plus, is_free = start == Start::kFree, is_strict = is_bare || !is_free;
    const Neighbour neighbour = neighbour_of(text, at, written, count);
    if (neighbour != Neighbour::kBefore && !word_before[is_strict]) word_before[is_strict] = has_word_before(text, at, is_strict);
    candidate.has_word = (neighbour != Neighbour::kBefore && *word_before[is_strict]) || (is_free && has_word_behind(text, end_of(count)));
    const bool is_written_so = is_bare ? is_dialled(text, at, written.digits(1)) : !is_stamp(window, written, count);
    const bool is_clear = is_free && neighbour == Neighbour::kNone && is_written_so;
    if (!candidate.has_word && !is_clear) continue;
    ++candidates_;
    if (candidate.has_word && !is_bare && by_word == 0) {
      by_word = end_by_joint(written, count);
      if (!has_shorter_end(window, written, count)) break;  // nothing is left to ask the plans
    }
    if (plans().know(candidate)) return Finding{at, end_of(count), Kind::kPhone, {}};
  }
  if (by_word == 0) return std::nullopt;
  return Finding{at, end_of(by_word), Kind::kPhone, {}};
}

}  // namespace tocsin::protect
