#include "report/period_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "report/incident_report.h"
#include "report/nis2_report.h"
#include "report/stix_bundle.h"

namespace tocsin {
namespace {

/// The slow twin: the smallest value that so large a part of all does not exceed, by counting for each.
double slow_quantile(const std::vector<double>& values, double share) {
  double least = INFINITY;
  for (const double one : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other <= one; });
    if (static_cast<double>(below) >= share * static_cast<double>(values.size())) least = std::min(least, one);
  }
  return least;
}

TEST(PeriodReport, QuantilesAreThoseOfTheTwin) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Incident> incidents(1 + random() % 30);
    PeriodReport report;
    std::vector<double> seconds;
    for (Incident& incident : incidents) {
      incident.first = 1'000'000;
      const auto span = static_cast<TimeUs>(random() % 50);
      report.incidents.push_back({&incident, incident.first + span * 1'000'000, kNoTime, kNoTime});
      seconds.push_back(static_cast<double>(span));
    }
    const Spans spans = report.to_detect(false);
    for (const double share : {0.5, 0.9}) EXPECT_EQ(spans.quantile(share), slow_quantile(seconds, share)) << round;
    EXPECT_EQ(report.to_acknowledge(false).waiting, incidents.size());
    EXPECT_EQ(report.to_detect(true).quantile(0.5), std::nullopt) << "none is a true positive";
  }
}

TEST(PeriodReport, WhatIsLeftOutIsCounted) {
  Spans spans;
  spans.add(kNoTime, 5, true);
  spans.add(5, kNoTime, true);
  spans.add(5, kNoTime, false);
  spans.add(5, 4, true);
  spans.add(5, 5, true);
  EXPECT_EQ(spans.unknown, 2u);
  EXPECT_EQ(spans.waiting, 1u);
  EXPECT_EQ(spans.negative, 1u);
  EXPECT_EQ(spans.seconds, std::vector<double>{0});
}

/// Clopper and Pearson: 9 of 10 is 0.5550 to 0.9975 (their paper of 1934 draws it; any statistics program says it).
TEST(PeriodReport, RangesOfSharesAreExact) {
  EXPECT_NEAR(share_range(9, 10).low, 0.55498, 1e-5);
  EXPECT_NEAR(share_range(9, 10).high, 0.99747, 1e-5);
  EXPECT_NEAR(share_range(0, 20).high, 1 - std::pow(0.025, 1.0 / 20), 1e-9);
  EXPECT_EQ(share_range(0, 20).low, 0);
  EXPECT_EQ(share_range(20, 20).high, 1);
  EXPECT_EQ(share_range(0, 0).high, 1);
}

TEST(PeriodReport, SpansOfTimeAreReadable) {
  EXPECT_EQ(report_span(0.25), "0.2 s");
  EXPECT_EQ(report_span(59), "59 s");
  EXPECT_EQ(report_span(3'599), "59 min 59 s");
  EXPECT_EQ(report_span(86'399), "23 h 59 min");
  EXPECT_EQ(report_span(90'000), "1 d 1 h");
}

TEST(Nis2Report, AMonthLaterIsADayThatExists) {
  const auto after = [](const char* text) { return format_time(one_month_after(*parse_time(text))); };
  EXPECT_EQ(after("2026-01-31T10:20:30Z"), "2026-02-28T10:20:30.000000Z");
  EXPECT_EQ(after("2028-01-31T00:00:00Z"), "2028-02-29T00:00:00.000000Z");
  EXPECT_EQ(after("2026-12-15T23:59:59Z"), "2027-01-15T23:59:59.000000Z");
}

/// RFC 9562, appendix A.4: www.example.com in the namespace of DNS.
TEST(StixBundle, UuidsAreThoseOfTheRfc) {
  constexpr std::array<std::uint8_t, 16> kDns = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  EXPECT_EQ(uuid_v5(kDns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

}  // namespace
}  // namespace tocsin
