#include "detect/correlate/number.h"

#include <algorithm>
#include <cmath>

namespace tocsin::correlate {
namespace {

constexpr Wide kFixedMax = static_cast<Wide>(1'000'000'000'000'000'000) * kFixedOne;
/// 28 digits hold the largest Fixed; more digits than that only say how large or how fine.
constexpr int kDigitsKept = 30;
/// Beyond it, a number is too large or nothing is left of it.
constexpr int kExponentMax = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits and a point, as mantissa times ten to the exponent.
struct Decimal {
  Wide mantissa = 0;
  int exponent = 0;
  int digits = 0;   // seen at all
  int kept = 0;     // significant, in the mantissa
  std::size_t end = 0;
};

Decimal read_decimal(std::string_view text, std::size_t at) {
  Decimal number;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(text[at])) break;
    ++number.digits;
    const bool keep = number.kept < kDigitsKept;
    if (keep) number.mantissa = number.mantissa * 10 + (text[at] - '0');
    if (keep && number.mantissa != 0) ++number.kept;
    if (!keep && !point) number.exponent = std::min(number.exponent + 1, kExponentMax);
    if (keep && point) number.exponent = std::max(number.exponent - 1, -kExponentMax);
  }
  number.end = at;
  return number;
}

/// The exponent from `at` to the end of the text.
std::optional<int> read_exponent(std::string_view text, std::size_t at) {
  if (at == text.size()) return 0;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  ++at;
  const bool minus = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  if (at == text.size()) return std::nullopt;
  int value = 0;
  for (; at < text.size(); ++at) {
    if (!is_digit(text[at])) return std::nullopt;
    value = std::min(value * 10 + (text[at] - '0'), kExponentMax);
  }
  return minus ? -value : value;
}

}  // namespace

std::optional<Fixed> parse_fixed(std::string_view text) {
  const bool minus = !text.empty() && text[0] == '-';
  const std::size_t first = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const Decimal number = read_decimal(text, first);
  if (number.digits == 0) return std::nullopt;
  const std::optional<int> exponent = read_exponent(text, number.end);
  if (!exponent) return std::nullopt;
  Wide value = number.mantissa;
  int shift = number.exponent + *exponent + 9;
  for (; shift > 0 && value != 0; --shift) {
    value *= 10;
    if (value > kFixedMax) return std::nullopt;
  }
  for (; shift < 0 && value != 0; ++shift) value /= 10;
  if (value > kFixedMax) return std::nullopt;
  return minus ? -value : value;
}

Fixed to_fixed(double value) {
  const long double scaled = static_cast<long double>(value) * kFixedOne;
  if (!(scaled < static_cast<long double>(kFixedMax))) return kFixedMax;
  if (scaled < -static_cast<long double>(kFixedMax)) return -kFixedMax;
  return static_cast<Fixed>(std::round(scaled));
}

double to_double(const Measure& measure) {
  return static_cast<double>(static_cast<long double>(measure.numerator) /
                             static_cast<long double>(measure.denominator) / kFixedOne);
}

Measure percentile(std::vector<Fixed>& values, double percent) {
  constexpr std::int64_t kWhole = 100'000'000;  // 100 percent, in millionths of a percent
  const std::int64_t part = std::llround(std::clamp(percent, 0.0, 100.0) * 1e6);
  const Wide rank = static_cast<Wide>(values.size() - 1) * part;
  const auto below = static_cast<std::size_t>(rank / kWhole);
  const Wide rest = rank % kWhole;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  if (rest == 0) return {*at, 1};
  const Fixed above = *std::min_element(at + 1, values.end());
  return {*at * (kWhole - rest) + above * rest, kWhole};
}

bool holds(const Limit& limit, const Measure& measure) {
  using Op = sigma::Correlation::Bound::Op;
  const Wide bound = limit.value * measure.denominator;
  switch (limit.op) {
    case Op::kGt: return measure.numerator > bound;
    case Op::kGte: return measure.numerator >= bound;
    case Op::kLt: return measure.numerator < bound;
    case Op::kLte: return measure.numerator <= bound;
    case Op::kEq: return measure.numerator == bound;
    case Op::kNeq: return measure.numerator != bound;
  }
  return false;
}

bool hold(const std::vector<Limit>& limits, const Measure& measure) {
  return std::all_of(limits.begin(), limits.end(), [&](const Limit& limit) { return holds(limit, measure); });
}

}  // namespace tocsin::correlate
