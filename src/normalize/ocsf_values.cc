#include "normalize/ocsf_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "base/address.h"
#include "base/text.h"
#include "base/time.h"
#include "event/event.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

namespace {

bool is_digit_of_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void append_quoted(std::string_view text, std::string& out) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

bool read_integer(std::string_view text, std::int64_t& number) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  return error == std::errc() && stop == text.data() + text.size() && !text.empty();
}

/// What is a number in JSON too.
bool is_float(std::string_view text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return false;
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool led_by_zero = digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
  return !digits.empty() && digits.front() >= '0' && digits.front() <= '9' && digits.back() != '.' && !led_by_zero &&
         digits.find(".e") == std::string_view::npos && digits.find(".E") == std::string_view::npos;
}

bool append_bool(std::string_view text, std::string& out) {
  constexpr std::pair<std::string_view, bool> kWords[] = {{"true", true}, {"false", false}, {"True", true}, {"False", false}, {"TRUE", true},
                                                          {"FALSE", false}, {"T", true},    {"F", false},   {"1", true},      {"0", false},
                                                          {"yes", true},  {"no", false}};
  const auto at = std::ranges::find(kWords, text, &std::pair<std::string_view, bool>::first);
  if (at == std::end(kWords)) return false;
  out.append(at->second ? "true" : "false");
  return true;
}

/// "203.0.113.7:51234", "[2001:db8::1]:443", "fe80::1%12" without what is no address.
std::string_view address_in(std::string_view text) {
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) text = text.substr(0, colon);
  }
  return text.substr(0, text.find('%'));
}

bool append_address(std::string_view text, std::string& out) {
  const std::string_view address = address_in(text);
  if (!is_address(address)) return false;
  append_quoted(address, out);
  return true;
}

/// "AA:BB:CC:DD:EE:FF", with colons or hyphens.
bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = i % 3 == 2;
    if (separator ? text[i] != ':' && text[i] != '-' : !is_digit_of_hex(text[i])) return false;
  }
  return true;
}

/// As the schema has it: letters, digits and "!#$%&'*+,-./=?^_`{|}~" before the @; behind it a label, a dot, and labels.
bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos) return false;
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  constexpr std::string_view kMarks = "!#$%&'*+,-./=?^_`{|}~";
  if (!std::ranges::all_of(local, [&](char c) { return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos; })) return false;
  const std::size_t dot = domain.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == domain.size()) return false;
  return std::ranges::all_of(domain, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_digit_of_hex(text[i])) return false;
  }
  return true;
}

bool append_if(bool good, std::string_view text, std::string& out) {
  if (good) append_quoted(text, out);
  return good;
}

/// Shorter is a number.
constexpr std::size_t kHashDigitsMin = 16;

struct Algorithm {
  std::string_view name;  // as events write it
  std::size_t digits;     // of a hash without a name; 0: only by name
  int id;
};
constexpr Algorithm kAlgorithms[] = {{"MD5", 32, 1},     {"SHA1", 40, 2},    {"SHA-1", 0, 2},   {"SHA256", 64, 3},  {"SHA-256", 0, 3},
                                     {"SHA384", 96, 9},  {"SHA-384", 0, 9},  {"SHA512", 128, 4}, {"SHA-512", 0, 4}, {"IMPHASH", 0, 18}};

bool same_word(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

/// Unknown to the schema is no reason to lose it.
void append_fingerprint(std::string_view name, std::string_view digits, std::string& out) {
  int id = 99;
  for (const Algorithm& algorithm : kAlgorithms) {
    if (name.empty() ? algorithm.digits == digits.size() : same_word(algorithm.name, name)) id = algorithm.id;
  }
  if (name.empty() && id == 99) id = 0;
  out.append("{\"algorithm_id\":");
  append_integer(id, out);
  if (id == 99) {
    out.append(",\"algorithm\":");
    append_quoted(name, out);
  }
  out.append(",\"value\":");
  append_quoted(digits, out);
  out.push_back('}');
}

}  // namespace

void append_integer(std::int64_t number, std::string& out) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

bool is_address(std::string_view text) {
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(text, bytes, v6);
}

bool append_ocsf(OcsfKind kind, std::string_view text, std::string& out) {
  std::int64_t number = 0;
  switch (kind) {
    case OcsfKind::kText:
    case OcsfKind::kJson: return append_if(true, text, out);
    case OcsfKind::kInteger:
      if (!read_integer(text, number)) return false;
      append_integer(number, out);
      return true;
    case OcsfKind::kPort:
      if (!read_integer(text, number) || number < 0 || number > 65'535) return false;
      append_integer(number, out);
      return true;
    case OcsfKind::kFloat:
      if (!is_float(text)) return false;
      out.append(text);
      return true;
    case OcsfKind::kBool: return append_bool(text, out);
    case OcsfKind::kIp: return append_address(text, out);
    case OcsfKind::kMac: return append_if(is_mac(text), text, out);
    case OcsfKind::kEmail: return append_if(is_email(text), text, out);
    case OcsfKind::kUuid:
      if (text.size() > 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
      return append_if(is_uuid(text), text, out);
    case OcsfKind::kTime:
    case OcsfKind::kDatetime:
    case OcsfKind::kBytes:
    case OcsfKind::kSubnet:
    case OcsfKind::kObject: return false;  // a time is read where there is a Value; the others are nobody's leaf
  }
  return false;
}

std::size_t append_fingerprints(std::string_view text, std::string& out) {
  std::size_t count = 0;
  const std::size_t size = out.size();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",; "), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = part.find('=');
    const std::string_view name = equals == std::string_view::npos ? std::string_view() : part.substr(0, equals);
    const std::string_view digits = equals == std::string_view::npos ? part : part.substr(equals + 1);
    if (part.empty()) continue;
    if (digits.size() < kHashDigitsMin || !std::ranges::all_of(digits, is_digit_of_hex)) {
      out.resize(size);
      return 0;
    }
    if (count > 0) out.push_back(',');
    append_fingerprint(name, digits, out);
    ++count;
  }
  return count;
}

}  // namespace tocsin
