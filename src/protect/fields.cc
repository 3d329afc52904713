#include "protect/fields.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "protect/words.h"

namespace tocsin::protect {

namespace {

/// Without '_', '-' and spaces, in small letters. "name" alone is of anything.
constexpr std::string_view kPersonFields[] = {
    "fullname",     "displayname", "firstname",    "givenname",     "lastname",      "surname",     "familyname",    "middlename",   "maidenname",  "realname",
    "personname",   "patientname", "customername", "employeename",  "contactname",   "ownername",   "accountholder", "cardholder",   "cardholdername", "nameoncard",
    "holdername",   "legalname",   "preferredname", "recipientname", "sendername",    "callername",  "requestername", "managername",  "patient",     "gecos",
    "vorname",      "nachname",    "nom",          "prenom",        "nombre",        "apellido",    "apellidos",     "cognome"};
/// The longest name of a field with its separators, and of a person.
constexpr std::size_t kFieldBytesMax = 24, kPersonBytesMax = 80, kPersonWordsMax = 6;

/// Whether one of them can end so: most fields end in other letters, which is told at once.
bool may_end_person_field(std::string_view text, std::size_t end) {
  const char last = lower(char_before(text, end)), before = end < 2 ? '\0' : lower(text[end - 2]);
  constexpr std::string_view kEnds = "me nt er rd os do re om ";
  for (std::size_t i = 0; i < kEnds.size(); i += 3) {
    if (kEnds[i] == before && kEnds[i + 1] == last) return true;
  }
  return false;
}

/// Letters from the last one back, no more than eight; a byte each, the last one lowest.
constexpr std::uint64_t last_letters(std::string_view name, std::size_t count) {
  std::uint64_t letters = 0;
  for (std::size_t i = 0; i < count && i < name.size(); ++i) letters |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[name.size() - 1 - i])) << 8 * i;
  return letters;
}

/// The last eight letters of each field, or all that it has, by how many that are: sorted.
struct Endings {
  std::array<std::array<std::uint64_t, std::size(kPersonFields)>, 9> sorted = {};
  std::array<std::size_t, 9> counts = {};

  bool has(std::uint64_t letters) const {
    for (std::size_t size = 3; size < sorted.size(); ++size) {
      if (counts[size] == 0) continue;
      const std::uint64_t wanted = size == 8 ? letters : letters & ~(~std::uint64_t{0} << 8 * size);
      if (std::binary_search(sorted[size].begin(), sorted[size].begin() + static_cast<std::ptrdiff_t>(counts[size]), wanted)) return true;
    }
    return false;
  }
};
constexpr Endings kEndings = [] {
  Endings endings;
  for (const std::string_view field : kPersonFields) {
    const std::size_t size = std::min<std::size_t>(field.size(), 8);
    endings.sorted[size][endings.counts[size]++] = last_letters(field, size);
  }
  for (std::size_t size = 0; size < endings.sorted.size(); ++size) std::sort(endings.sorted[size].begin(), endings.sorted[size].begin() + static_cast<std::ptrdiff_t>(endings.counts[size]));
  return endings;
}();

/// The same of the name that ends at `end`.
std::uint64_t last_letters_before(std::string_view text, std::size_t end) {
  std::uint64_t letters = 0;
  for (std::size_t count = 0; count < 8 && end > 0; --end) {
    const char c = text[end - 1];
    if (is_letter(c)) {
      letters |= static_cast<std::uint64_t>(static_cast<unsigned char>(lower(c))) << 8 * count++;
    } else if (c != '_' && c != '-' && !(c == ' ' && is_letter(char_before(text, end - 1)))) {
      break;
    }
  }
  return letters;
}

/// The field's name that ends at `end`, as the table has it; "" if there is none, or a longer one.
std::string_view field_before(std::string_view text, std::size_t end, std::array<char, kFieldBytesMax>& room) {
  std::size_t at = end, used = room.size();
  while (at > 0 && used > 0) {
    const char c = text[at - 1];
    if (!is_letter(c) && c != '_' && c != '-' && !(c == ' ' && is_letter(char_before(text, at - 1)))) break;
    if (is_letter(c)) room[--used] = lower(c);
    --at;
  }
  return {room.data() + used, room.size() - used};
}

/// With something before it only where a new part begins: "user.displayName", "target_full_name", "User display name", but not "telename".
bool is_person_field(std::string_view text, std::size_t end) {
  if (!kEndings.has(last_letters_before(text, end))) return false;  // nearly always
  std::array<char, kFieldBytesMax> room;
  const std::string_view name = field_before(text, end, room);
  for (const std::string_view field : kPersonFields) {
    if (!name.ends_with(field)) continue;
    if (name.size() == field.size()) return true;
    std::size_t at = end, left = field.size();
    while (left > 0) left -= is_letter(text[--at]) ? 1 : 0;
    const char first = text[at], before = char_before(text, at);
    if (before == '_' || before == '-' || before == ' ' || before == '.' || (first >= 'A' && first <= 'Z' && before >= 'a' && before <= 'z')) return true;
  }
  return false;
}

bool is_of_person(char c) { return is_letter(c) || static_cast<unsigned char>(c) >= 0x80 || c == ' ' || c == '.' || c == '-' || c == '\'' || c == ','; }

/// Where a value that begins at `from` ends: at its quote, or, without one, where the next key or part begins.
std::size_t end_of_value(std::string_view text, std::size_t from, char quote) {
  std::size_t end = from, words = 1;
  while (end < text.size() && end - from < kPersonBytesMax && is_of_person(text[end]) && text[end] != quote) {
    if (quote == '\0' && text[end] == ',') break;
    if (text[end] == ' ' && (++words > kPersonWordsMax || char_at(text, end + 1) == ' ')) break;
    ++end;
  }
  // "full_name=Ada Example role=admin": the last word is the next key.
  if (quote == '\0' && (char_at(text, end) == '=' || char_at(text, end) == ':' || char_at(text, end) == '_')) {
    while (end > from && text[end - 1] != ' ') --end;
  }
  while (end > from && (text[end - 1] == ' ' || text[end - 1] == ',')) --end;
  return end;
}

constexpr std::string_view kNobody[] = {"null", "none", "unknown", "true", "false", "undefined", "system", "administrator", "root", "n/a", "na", "anonymous"};

bool is_somebody(std::string_view value) {
  if (std::ranges::count_if(value, is_letter) < 2 && std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return false;
  return std::ranges::none_of(kNobody, [&](std::string_view nobody) { return nobody.size() == value.size() && ends_with_word(value, nobody); });
}

constexpr std::string_view kBirthWords[] = {"birth", "born", "dob", "d.o.b", "bday", "geburt", "geboren", "naissance", "né le", "née le", "nacimiento", "nascita", "nascimento", "nato il", "nata il", "geb."};
constexpr std::string_view kMonths[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
                                        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec"};
constexpr int kYearMin = 1900, kYearMax = 2099;
/// Between the word and the date: a key's end, a place and a preposition.
constexpr std::size_t kBirthWordBytes = 36;
/// Between a month and the day behind it.
constexpr std::size_t kMonthGapMax = 4;

/// A heading of columns, in bytes, and how many names it has at least.
constexpr std::size_t kHeadingBytesMax = 256, kHeadingNamesMin = 3;
constexpr std::string_view kBirthColumns[] = {"dob", "birthdate", "birth_date", "birthday", "date_of_birth", "dateofbirth", "geburtsdatum", "date_naissance", "fecha_nacimiento", "data_nascita"};

bool is_of_heading(char c) { return is_letter(c) || c == '_' || c == ' ' || c == '"'; }

/// Whether the date [from, to) is all of a column's value.
bool is_field(std::string_view text, std::size_t from, std::size_t to) {
  constexpr std::string_view kDivides = ",;\t\"";
  const char after = char_at(text, to);
  return from > 0 && kDivides.find(text[from - 1]) != std::string_view::npos && (to == text.size() || kDivides.find(after) != std::string_view::npos || after == ' ' || after == '\n' || after == '\r' || after == '\\');
}

/// Digits at `at`, no more than `most`; their value, and `at` behind them. -1 if there are none or more.
int number_at(std::string_view text, std::size_t& at, std::size_t most) {
  int value = 0;
  const std::size_t from = at;
  while (at - from <= most && is_digit(char_at(text, at))) value = value * 10 + (text[at++] - '0');
  return at == from || at - from > most ? -1 : value;
}

bool is_year(int year, std::size_t digits) { return digits == 4 ? year >= kYearMin && year <= kYearMax : digits == 2; }

std::size_t month_length(std::string_view text, std::size_t at) {
  for (const std::string_view month : kMonths) {
    if (at + month.size() <= text.size() && ends_with_word(text.substr(at, month.size()), month) && !is_letter(char_at(text, at + month.size()))) return month.size();
  }
  return 0;
}

/// 1976-12-20, 20.12.1976, 12/20/1976, 20/12/76; behind it, or 0.
std::size_t end_of_numeric_date(std::string_view text, std::size_t at) {
  std::size_t end = at;
  const int first = number_at(text, end, 4);
  const std::size_t first_digits = end - at;
  const char separator = char_at(text, end);
  if (first < 0 || first_digits == 3 || (separator != '-' && separator != '/' && separator != '.')) return 0;
  const int second = number_at(text, ++end, 2);
  if (second < 1 || second > 31 || char_at(text, end) != separator) return 0;
  const std::size_t third_at = ++end;
  const int third = number_at(text, end, 4);
  const std::size_t third_digits = end - third_at;
  if (third < 0 || is_word(char_at(text, end))) return 0;
  if (first_digits == 4) return is_year(first, 4) && second <= 12 && third >= 1 && third <= 31 && third_digits <= 2 ? end : 0;
  const bool is_day = first >= 1 && first <= 31 && std::min(first, second) <= 12;
  return is_day && is_year(third, third_digits) ? end : 0;
}

/// The month that ends right before `at`, but for a space or a point; where it begins, or `at` if none does.
std::size_t month_before(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end > 0 && at - end < kMonthGapMax && (text[end - 1] == ' ' || text[end - 1] == '.')) --end;
  std::size_t from = end;
  while (from > 0 && is_letter(text[from - 1]) && end - from < 10) --from;
  return end < at && end > from && month_length(text, from) == end - from ? from : at;
}

/// 20 December 1976, 20th of Dec. 1976, and December 20, 1976, of which the month stands before `at`; `from` is where it begins then. Behind it, or 0.
std::size_t end_of_written_date(std::string_view text, std::size_t at, std::size_t& from) {
  std::size_t end = at;
  const int day = number_at(text, end, 2);
  if (day < 1 || day > 31) return 0;
  if (is_letter(char_at(text, end))) end = std::min(end + 2, text.size());  // 1st, 2nd, 3rd, 4th
  const auto skip = [&](std::string_view what) {
    while (end < text.size() && what.find(text[end]) != std::string_view::npos) ++end;
  };
  const std::size_t day_end = end;
  skip(" .-");
  if (text.substr(end).starts_with("of ")) end += 3;
  const bool month_follows = end > day_end && is_letter(char_at(text, end));
  if (month_follows) {
    const std::size_t month = month_length(text, end);
    if (month == 0) return 0;
    end += month;
  }
  skip(" .,-");
  const std::size_t year_at = end;
  const int year = number_at(text, end, 4);
  if (year < 0 || end - year_at != 4 || !is_year(year, 4) || is_word(char_at(text, end))) return 0;
  if (!month_follows) from = month_before(text, at);
  return month_follows || from != at ? end : 0;
}

}  // namespace

std::optional<Finding> person_behind(std::string_view text, std::size_t at) {
  std::size_t name_end = at;
  while (name_end > 0 && (text[name_end - 1] == '"' || text[name_end - 1] == '\'' || text[name_end - 1] == '\\' || text[name_end - 1] == ' ')) --name_end;
  if (at - name_end > 3 || !may_end_person_field(text, name_end) || !is_person_field(text, name_end)) return std::nullopt;
  std::size_t from = at + 1;
  while (char_at(text, from) == ' ' && from - at < 4) ++from;
  while (char_at(text, from) == '\\') ++from;
  const char open = char_at(text, from);
  const char quote = open == '"' || open == '\'' ? open : '\0';
  if (quote != '\0') ++from;
  const std::size_t to = end_of_value(text, from, text[at] == '>' ? '<' : quote);
  const std::string_view value = text.substr(from, to - from);
  if (value.empty() || !is_somebody(value) || is_word(char_at(text, to)) || char_at(text, to) == '(') return std::nullopt;
  if (std::string_view("@/\\").find(char_at(text, to)) != std::string_view::npos && !(char_at(text, to) == '\\' && char_at(text, to + 1) == '"')) return to == text.size() ? std::optional(Finding{from, to, Kind::kPerson}) : std::nullopt;
  return Finding{from, to, Kind::kPerson};
}

bool has_birth_column(std::string_view text) {
  std::size_t end = 0, names = 1;
  char divides = '\0';
  bool is_there = false;
  for (std::size_t from = 0; end <= std::min(text.size(), kHeadingBytesMax); ++end) {
    const char c = char_at(text, end);
    if (is_of_heading(c)) continue;
    std::string_view name = text.substr(from, end - from);
    while (name.starts_with('"')) name.remove_prefix(1);
    for (const std::string_view column : kBirthColumns) is_there = is_there || (name.size() >= column.size() && ends_with_word(name.substr(0, column.size()), column) && !is_word(char_at(name, column.size())));
    if (divides == '\0' && (c == ',' || c == ';' || c == '\t')) divides = c;
    if (c != divides || c == '\0') break;
    ++names;
    from = end + 1;
  }
  return is_there && names >= kHeadingNamesMin;
}

bool birth_word_at(std::string_view text, std::size_t at) {
  const char first = lower(char_at(text, at)), third = lower(char_at(text, at + 2));
  for (const std::string_view word : kBirthWords) {
    if (word[0] == first && word[2] == third && at + word.size() <= text.size() && ends_with_word(text.substr(at, word.size()), word)) return true;
  }
  return false;
}

std::optional<Finding> birth_date_at(std::string_view text, std::size_t at) {
  const char before = char_before(text, at);
  if (is_word(before) || before == '.' || (before == ':' && at >= 2 && is_digit(text[at - 2]))) return std::nullopt;
  std::size_t from = at;
  std::size_t end = end_of_numeric_date(text, at);
  if (end == 0) end = end_of_written_date(text, at, from);
  if (end == 0) return std::nullopt;
  if (!is_near_before(text, from, kBirthWordBytes, kBirthWords) && !(is_field(text, from, end) && has_birth_column(text))) return std::nullopt;
  return Finding{from, end, Kind::kBirthDate};
}

}  // namespace tocsin::protect
