#include "respond/cacao/value.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/canonical_json.h"
#include "base/ip_network.h"
#include "respond/cacao/read_playbook.h"

namespace tocsin::cacao {

namespace {

bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return low;
}

template <class Whole>
std::optional<std::string> whole_number(std::string_view text) {
  Whole number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(number);
}

/// 10.18: an address, or a network.
std::optional<std::string> address(std::string_view text, bool v4) {
  const std::optional<IpNetwork> network = read_network(text);
  if (!network || network->base.is_v4() != v4) return std::nullopt;
  return network_text(*network);
}

std::optional<std::string> mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' && text[i] != '-' : !is_hex(text.substr(i, 1))) return std::nullopt;
  }
  std::string low = lower(text);
  std::ranges::replace(low, '-', ':');
  return low;
}

std::optional<std::string> hex(std::string_view text, std::size_t size) {
  if (!is_hex(text) || (size != 0 && text.size() != size)) return std::nullopt;
  return lower(text);
}

std::optional<std::string> real_number(std::string_view text) {
  const std::optional<Number> number = read_number(text);
  if (!number) return std::nullopt;
  std::string spelled;
  append_canonical_number(spelled, std::visit([](auto value) { return static_cast<double>(value); }, *number));
  return spelled;
}

bool has_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '.'; };
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() && std::ranges::all_of(text.substr(0, colon), is_letter);
}

std::optional<std::string> dictionary(std::string_view text) {
  Result<std::string> sound = canonical_json(text);
  if (!sound || !sound->starts_with('{')) return std::nullopt;
  return std::move(*sound);
}

template <class A, class B>
std::strong_ordering ordering(A left, B right) {
  return left < right ? std::strong_ordering::less : left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
}

/// 2^63: the first double that is no int64_t.
constexpr double kBeyondWhole = 9223372036854775808.0;

std::strong_ordering compare(std::int64_t whole, double real) {
  if (real >= kBeyondWhole) return std::strong_ordering::less;
  if (real < -kBeyondWhole) return std::strong_ordering::greater;
  const double floor = std::floor(real);
  const std::strong_ordering by_whole = ordering(whole, static_cast<std::int64_t>(floor));
  return by_whole == std::strong_ordering::equal && real > floor ? std::strong_ordering::less : by_whole;
}

}  // namespace

std::optional<std::string> one_spelling(VariableType type, std::string_view value) {
  constexpr std::size_t kMd5Digits = 32, kSha256Digits = 64;
  switch (type) {
    case VariableType::kBool: return value == "true" || value == "false" ? std::optional<std::string>(value) : std::nullopt;
    case VariableType::kDictionary: return dictionary(value);
    case VariableType::kFloat: return real_number(value);
    case VariableType::kHash:
    case VariableType::kHexstring: return hex(value, 0);
    case VariableType::kInteger: return whole_number<std::int32_t>(value);
    case VariableType::kLong: return whole_number<std::int64_t>(value);
    case VariableType::kIpv4: return address(value, true);
    case VariableType::kIpv6: return address(value, false);
    case VariableType::kMac: return mac(value);
    case VariableType::kMd5: return hex(value, kMd5Digits);
    case VariableType::kSha256: return hex(value, kSha256Digits);
    case VariableType::kString: return std::string(value);
    case VariableType::kUri: return has_scheme(value) ? std::optional<std::string>(value) : std::nullopt;
    case VariableType::kUuid: return type_of_id("uuid--" + std::string(value)).empty() ? std::nullopt : std::optional(lower(value));
  }
  return std::nullopt;
}

bool fits(VariableType type, std::string_view value) { return one_spelling(type, value).has_value(); }

bool same_value(const Variable& variable, std::string_view value) {
  if (!variable.value) return false;
  const std::optional<std::string> own = one_spelling(variable.type, *variable.value);
  return own && own == one_spelling(variable.type, value);
}

std::optional<Number> read_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc() && at == end) return whole;
  double real = 0;
  const auto [at, error] = std::from_chars(text.data(), end, real);
  if (error != std::errc() || at != end || !std::isfinite(real)) return std::nullopt;
  return real;
}

std::strong_ordering compare_numbers(const Number& left, const Number& right) {
  const std::int64_t* const whole_left = std::get_if<std::int64_t>(&left);
  const std::int64_t* const whole_right = std::get_if<std::int64_t>(&right);
  if (whole_left != nullptr && whole_right != nullptr) return ordering(*whole_left, *whole_right);
  if (whole_left != nullptr) return compare(*whole_left, std::get<double>(right));
  if (whole_right != nullptr) return 0 <=> compare(*whole_right, std::get<double>(left));
  return ordering(std::get<double>(left), std::get<double>(right));
}

std::optional<std::string> from_base64(std::string_view text, Base64 kind) {
  std::string plain(text);
  if (kind == Base64::kUrl) {
    if (text.find_first_of("+/=") != std::string_view::npos || text.size() % 4 == 1) return std::nullopt;
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
  }
  const std::size_t digits = plain.find_last_not_of('=') + 1;
  const auto is_digit = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'; };
  if (plain.size() % 4 != 0 || plain.size() - digits > 2 || !std::ranges::all_of(plain.substr(0, digits), is_digit)) return std::nullopt;  // OpenSSL passes over blanks
  std::string bytes(plain.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - (plain.size() - digits));
  if (to_base64(bytes, kind) != text) return std::nullopt;  // bits behind the last byte: two texts for the same bytes
  return bytes;
}

std::string to_base64(std::string_view bytes, Base64 kind) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  if (kind == Base64::kPlain) return text;
  text.resize(text.find_last_not_of('=') + 1);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace tocsin::cacao
