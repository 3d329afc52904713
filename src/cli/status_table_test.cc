// What `tocsin status` says of clocks. How the whole table looks is seen by the end-to-end tests.
#include "cli/status_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

/// The lines that begin with CLOCK, of one source with this skew.
std::string clock_line(const std::string& skew) {
  const std::string status = fmt::format(
      R"({{"schema":"tocsin.status/1","sources":[{{"source":"syslog/fw-1","input":"syslog","received":1,"stored":1,"refused":0,"dropped":0,"parse_failures":0,"lag_seconds":0.0,"last_seen":"2026-11-29T08:00:00.000000Z","clock_skew_seconds":{}}}],"records":{{"safe":1,"looked_at":1,"stored":0}},"segments":{{"files":0,"bytes":0}},"alerts":1}})",
      skew);
  const Result<std::string> table = status_table(status);
  if (!table) return table.error().message;
  const std::size_t at = table->find("CLOCK");
  return at == std::string::npos ? "" : table->substr(at, table->find('\n', at) - at);
}

TEST(StatusTable, NamesTheSourcesWhoseClockIsOff) {
  EXPECT_EQ(clock_line("null"), "");
  EXPECT_EQ(clock_line("-299"), "");
  EXPECT_EQ(clock_line("400"), "CLOCK     syslog/fw-1: events say a time that is 6 min 40 s ahead: its clock is fast");
  EXPECT_EQ(clock_line("600"), "CLOCK     syslog/fw-1: events say a time that is 10 min ahead: its clock is fast");
  EXPECT_EQ(clock_line("7190"), "CLOCK     syslog/fw-1: events say a time that is 1 h 59 min ahead: its clock is fast, or writes the local time of +02:00");
  EXPECT_EQ(clock_line("-19800"), "CLOCK     syslog/fw-1: events come 5 h 30 min after the time they say: its clock is slow, it sends old logs, or writes the local time of -05:30");
  EXPECT_EQ(clock_line("-8000000"), "CLOCK     syslog/fw-1: events come 92 d 14 h after the time they say: its clock is slow, it sends old logs");
}

}  // namespace
}  // namespace tocsin::cli
