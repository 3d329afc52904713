// What matches, said by hand: a row and queries that hold for it or do not.
#include "store/query_match.h"

#include <gtest/gtest.h>

#include <map>

namespace tocsin::store {
namespace {

class Row : public QueryRow {
 public:
  void values(const QueryField& field, std::vector<std::string_view>& out) const override {
    const auto found = values_.find(field.column == nullptr ? '"' + field.name : std::string(field.column->name));
    if (found != values_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
  }
  TimeUs time() const override { return parse_time("2026-07-17T14:18:34.5Z").value(); }
  std::string_view raw() const override { return "Failed password for Äpfel from 10.1.2.3\nport 22"; }

 private:
  std::map<std::string, std::vector<std::string_view>> values_ = {
      {"process", {"C:\\Windows\\System32\\CMD.exe"}},
      {"user", {"SYSTEM"}},
      {"command_line", {"cmd /c \"a*b?\" \xff end"}},
      {"destination_port", {"443"}},
      {"source_ip", {"::ffff:10.1.2.3"}},
      {"hash", {"aa11", "bb22"}},
      {"file", {""}},
      {"\"Size", {"1.5e3", "many"}},
      {"\"user", {"native"}},
  };
};

bool holds(std::string_view text) {
  auto query = parse_query(text);
  EXPECT_TRUE(query) << (query ? "" : format_mistake(text, query.error()));
  if (!query) return false;
  return QueryMatcher(std::move(*query)).matches(Row());
}

TEST(QueryMatch, Holds) {
  for (const char* const query : {
           "",
           "user:system",
           "user:sys*",
           "user:S?STEM",
           "user:*",
           "file:*",
           "file:\"\"",
           "\"user\":native",
           "image:*\\cmd.exe and not user:alice",
           "image:c:\\windows\\\\*\\cmd.exe",
           "image:/\\\\CMD\\.exe$/",
           "image:/cmd/i",
           "command:\"cmd /c \"\"a\\*b\\?\"\" ? end\"",
           "port:443",
           "port:4*",
           "port:>442",
           "port:<=443",
           "port:..443",
           "port:(80 or 443)",
           "source_ip:10.0.0.0/8",
           "source_ip:::/0",
           "hash:BB22",
           "hash:(aa11 and bb22)",
           "Size:1500..1500",
           "Size:>1e3",
           "Size:MANY",
           "time:2026-07-17",
           "time:2026-07-17T14:18",
           "time:2026-07-17T14:18:34..",
           "time:>2026-07-16",
           "time:>=2026-07-17 time:<=2026-07-17",
           "\"failed PASSWORD\" and äPFEL",
           "from*port",
           "*22",
           "not absent:x",
           "not (absent:* or user:bob)",
           "user:bob or user:system and not hash:cc",
           "a or b | count",
       }) {
    EXPECT_TRUE(holds(query)) << query;
  }
}

TEST(QueryMatch, DoesNotHold) {
  for (const char* const query : {
           "user:syst",
           "user:\"\"",
           "user:native",
           "\"user\":SYSTEM",
           "image:\\cmd.exe",
           "image:/cmd/",
           "image:c:\\windows\\*\\cmd.exe",  // \\* is a star
           "command:\"cmd /c \"\"a\\*b\\?\"\" end\"",
           "command:\"*a\\*b*x*\"",
           "port:0",
           "port:>443",
           "port:<443.0",
           "source_ip:11.0.0.0/8",
           "source_ip:2001::/16",
           "hash:(aa11 and not bb22)",
           "not hash:bb22",
           "Size:>2e3",
           "user:>0",
           "time:2026-07-18",
           "time:>2026-07-17",
           "time:2026-07-17T14:18:34.0Z",
           "passwort",
           "port??22",
           "absent:*",
           "absent:\"\"",
           "absent:>=0",
           "absent:/x*/",
           "user:bob or user:system and hash:cc",
           "(user:bob or user:system) and hash:cc",
       }) {
    EXPECT_FALSE(holds(query)) << query;
  }
}

TEST(QueryMatch, AGapAfterAGapEndsInGoodTime) {
  // Each piece is found once and never again, so 32 gaps over a long value cost no more than one.
  std::string query = "user:";
  for (std::size_t i = 1; i < kQueryWildcardsMax; ++i) query += "*a";
  class Long : public Row {
   public:
    void values(const QueryField&, std::vector<std::string_view>& out) const override { out.push_back(text_); }

   private:
    std::string text_ = std::string(200'000, 'a') + "b";
  };
  EXPECT_FALSE(QueryMatcher(parse_query(query + "*c").value()).matches(Long()));
  EXPECT_TRUE(QueryMatcher(parse_query(query + "*b").value()).matches(Long()));
}

}  // namespace
}  // namespace tocsin::store
