// What an incident says to look at next is asked in the query language: each query must be one, and mean what the alert said, whatever that was.
#include <gtest/gtest.h>

#include "report/incident_next.h"
#include "store/query.h"

namespace tocsin {
namespace {

Incident about(const std::string& account, const std::string& host, const std::string& address) {
  Incident incident;
  incident.first = 1'700'000'000'123'456;
  incident.last = incident.first + 60'000'000;
  if (!account.empty()) incident.accounts = {{account, 3}};
  if (!host.empty()) incident.hosts = {{host, 3}};
  if (!address.empty()) incident.addresses = {{address, 3}};
  return incident;
}

TEST(NextLooks, AskWhatTheFactsRaise) {
  const std::vector<NextLook> looks = next_looks(about("corp\\ann", "ws5.corp.example.org", "203.0.113.9"));
  ASSERT_EQ(looks.size(), 3u);
  EXPECT_EQ(looks[0].what, "where else corp\\ann was active, from a day before to a day after");
  EXPECT_EQ(looks[0].query, "user:\"*ann\" time:2023-11-13T22:13:20Z..2023-11-15T22:14:20Z | count by host");
  EXPECT_EQ(looks[1].query, "host:(\"ws5.corp.example.org\" or \"ws5\") process:* time:2023-11-14T21:13:20Z..2023-11-14T23:14:20Z | count by process, user");
  EXPECT_EQ(looks[2].query, "\"203.0.113.9\" | count by host");
  EXPECT_TRUE(next_looks(about("", "", "10.1.2.3")).empty()) << "what is inside is everywhere";
  EXPECT_TRUE(next_looks(Incident()).empty());
}

TEST(NextLooks, AreQueriesWhateverAlertsSaid) {
  for (const std::string name : {"ann", "a b", "a\"b", "a*b?", "x\\\\y", "d\\", "d\\*", "(or)", "|count", "and", "''", "\xc3\xa9", "a\tb", "-", "ws5.corp", "2001:db8::1"}) {
    Incident incident = about(name, name, "2001:db8::5");
    for (const bool timeless : {false, true}) {
      if (timeless) incident.first = incident.last = kNoTime;
      const std::vector<NextLook> looks = next_looks(incident);
      EXPECT_EQ(looks.size(), 3u);
      for (const NextLook& look : looks) {
        const auto query = store::parse_query(look.query);
        EXPECT_TRUE(query) << look.query << ": " << (query ? "" : query.error().message);
      }
    }
  }
}

}  // namespace
}  // namespace tocsin
