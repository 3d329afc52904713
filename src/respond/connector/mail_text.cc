#include "respond/connector/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "collect/base64.h"

namespace tocsin::respond {

namespace {

/// RFC 5322, 2.1.1 lets a line have 998; what is near that is cut by some.
constexpr std::size_t kPlainLineMax = 900;
/// RFC 2045, 6.8: of bytes in a line of base64, 76 characters.
constexpr std::size_t kBase64LineBytes = 57;
/// RFC 2047, 2: a word has 75 characters.
constexpr std::size_t kWordBytes = 45;
/// So much of a subject stands as it is.
constexpr std::size_t kPlainSubjectMax = 200;

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// RFC 5322, 3.3.
std::string date_text(TimeUs time) {
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(time)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

/// As words of RFC 2047, each whole characters, a line each.
std::string subject_text(std::string_view subject) {
  if (is_printable(subject) && subject.size() <= kPlainSubjectMax && subject.find("=?") == std::string_view::npos) return std::string(subject);
  std::string out;
  while (!subject.empty()) {
    std::size_t size = 0;
    while (size < subject.size()) {
      const std::size_t next = char_at(subject, size).size;
      if (size + next > kWordBytes) break;
      size += next;
    }
    out += out.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?";
    append_base64(out, subject.substr(0, size));
    out += "?=";
    subject.remove_prefix(size);
  }
  return out;
}

/// With one kind of line end.
std::string with_line_ends(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') out += "\r\n";
    else out += text[i];
  }
  return out;
}

bool is_plain(std::string_view text) {
  std::size_t line = 0;
  for (const char c : text) {
    line = c == '\n' ? 0 : line + 1;
    if (line > kPlainLineMax || (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) return false;  // a byte above ASCII is below, too: char is signed
  }
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > kMailAddressBytesMax || text.find('@', at + 1) != std::string_view::npos) return false;
  const std::string_view name = text.substr(0, at), domain = text.substr(at + 1);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  // RFC 5322, 3.2.3: a dot-atom.
  const bool good_name = std::ranges::all_of(name, [&](char c) { return is_letter(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos; });
  const bool good_domain = !domain.empty() && std::ranges::all_of(domain, [&](char c) { return is_letter(c) || c == '-' || c == '.'; });
  const auto good_dots = [](std::string_view part) { return !part.starts_with('.') && !part.ends_with('.') && part.find("..") == std::string_view::npos; };
  return good_name && good_domain && good_dots(name) && good_dots(domain) && !domain.starts_with('-');
}

Result<std::vector<std::string>> read_mail_addresses(std::string_view text) {
  std::vector<std::string> addresses;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!is_mail_address(one)) return Error{Code::kInvalid, fmt::format("'{}' is no address of a mailbox (name@example.org, with commas between several)", terminal_safe(one))};
    if (addresses.size() == kRecipientsMax) return Error{Code::kLimit, fmt::format("more than {} recipients", kRecipientsMax)};
    addresses.emplace_back(one);
    if (end == text.size()) return addresses;
    text.remove_prefix(end + 1);
  }
}

Result<std::string> mail_text(const MailParts& parts) {
  if (parts.subject.size() > kSubjectBytesMax) return Error{Code::kLimit, fmt::format("the subject has more than {} bytes", kSubjectBytesMax)};
  if (std::ranges::any_of(parts.subject, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; })) return Error{Code::kInvalid, "the subject has a line end or another control character"};
  if (!is_valid_utf8(parts.subject) || !is_valid_utf8(parts.text)) return Error{Code::kInvalid, "subject and text have to be UTF-8"};
  const std::string text = with_line_ends(parts.text);
  const bool plain = is_plain(text);
  std::string mail = fmt::format("Date: {}\r\nFrom: Tocsin <{}>\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}>\r\n", date_text(parts.now), parts.from, fmt::join(parts.to, ",\r\n "), subject_text(parts.subject), parts.id);
  mail += fmt::format("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
  if (plain) return mail + text + (text.ends_with('\n') ? "" : "\r\n");
  for (std::size_t at = 0; at < text.size(); at += kBase64LineBytes) {
    append_base64(mail, std::string_view(text).substr(at, kBase64LineBytes));
    mail += "\r\n";
  }
  return mail;
}

}  // namespace tocsin::respond
