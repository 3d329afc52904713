#include "analyze/beta_quantile.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tocsin::analyze {
namespace {

/// Where there is a closed form: Beta(1, n), Beta(n, 1), Beta(2, 2), and the arcsine distribution.
TEST(BetaQuantile, IsThatOfClosedForms) {
  for (const double share : {0.001, 0.05, 0.25, 0.5, 0.9, 0.95, 0.999}) {
    for (const double n : {0.2, 1.0, 3.0, 40.0, 5'000.0}) {
      const double of_first = -std::expm1(std::log1p(-share) / n);
      EXPECT_NEAR(beta_quantile(share, 1, n) / of_first, 1, 1e-9) << share << ' ' << n;
      const double of_second = std::pow(share, 1 / n);
      if (of_second > 1e-20) {
        EXPECT_NEAR(beta_quantile(share, n, 1) / of_second, 1, 1e-9) << share << ' ' << n;
      }
    }
    const double sine = std::sin(share * std::acos(-1.0) / 2);
    EXPECT_NEAR(beta_quantile(share, 0.5, 0.5), sine * sine, 1e-10) << share;
    const double x = beta_quantile(share, 2, 2);
    EXPECT_NEAR(x * x * (3 - 2 * x), share, 1e-10);
  }
}

/// I_x(a, b) for whole numbers is the chance of at least a successes of a + b - 1 (Abramowitz and Stegun 26.5.24).
TEST(BetaQuantile, ShareIsTheSumOfABinomial) {
  for (const int a : {1, 2, 7, 30}) {
    for (const int b : {1, 3, 50}) {
      for (const double x : {0.01, 0.3, 0.77}) {
        const int n = a + b - 1;
        double sum = 0;
        for (int k = a; k <= n; ++k) sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(x) + (n - k) * std::log1p(-x));
        EXPECT_NEAR(beta_share(x, a, b), sum, 1e-11) << a << ' ' << b << ' ' << x;
      }
    }
  }
}

TEST(BetaQuantile, IsInOrderAndWithinItsEnds) {
  for (const double a : {0.02, 0.6, 5.0, 900.0}) {
    for (const double b : {0.3, 4.98, 100'000.0}) {
      const double low = beta_quantile(0.05, a, b), middle = beta_quantile(0.5, a, b), high = beta_quantile(0.95, a, b);
      EXPECT_TRUE(0 < low && low <= middle && middle <= high && high < 1) << a << ' ' << b;
      if (low > 1e-20) {
        EXPECT_NEAR(beta_share(low, a, b), 0.05, 1e-9) << a << ' ' << b;
      }
      EXPECT_GT(beta_quantile(0.5, a + 1, b), middle);
    }
  }
}

}  // namespace
}  // namespace tocsin::analyze
