#include "detect/correlate/number.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::correlate {
namespace {

using Op = sigma::Correlation::Bound::Op;

std::string text(std::optional<Fixed> number) {
  if (!number) return "none";
  const bool minus = *number < 0;
  const auto whole = static_cast<unsigned long long>((minus ? -*number : *number) / kFixedOne);
  const auto rest = static_cast<unsigned long long>((minus ? -*number : *number) % kFixedOne);
  return (minus ? "-" : "") + std::to_string(whole) + "." + std::to_string(kFixedOne + static_cast<long long>(rest)).substr(1);
}

TEST(Number, ReadsDecimals) {
  EXPECT_EQ(text(parse_fixed("0")), "0.000000000");
  EXPECT_EQ(text(parse_fixed("4688")), "4688.000000000");
  EXPECT_EQ(text(parse_fixed("-1.5")), "-1.500000000");
  EXPECT_EQ(text(parse_fixed("+.25")), "0.250000000");
  EXPECT_EQ(text(parse_fixed("7.")), "7.000000000");
  EXPECT_EQ(text(parse_fixed("1e3")), "1000.000000000");
  EXPECT_EQ(text(parse_fixed("1250E-3")), "1.250000000");
  EXPECT_EQ(text(parse_fixed("0.00000000199")), "0.000000001");  // cut off, not rounded
  EXPECT_EQ(text(parse_fixed("1e-400")), "0.000000000");
  EXPECT_EQ(text(parse_fixed("000000000000000000000000000000000000000000001")), "1.000000000");
  EXPECT_EQ(text(parse_fixed("0.1000000000000000000000000000000000000000001")), "0.100000000");
  EXPECT_EQ(text(parse_fixed("0e99999999999")), "0.000000000");
}

TEST(Number, TakesNothingElse) {
  for (const char* bad : {"", "-", ".", "e5", "1e", "1e+", "0x10", "1,000", " 1", "1 ", "12ms", "nan", "inf", "1.2.3", "--1"}) {
    EXPECT_EQ(text(parse_fixed(bad)), "none") << bad;
  }
}

TEST(Number, HasALargest) {
  EXPECT_EQ(text(parse_fixed("1e18")), "1000000000000000000.000000000");
  EXPECT_EQ(text(parse_fixed("1000000000000000000.000000001")), "none");
  EXPECT_EQ(text(parse_fixed("-1e18")), "-1000000000000000000.000000000");
  EXPECT_EQ(text(parse_fixed("1e19")), "none");
  EXPECT_EQ(text(parse_fixed("1e99999999999999999999")), "none");
  EXPECT_EQ(text(parse_fixed(std::string(500, '9'))), "none");
  EXPECT_EQ(to_fixed(1e300), to_fixed(1e18));
  EXPECT_EQ(to_fixed(-1e300), -to_fixed(1e18));
  EXPECT_EQ(to_fixed(0.3), *parse_fixed("0.3"));
}

Fixed fixed(const char* number) { return *parse_fixed(number); }

double at_percent(std::vector<const char*> numbers, double percent) {
  std::vector<Fixed> values;
  for (const char* number : numbers) values.push_back(fixed(number));
  return to_double(percentile(values, percent));
}

TEST(Number, PercentilesInterpolateBetweenClosestRanks) {
  EXPECT_EQ(at_percent({"7"}, 99), 7);
  EXPECT_EQ(at_percent({"4", "1", "3", "2"}, 50), 2.5);  // the median
  EXPECT_EQ(at_percent({"5", "1", "3"}, 50), 3);
  EXPECT_EQ(at_percent({"40", "10", "30", "20", "50"}, 0), 10);
  EXPECT_EQ(at_percent({"40", "10", "30", "20", "50"}, 100), 50);
  EXPECT_EQ(at_percent({"40", "10", "30", "20", "50"}, 90), 46);  // rank 3.6 from 0
  EXPECT_DOUBLE_EQ(at_percent({"0", "1"}, 99.9), 0.999);
  EXPECT_EQ(at_percent({"2", "2", "2"}, 33), 2);
}

TEST(Number, ComparesWithoutDividing) {
  const Measure third = {fixed("1"), 3};
  EXPECT_TRUE(holds({Op::kGt, fixed("0.333333333")}, third));
  EXPECT_TRUE(holds({Op::kLt, fixed("0.333333334")}, third));
  EXPECT_FALSE(holds({Op::kEq, fixed("0.333333333")}, third));
  const Measure sum = {fixed("0.1") + fixed("0.2"), 1};
  EXPECT_TRUE(holds({Op::kEq, to_fixed(0.3)}, sum));
  EXPECT_TRUE(holds({Op::kGte, to_fixed(0.3)}, sum));
  EXPECT_FALSE(holds({Op::kNeq, to_fixed(0.3)}, sum));
  EXPECT_TRUE(holds({Op::kLte, to_fixed(0.3)}, sum));
  EXPECT_FALSE(holds({Op::kGt, to_fixed(0.3)}, sum));
  EXPECT_TRUE(hold({{Op::kGt, fixed("0")}, {Op::kLt, fixed("1")}}, sum));
  EXPECT_FALSE(hold({{Op::kGt, fixed("0")}, {Op::kLt, fixed("0.3")}}, sum));
  EXPECT_TRUE(hold({}, sum));
}

}  // namespace
}  // namespace tocsin::correlate
