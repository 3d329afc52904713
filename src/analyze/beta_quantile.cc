#include "analyze/beta_quantile.h"

#include <cmath>
#include <initializer_list>

namespace tocsin::analyze {

namespace {

constexpr int kTermsMax = 2'000, kHalvings = 60;
constexpr double kTiny = 1e-300, kDone = 1e-14, kLogOddsMax = 60;

double not_nothing(double value) { return std::abs(value) < kTiny ? kTiny : value; }

/// Lentz's way to work out a continued fraction from its front. Converges fast for x < (a + 1) / (a + b + 2).
double fraction(double x, double a, double b) {
  double c = 1, d = 1 / not_nothing(1 - (a + b) * x / (a + 1)), result = d;
  for (int m = 1; m < kTermsMax; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (const double term : {even, odd}) {
      d = 1 / not_nothing(1 + term * d);
      c = not_nothing(1 + term / c);
      result *= d * c;
    }
    if (std::abs(d * c - 1) < kDone) break;
  }
  return result;
}

/// ln Γ is read by one thread at a time elsewhere (its sign is global in glibc); this one is not.
double ln_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

/// With both x and 1 - x, of which one may be too small to be told from the other's 1.
double share_of(double x, double rest, double a, double b) {
  if (x <= 0 || rest <= 0) return x <= 0 ? 0 : 1;
  const double front = std::exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * std::log(x) + b * std::log(rest));
  return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(rest, b, a) / b;
}

}  // namespace

double beta_share(double x, double a, double b) { return share_of(x, 1 - x, a, b); }

double beta_quantile(double share, double a, double b) {
  double low = -kLogOddsMax, high = kLogOddsMax;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    const bool is_below = share_of(1 / (1 + std::exp(-middle)), 1 / (1 + std::exp(middle)), a, b) < share;
    (is_below ? low : high) = middle;
  }
  return 1 / (1 + std::exp(-low));
}

}  // namespace tocsin::analyze
