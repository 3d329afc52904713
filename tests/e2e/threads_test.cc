// What a scan of text writes does not depend on the number of threads, though a file is cut into blocks and a block may
// need what stands above it: the columns of a W3C log, records of one audit event, the events before it for an index, the
// hits before it for a correlation.
#include <fmt/format.h>

#include "memory_scan.h"

namespace tocsin {
namespace {

constexpr const char* kRules = R"(
title: Secret Page Asked For
id: 11111111-1111-4111-8111-000000000001
status: test
level: medium
logsource:
    category: webserver
detection:
    page:
        cs-uri-stem|startswith: '/secret'
        sc-status: 200
    condition: page
---
title: Password Refused
id: 11111111-1111-4111-8111-000000000002
name: refused
status: test
level: low
logsource:
    product: linux
detection:
    refused: ['Failed password for']
    condition: refused
---
title: Passwords Guessed
id: 11111111-1111-4111-8111-000000000003
status: test
level: critical
correlation:
    type: event_count
    rules: [refused]
    group-by: [user]
    timespan: 10m
    condition:
        gte: 5
    generate: true
---
title: Shadow Read
id: 11111111-1111-4111-8111-000000000004
status: test
level: high
logsource:
    product: linux
    service: auditd
detection:
    file:
        type: PATH
        name: /etc/shadow
    program:
        type: SYSCALL
        exe: /usr/bin/cat
    condition: file and program
---
title: Door Opened
id: 11111111-1111-4111-8111-000000000005
status: test
level: informational
logsource:
    product: windows
    category: process_creation
detection:
    program:
        Image|endswith: '\door.exe'
    condition: program
)";

constexpr std::size_t kBlocks = 6;

/// Lines of `line(i)` until there are several blocks; `found` counts those for which line() said that a rule must fire.
template <class Line>
std::string log_of(Line&& line, std::size_t& found) {
  std::string text;
  for (std::uint64_t i = 0; text.size() < kBlocks * BlockReader::kBlockBytes; ++i) {
    // A generator with no pattern that would fall in step with the blocks (Knuth's multiplier for 64 bits).
    const std::uint64_t chance = (i * 6'364'136'223'846'793'005ull + 1'442'695'040'888'963'407ull) >> 33;
    found += line(text, i, chance);
  }
  return text;
}

/// The columns change now and then, so a block that took those of another place would read the wrong ones.
bool iis_line(std::string& text, std::uint64_t i, std::uint64_t chance) {
  const bool long_form = (i / 5'000) % 2 == 0;
  if (i % 5'000 == 0) {
    text += "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time ";
    text += long_form ? "s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status sc-win32-status\n"
                      : "c-ip sc-status cs-method cs-uri-stem s-ip sc-win32-status\n";
  }
  const bool secret = chance % 97 == 0;
  const int status = chance % 2 == 0 ? 200 : 404;
  const std::string page = secret ? "/secret/list.aspx" : "/index.htm";
  const std::string time = fmt::format("2026-11-23 {:02}:{:02}:{:02}", i / 3'600 % 24, i / 60 % 60, i % 60);
  if (long_form) {
    text += fmt::format("{} 192.0.2.1 GET {} - 443 - 198.51.100.{} {} 0\n", time, page, chance % 250, status);
  } else {
    text += fmt::format("{} 198.51.100.{} {} GET {} 192.0.2.1 0\n", time, chance % 250, status, page);
  }
  return secret && status == 200;
}

bool auth_line(std::string& text, std::uint64_t i, std::uint64_t chance) {
  const bool refused = chance % 53 == 0;
  text += fmt::format("Nov 23 {:02}:{:02}:{:02} web-01 sshd[{}]: ", i / 3'600 % 24, i / 60 % 60, i % 60, 1'000 + chance % 9'000);
  text += refused ? fmt::format("Failed password for user{} from 198.51.100.7 port 4711 ssh2\n", chance % 3)
                  : fmt::format("Accepted publickey for user{} from 192.0.2.9 port 4712 ssh2\n", chance % 3);
  if (chance % 11 == 0) text += "\n";  // blank lines take no index
  return refused;
}

bool audit_lines(std::string& text, std::uint64_t i, std::uint64_t chance) {
  const bool shadow = chance % 71 == 0;
  const std::string stamp = fmt::format("msg=audit({}.{:03}:{})", 1'795'424'400 + i, i % 1'000, 100 + i);
  text += fmt::format("type=SYSCALL {}: arch=c000003e syscall=257 success=yes exit=3 pid={} comm=\"cat\" exe=\"/usr/bin/cat\"\n", stamp, i);
  text += fmt::format("type=CWD {}: cwd=\"/root\"\n", stamp);
  text += fmt::format("type=PATH {}: item=0 name=\"{}\" nametype=NORMAL\n", stamp, shadow ? "/etc/shadow" : "/etc/motd");
  return shadow;
}

bool json_line(std::string& text, std::uint64_t i, std::uint64_t chance) {
  const bool door = chance % 61 == 0;
  text += fmt::format("{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Provider_Name\":\"Microsoft-Windows-Sysmon\",\"EventID\":1,"
                      "\"Computer\":\"ws-{:02}.corp.example\",\"UtcTime\":\"2026-11-23 {:02}:{:02}:{:02}.000\",\"Image\":\"C:\\\\{}.exe\"}}\n",
                      chance % 20, i / 3'600 % 24, i / 60 % 60, i % 60, door ? "door" : "window");
  if (chance % 1'009 == 0) text += "{\"damaged\":\n";
  return door;
}

class Threads : public testing::Test {
 protected:
  Threads() : scan_(kRules) {
    scan_.env.add_file("logs/access/iis.log", log_of(iis_line, iis_));
    scan_.env.add_file("logs/audit.log", log_of(audit_lines, audit_));
    scan_.env.add_file("logs/auth.log", log_of(auth_line, auth_));
    scan_.env.add_file("logs/ws.ndjson", log_of(json_line, json_));
  }

  std::string run(const char* format, unsigned threads) {
    return scan_.run({.format = format, .threads = threads, .reference = to_time({2026, 11, 24, 0, 0, 0, 0})});
  }

  MemoryScan scan_;
  std::size_t iis_ = 0, audit_ = 0, auth_ = 0, json_ = 0;
};

TEST_F(Threads, OneFindsWhatWasPutThere) {
  const std::string alerts = run("ndjson", 1);
  EXPECT_EQ(count_of(alerts, "\"title\":\"Secret Page Asked For\""), iis_);
  EXPECT_EQ(count_of(alerts, "\"title\":\"Password Refused\""), auth_);
  EXPECT_EQ(count_of(alerts, "\"title\":\"Shadow Read\""), audit_);
  EXPECT_EQ(count_of(alerts, "\"title\":\"Door Opened\""), json_);
  EXPECT_GT(count_of(alerts, "\"title\":\"Passwords Guessed\""), 0u);
  for (const std::size_t found : {iis_, audit_, auth_, json_}) EXPECT_GT(found, 40u);  // several in every block
  EXPECT_GT(scan_.summary.damaged, 0u);
}

TEST_F(Threads, AnyNumberWritesTheSame) {
  for (const char* format : {"ndjson", "csv", "table"}) {
    const std::string one = run(format, 1);
    const std::vector<SourceProblem> problems = scan_.summary.problems;
    ASSERT_FALSE(one.empty());
    for (const unsigned threads : {2u, 3u, 7u}) {
      EXPECT_TRUE(run(format, threads) == one) << format << " with " << threads << " threads";
      EXPECT_EQ(scan_.summary.problems, problems) << threads << " threads";
    }
  }
}

TEST_F(Threads, ShortReadsChangeNothing) {
  const std::string one = run("ndjson", 1);
  scan_.env.set_read_size_max(4'099);
  EXPECT_TRUE(run("ndjson", 3) == one);
}

}  // namespace
}  // namespace tocsin
