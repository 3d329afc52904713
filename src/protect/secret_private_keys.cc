// Private keys as files have them, also on one line with written escapes for its breaks, as in JSON and environments. The finding is everything from BEGIN to END. Where END does
// not come, as in a log line that was cut, it is as much as looks like the body of a key.
#include <algorithm>

#include "protect/secret_hunt.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kKeyBytesMax = 32768;  // RSA of 16,384 bits in PEM is 12 KiB
constexpr std::size_t kLabelMax = 40;
constexpr std::size_t kPastBody = 80;  // a last line that was taken for prose, and END

/// Behind a header such as "Proc-Type: 4,ENCRYPTED"; `at` if there is none.
std::size_t header_end(std::string_view text, std::size_t at) {
  const std::size_t name = run_end(text, at, [](char c) { return is_alnum(c) || c == '-'; }, 32);
  if (name == at || char_at(text, name) != ':') return at;
  return run_end(text, name, [](char c) { return c != '\\' && c != '\r' && c != '\n' && c != '"'; }, 256);
}

/// Behind the body that begins at `at`: headers and lines of base64, with breaks or blanks between. What follows a blank must be long, or it is prose.
std::size_t body_end(std::string_view text, std::size_t at) {
  constexpr std::size_t kBehindBlank = 16;
  const std::size_t end = std::min(text.size(), at + kKeyBytesMax);
  std::size_t last = at;
  bool blank = false;
  while (at < end) {
    std::size_t next = header_end(text, at);
    if (next == at) next = run_end(text, at, is_base64, end - at);
    if (blank && next - at < kBehindBlank) break;
    if (next > at) last = next;
    const std::size_t line = behind_line_break(text, next);
    blank = line == next;
    const std::size_t start = blank ? run_end(text, next, is_blank, 8) : line;
    if (start == next) break;
    at = start;
  }
  return std::min(last, end);
}

}  // namespace

void hunt_pem(Hunt& hunt, std::size_t at) {
  constexpr std::string_view kDashes = "-----";
  const std::string_view text = hunt.text();
  if (at < kDashes.size() || text.substr(at - kDashes.size(), kDashes.size()) != kDashes || !stands_folded(text, at, "begin ")) return;
  const std::size_t label_end = text.substr(at, kLabelMax + 6).find(kDashes);
  if (label_end == kNowhere) return;
  const std::string_view label = text.substr(at + 6, label_end - 6);
  if (!label.ends_with("PRIVATE KEY") && label != "PGP PRIVATE KEY BLOCK") return;
  const std::size_t body = at + label_end + kDashes.size();
  const std::size_t size = body_end(text, body) - body;
  const std::string_view rest = text.substr(body, kKeyBytesMax);
  const std::size_t close = rest.substr(0, size + kPastBody).find("-----END ");
  std::size_t to = body + size;
  if (close != kNowhere) {
    const std::size_t tail = rest.find(kDashes, close + 9);
    if (tail != kNowhere && tail - close < kLabelMax + 16) to = body + tail + kDashes.size();
  } else if (size < 16) {
    return;  // somebody speaks of keys
  }
  hunt.add(at - kDashes.size(), to);
}

void hunt_putty_lines(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (at < 7 || !stands_folded(text, at - 7, "private-lines:")) return;
  std::size_t from = run_end(text, at + 7, is_blank, 4);
  const std::size_t digits = run_end(text, from, is_digit, 4);
  from = behind_line_break(text, digits);
  if (digits == from) return;
  std::size_t to = from, line = from;
  for (std::size_t lines = 0; lines < 256; ++lines) {
    const std::size_t end = run_end(text, line, is_base64, 80);
    if (end == line || char_at(text, end) == ':' || char_at(text, end) == '-') break;
    to = end;
    line = behind_line_break(text, end);
    if (line == end) break;
  }
  if (to - from >= 16) hunt.add(from, to);
}

}  // namespace tocsin::protect
