// What was unusual about an alert's event, from its line to the reasons of its confidence: bounded, in words, and nothing where there is no sign.
#include <gtest/gtest.h>

#include <algorithm>

#include "analyze/confidence_book.h"
#include "analyze/evidence_weights.h"
#include "analyze/incident_alert.h"
#include "analyze/incident_book.h"

namespace tocsin::analyze {
namespace {

std::string line(std::string_view baseline) {
  return R"({"schema":"tocsin.alert/1","id":"a1","time":"2024-03-13T08:10:00Z","rule":{"id":"r","title":"Asks who it is","level":"medium"},"event":{"source":"s","index":1},"matched":[],"entities":[{"type":"host","value":"web1"}])" +
         (baseline.empty() ? "" : ",\"baseline\":[" + std::string(baseline) + "]") + "}";
}
std::string sign(std::string_view kind, std::string_view type, std::string_view subject, double observed, double usual, double days) {
  return "{\"kind\":\"" + std::string(kind) + "\",\"subject\":{\"type\":\"" + std::string(type) + "\",\"value\":\"" + std::string(subject) + "\"},\"field\":\"Image\",\"value\":\"cmd.exe\",\"observed\":" + std::to_string(observed) +
         ",\"usual\":" + std::to_string(usual) + ",\"days\":" + std::to_string(days) + "}";
}

AlertConfidence explained(std::string_view baseline) {
  IncidentBook book;
  Result<IncidentAlert> alert = read_incident_alert(line(baseline));
  EXPECT_TRUE(alert);
  EXPECT_TRUE(book.add(std::move(*alert)));
  (void)book.incidents({});
  return book.confidences().explain(0, book.alerts()[0]);
}
const EvidenceItem* item(const AlertConfidence& confidence, std::string_view name) {
  const auto at = std::ranges::find(confidence.evidence, name, &EvidenceItem::name);
  return at == confidence.evidence.end() ? nullptr : &*at;
}

TEST(BaselineEvidence, IsSaidInWords) {
  const AlertConfidence known = explained(sign("first_seen", "host", "web1", 9, 900, 12) + "," + sign("volume", "user", "ann", 170, 10, 20) + "," + sign("rare", "fleet", "", 0.5, 900, 12));
  ASSERT_NE(item(known, "first_seen"), nullptr);
  EXPECT_EQ(item(known, "first_seen")->why, "cmd.exe was never seen as Image on web1 in 12 days, in 900 events");
  EXPECT_EQ(item(known, "volume")->why, "170 events of ann in an hour that usually has 10, by 20 days");
  EXPECT_EQ(item(known, "rare_value")->why, "cmd.exe was seen as Image anywhere 0.5 times in 900 events, of 12 days");
  EXPECT_NEAR(item(known, "first_seen")->weight, 0.6 * 0.7 * 12 / 13 * 0.99, 1e-6);
  EXPECT_NEAR(known.score, explained("").score + item(known, "first_seen")->weight + item(known, "volume")->weight + item(known, "rare_value")->weight, 1e-9);
}

TEST(BaselineEvidence, WithoutASignNothingChanges) {
  const AlertConfidence none = explained(""), empty = explained("{}"), unknown = explained(sign("seen_in_a_dream", "host", "web1", 9, 900, 12));
  EXPECT_EQ(none.score, empty.score);
  EXPECT_EQ(none.score, unknown.score);
  EXPECT_EQ(none.confidence.low, unknown.confidence.low);
}

TEST(BaselineEvidence, MoreDaysMoreTrust) {
  double before = -1;
  for (const double days : {0.0, 1.0, 3.0, 12.0, 90.0}) {
    const double strength = sign_strength({BaselineKind::kFirstSeen, EntityType::kHost, "web1", "Image", "cmd.exe", 1, 900, days});
    EXPECT_GT(strength, before);
    before = strength;
  }
  EXPECT_EQ(sign_strength({BaselineKind::kFirstSeen, EntityType::kHost, "web1", "Image", "cmd.exe", 900, 900, 12}), 0) << "where everything is new";
  EXPECT_GT(sign_strength({BaselineKind::kFirstSeen, EntityType::kNone, "", "Image", "cmd.exe", 1, 900, 12}), sign_strength({BaselineKind::kFirstSeen, EntityType::kHost, "web1", "Image", "cmd.exe", 1, 900, 12}));
}

/// Whatever a line says.
TEST(BaselineEvidence, IsBounded) {
  for (const BaselineKind kind : {BaselineKind::kFirstSeen, BaselineKind::kRare, BaselineKind::kVolume, BaselineKind::kNewCountry, BaselineKind::kTravel, BaselineKind::kBeacon, BaselineKind::kOutlier}) {
    for (const double observed : {-1e300, 0.0, 1.0, 1e300}) {
      for (const double usual : {-1e300, 0.0, 1.0, 1e300}) {
        for (const double days : {-1e300, 0.0, 1e300}) {
          const double strength = sign_strength({kind, EntityType::kHost, "web1", "Image", "cmd.exe", observed, usual, days});
          EXPECT_GE(strength, 0);
          EXPECT_LE(strength, 1);
        }
      }
    }
  }
  std::string many = sign("first_seen", "host", "web1", 1, 900, 12);
  for (int i = 0; i < 200; ++i) many += "," + sign("first_seen", "user", "u" + std::to_string(i), 1, 900, 12);
  EXPECT_EQ(read_incident_alert(line(many))->facts.unusual.size(), 1u);
  EXPECT_LE(item(explained(many), "first_seen")->weight, 0.6);
  EXPECT_EQ(explained(sign("volume", "host", "web1", 5, 500, 20)).evidence.size(), explained("").evidence.size() + 1);
}

TEST(BaselineEvidence, ALongValueIsCut) {
  std::string all = sign("first_seen", "host", "web1", 1, 900, 12);
  all.replace(all.find("cmd.exe"), 7, std::string(5'000, 'x'));
  EXPECT_LT(item(explained(all), "first_seen")->why.size(), 300u);
}

}  // namespace
}  // namespace tocsin::analyze
