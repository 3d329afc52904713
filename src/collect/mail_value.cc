// Values with parameters (RFC 2045, 5.1), also where they are cut and encoded (RFC 2231); dates.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/url_host.h"
#include "collect/mail_coding.h"
#include "collect/mail_header.h"

namespace tocsin {

namespace {

/// Parts of a value that was cut: what comes behind is left out.
constexpr int kPiecesMax = 64;

/// A parameter as it was written: name*number*=value.
struct Written {
  std::string name;
  int number = 0;
  bool encoded = false;
  std::string value;
};

/// Takes `name=value` from the beginning of `rest`; nothing at its end, or where nothing of that kind is.
std::optional<Written> take_parameter(std::string_view& rest) {
  const std::size_t equals = rest.find_first_of("=;");
  if (equals == std::string_view::npos || rest[equals] == ';') {
    rest.remove_prefix(equals == std::string_view::npos ? rest.size() : equals + 1);
    return std::nullopt;
  }
  Written written;
  written.name = lower_case(trimmed(rest.substr(0, equals)));
  rest = rest.substr(equals + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  std::size_t end = 0;
  if (rest.starts_with('"')) {
    bool open = true;
    for (end = 1; end < rest.size() && open; ++end) {
      if (rest[end] == '\\' && end + 1 < rest.size()) {
        written.value += rest[++end];
      } else if (rest[end] == '"') {
        open = false;
      } else {
        written.value += rest[end];
      }
    }
    end = std::min(rest.find(';', end), rest.size());
  } else {
    end = std::min(rest.find(';'), rest.size());
    written.value = trimmed(rest.substr(0, end));
  }
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return written;
}

/// The marks of RFC 2231 behind a name.
void take_marks(Written& written) {
  if (written.name.ends_with('*')) {
    written.encoded = true;
    written.name.pop_back();
  }
  const std::size_t star = written.name.rfind('*');
  if (star == std::string::npos) return;
  const char* const begin = written.name.data() + star + 1;
  const char* const end = written.name.data() + written.name.size();
  int number = 0;
  if (const auto read = std::from_chars(begin, end, number); read.ec != std::errc() || read.ptr != end || number < 0) return;
  written.number = number;
  written.name.resize(star);
}

/// The pieces of one parameter as what they mean.
std::string joined(const std::map<int, Written>& pieces, Charsets& charsets) {
  std::string bytes, charset;
  bool encoded = false;
  int next = 0;
  for (const auto& [number, piece] : pieces) {
    if (number != next++) break;
    std::string_view value = piece.value;
    if (piece.encoded && number == 0) {
      encoded = true;
      if (const std::size_t first = value.find('\''), second = value.find('\'', first + 1); first != std::string_view::npos && second != std::string_view::npos) {
        charset = value.substr(0, first);
        value.remove_prefix(second + 1);
      }
    }
    bytes += piece.encoded ? percent_decoded(value) : std::string(value);
  }
  if (!encoded) return charsets.words(bytes);  // against RFC 2047, 5, and in every mailbox
  std::string text;
  charsets.append(bytes, charset, text);
  return text;
}

}  // namespace

MailValue mail_value(std::string_view value, Charsets& charsets) {
  MailValue out;
  const std::string plain = without_comments(value);
  std::string_view rest = plain;
  const std::size_t end = std::min(rest.find(';'), rest.size());
  out.value = lower_case(trimmed(rest.substr(0, end)));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  std::map<std::string, std::map<int, Written>> parameters;
  std::vector<std::string> order;
  for (std::size_t count = 0; !rest.empty() && count < kMailParametersMax; ++count) {
    std::optional<Written> written = take_parameter(rest);
    if (!written || written->name.empty()) continue;
    take_marks(*written);
    if (written->number >= kPiecesMax) continue;
    auto& pieces = parameters[written->name];
    if (pieces.empty()) order.push_back(written->name);
    // name* says it better than name, wherever it stands (RFC 6266, 4.3 says so of another header).
    const auto held = pieces.find(written->number);
    if (held == pieces.end() || (written->encoded && !held->second.encoded)) pieces[written->number] = std::move(*written);
  }
  for (const std::string& name : order) out.parameters.push_back({name, joined(parameters[name], charsets)});
  return out;
}

std::string_view MailValue::parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? std::string_view() : std::string_view(found->value);
}

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n,"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n,"));
  rest.remove_prefix(word.size());
  return word;
}

int number_of(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? number : -1;
}

/// hh:mm[:ss]
bool take_clock(std::string_view text, CivilTime& time) {
  const std::size_t first = text.find(':'), second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (first == std::string_view::npos) return false;
  time.hour = number_of(text.substr(0, first));
  time.minute = number_of(text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1));
  time.second = second == std::string_view::npos ? 0 : number_of(text.substr(second + 1));
  return time.hour >= 0 && time.hour < 24 && time.minute >= 0 && time.minute < 60 && time.second >= 0 && time.second <= 60;
}

/// Minutes east of UTC. Names that are not in RFC 5322, 4.3 say nothing: UTC.
int zone_minutes(std::string_view zone) {
  if (zone.size() == 5 && (zone[0] == '+' || zone[0] == '-')) {
    const int digits = number_of(zone.substr(1));
    if (digits < 0) return 0;
    const int minutes = digits / 100 * 60 + digits % 100;
    return zone[0] == '-' ? -minutes : minutes;
  }
  constexpr std::array<std::pair<std::string_view, int>, 8> kZones = {{{"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}}};
  const std::string name = lower_case(zone);
  const auto found = std::ranges::find_if(kZones, [&](const auto& one) { return one.first == name; });
  return found == kZones.end() ? 0 : found->second * 60;
}

int days_of(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

}  // namespace

TimeUs mail_date(std::string_view text) {
  const std::string plain = without_comments(text);
  std::string_view rest = plain;
  std::string_view word = take_word(rest);
  if (!word.empty() && (word[0] < '0' || word[0] > '9')) word = take_word(rest);  // the day of the week
  CivilTime time;
  time.day = number_of(word);
  const std::string month = lower_case(take_word(rest)).substr(0, 3);
  const auto found = std::ranges::find(kMonths, month);
  time.year = number_of(take_word(rest));
  if (found == kMonths.end() || time.year < 0 || time.year > 9999 || !take_clock(take_word(rest), time)) return kNoTime;
  time.month = static_cast<int>(found - kMonths.begin()) + 1;
  if (time.year < 50) time.year += 2000;
  if (time.year < 1000) time.year += 1900;
  if (time.day < 1 || time.day > days_of(time.year, time.month)) return kNoTime;
  return to_time(time) - static_cast<TimeUs>(zone_minutes(take_word(rest))) * 60'000'000;
}

}  // namespace tocsin
