// What data cannot say of text logs: nothing is lost whatever the bytes, blocks may be cut anywhere that text_cut says,
// records join as a slow twin joins them, limits, and no allocation. The data is tests/data/text.
#include "normalize/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "base/text.h"
#include "normalize/cef.h"
#include "normalize/key_value.h"
#include "normalize/zeek_log.h"

namespace tocsin {

extern std::atomic<std::size_t> allocations;  // allocations_test.cc

namespace {

namespace fs = std::filesystem;

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

const PlainNaming kNaming;
const TimeUs kReference = parse_time("2024-06-30T00:00:00Z").value();

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> non_blank_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

/// An event, copied: path and text of each value, null as its own mark.
struct Copy {
  std::size_t index = 0;
  TimeUs time = kNoTime;
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<std::string> lines;  // kRoot
  bool operator==(const Copy&) const = default;
};

bool lies_in(std::string_view text, const Value& value) {
  return value.size == 0 || (value.data >= text.data() && value.data + value.size <= text.data() + text.size());
}

class Parsed {
 public:
  explicit Parsed(TimeUs reference = kReference) : paths_(kNaming), parser_(paths_), reference_(reference) {
    parser_.begin_file(reference);
  }

  /// The next block of the file.
  void add(std::string_view block) {
    const std::size_t lines = parser_.parse(block, [&](const Event& event, std::size_t index) {
      Copy copy;
      copy.index = lines_ + index;
      copy.time = event.time;
      for (const Value& value : event.values) {
        EXPECT_TRUE(lies_in(event.text, value)) << paths_.name(value.path);
        if (value.path == PathTable::kRoot) {
          copy.lines.emplace_back(value.raw());
        } else {
          copy.values.emplace_back(paths_.name(value.path),
                                   value.kind == ValueKind::kNull ? "\x01null" : std::string(value.raw()));
        }
      }
      events_.push_back(std::move(copy));
    });
    lines_ += lines;
  }
  /// A block by a parser that has not seen the ones before.
  void add_apart(std::string_view block, std::string_view fields) {
    parser_.begin_file(reference_, fields);
    add(block);
  }

  const std::vector<Copy>& events() const { return events_; }
  std::size_t lines() const { return lines_; }
  TextParser& parser() { return parser_; }

 private:
  PathTable paths_;
  TextParser parser_;
  TimeUs reference_;
  std::vector<Copy> events_;
  std::size_t lines_ = 0;
};

std::vector<Copy> parsed(std::string_view text) {
  Parsed all;
  all.add(text);
  return all.events();
}

std::vector<std::string> values_of(const Copy& event, std::string_view field) {
  std::vector<std::string> found;
  for (const auto& [name, value] : event.values) {
    if (name == field) found.push_back(value);
  }
  return found;
}

using Texts = std::vector<std::string>;

// Data

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

/// A line for each event: {"index":0,"time":"…","name":"value","name":["several","values"],…}
std::string written(const std::vector<Copy>& events) {
  std::string out;
  for (const Copy& event : events) {
    out += "{\"index\":" + std::to_string(event.index) + ",\"time\":\"" + format_time(event.time) + '"';
    std::vector<std::string> done;
    for (const auto& [name, unused] : event.values) {
      if (std::ranges::find(done, name) != done.end()) continue;
      done.push_back(name);
      out += ',';
      append_quoted(out, name);
      out += ':';
      const Texts values = values_of(event, name);
      if (values.size() > 1) out += '[';
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += ',';
        if (values[i] == "\x01null") {
          out += "null";
        } else {
          append_quoted(out, values[i]);
        }
      }
      if (values.size() > 1) out += ']';
    }
    out += "}\n";
  }
  return out;
}

fs::path data_folder() { return TOCSIN_SOURCE_DIR "/tests/data/text"; }

std::vector<fs::path> logs_below(const fs::path& folder) {
  std::vector<fs::path> logs;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".log") logs.push_back(entry.path());
  }
  std::ranges::sort(logs);
  return logs;
}

/// Every non-blank line stands, whole and once, in an event; an event's index is its first line's; they ascend.
void check_nothing_is_lost(std::string_view text, const Parsed& all) {
  const std::vector<std::string> lines = non_blank_lines(text);
  ASSERT_EQ(all.lines(), lines.size());
  std::vector<std::string> found(lines.begin(), lines.end());
  std::vector<std::string> given;
  std::size_t last = 0;
  for (const Copy& event : all.events()) {
    ASSERT_FALSE(event.lines.empty());
    ASSERT_LT(event.index, lines.size());
    ASSERT_EQ(event.lines.front(), lines[event.index].substr(0, kTextLineBytesMax));
    ASSERT_TRUE(given.empty() || event.index > last);
    last = event.index;
    given.insert(given.end(), event.lines.begin(), event.lines.end());
  }
  for (std::string& line : found) line.resize(std::min(line.size(), kTextLineBytesMax));
  std::ranges::sort(found);
  std::ranges::sort(given);
  ASSERT_EQ(given, found);
}

TEST(TextData, EventsAreAsWrittenDown) {
  const bool update = std::getenv("TOCSIN_UPDATE") != nullptr;
  const std::vector<fs::path> logs = logs_below(data_folder());
  ASSERT_GT(logs.size(), 10u);
  for (const fs::path& log : logs) {
    SCOPED_TRACE(log);
    const std::string text = read_file(log);
    Parsed all;
    all.add(text);
    check_nothing_is_lost(text, all);
    fs::path expected = log;
    expected.replace_extension(".json");
    if (update) std::ofstream(expected, std::ios::binary) << written(all.events());
    EXPECT_EQ(written(all.events()), read_file(expected));
  }
}

// Nothing is lost, whatever the bytes

std::string all_data() {
  std::string all;
  for (const fs::path& log : logs_below(data_folder())) all += read_file(log) + '\n';
  return all;
}

std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = " \n\r\t\"'[]{}()=:;<>%-/\\\x1d\x01#?+,.09afAF\xff\x00T";
  for (std::size_t i = 0, edits = random() % 12; i < edits && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    const char byte = kBytes[random() % kBytes.size()];
    switch (random() % 4) {
      case 0: text.erase(at, 1 + random() % 3); break;
      case 1: text.insert(at, 1, byte); break;
      case 2: text[at] = byte; break;
      default: text.insert(at, text.substr(random() % text.size(), random() % 30)); break;
    }
  }
  return text;
}

std::string some_lines(const std::vector<std::string>& lines, std::mt19937& random, std::size_t most) {
  std::string text;
  for (std::size_t i = 0, count = 1 + random() % most; i < count; ++i) {
    text += lines[random() % lines.size()] + (random() % 8 == 0 ? "\r\n" : "\n");
  }
  return text;
}

TEST(Text, AnyBytesLoseNothing) {
  const std::vector<std::string> lines = non_blank_lines(all_data());
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = mutated(some_lines(lines, random, 6), random);
    Parsed all(random() % 2 == 0 ? kNoTime : kReference);
    all.add(text);
    check_nothing_is_lost(text, all);
    if (HasFailure()) FAIL() << "round " << round << ":\n" << text;
  }
}

TEST(Text, EmptyAndBlankBlocks) {
  for (const std::string_view text : {"", "\n", "\r\n", "  \t\r\n\n", "\r"}) {
    Parsed all;
    all.add(text);
    EXPECT_EQ(all.lines(), 0u);
    EXPECT_TRUE(all.events().empty());
  }
}

// Blocks

/// Audit events of several records, mixed with each other and with other lines.
std::string generated_log(std::mt19937& random, std::size_t lines) {
  struct Open {
    std::string stamp;
    std::size_t left;
  };
  std::vector<Open> open;
  std::size_t serial = 1;
  std::string text;
  const std::size_t open_most = 1 + random() % 6;
  for (std::size_t i = 0; i < lines; ++i) {
    if (random() % 5 == 0) {
      text += random() % 6 == 0 ? "\n" : "Jan  5 03:02:01 web-01 sshd[1]: line " + std::to_string(i) + '\n';
      continue;
    }
    if (open.size() < open_most) open.push_back({"1704423721.100:" + std::to_string(serial++), 1 + random() % 6});
    const std::size_t which = random() % open.size();
    text += "type=PATH msg=audit(" + open[which].stamp + "): item=" + std::to_string(i) + '\n';
    if (--open[which].left == 0) open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
  }
  return text;
}

/// As the reader does it: fill up, cut, keep the rest.
void parse_in_blocks(std::string_view text, std::size_t block_bytes, Parsed& all, std::size_t& blocks) {
  std::string fields;
  std::size_t from = 0, to = 0;
  while (from < text.size()) {
    std::size_t used = 0;
    for (std::size_t bytes = block_bytes; used == 0; bytes *= 2) {
      to = std::min(text.size(), to + bytes);
      used = text_cut(text.substr(from, to - from), to == text.size());
    }
    const std::string_view block = text.substr(from, used);
    ASSERT_TRUE(block.ends_with('\n') || from + used == text.size());
    all.add_apart(block, fields);
    if (const std::string_view found = text_fields_line(block); !found.empty()) fields = found;
    from += used;
    ++blocks;
  }
}

TEST(TextCut, BlocksGiveTheSameEventsAsTheWhole) {
  const std::vector<std::string> lines = non_blank_lines(all_data());
  std::mt19937 random(11);
  std::size_t blocks = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = generated_log(random, 50 + random() % 700);
    if (round % 4 == 0) text = some_lines(lines, random, 400);
    Parsed whole, in_blocks;
    whole.add(text);
    parse_in_blocks(text, 1 + random() % 3000, in_blocks, blocks);
    ASSERT_EQ(in_blocks.lines(), whole.lines());
    ASSERT_TRUE(in_blocks.events() == whole.events()) << text;
  }
  EXPECT_GT(blocks, 2'000u);  // else nothing was cut
}

TEST(TextCut, WholeLinesAreGivenOutWhereNoAuditRecordIsNear) {
  EXPECT_EQ(text_cut("", false), 0u);
  EXPECT_EQ(text_cut("no end", false), 0u);
  EXPECT_EQ(text_cut("no end", true), 6u);
  EXPECT_EQ(text_cut("one\ntwo\nthr", false), 8u);
  std::string text = "type=CWD msg=audit(1.0:1): a=b\n";
  for (std::size_t i = 0; i < kAuditApartLinesMax - 1; ++i) text += "another line\n\n";
  EXPECT_EQ(text_cut(text, false), 0u) << "the next line could still belong to the record";
  text += "another line\n";
  EXPECT_EQ(text_cut(text, false), text.size());
}

TEST(TextCut, AnEventThatNeverEndsGivesNoPlace) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "type=PATH msg=audit(1.0:1): item=1\n";
  EXPECT_EQ(text_cut(text, false), 0u);
  EXPECT_EQ(text_cut(text, true), text.size());
}

TEST(TextCut, AHeadStaysWhole) {
  EXPECT_EQ(text_cut("data\n#fields\ta\n", false), 5u);
  EXPECT_EQ(text_cut("data\n\n#separator \\x09\n\n#fields\ta\n#typ", false), 6u);
  EXPECT_EQ(text_cut("#separator \\x09\n#fields\ta\n", false), 0u);
  EXPECT_EQ(text_cut("#fields\ta\ndata\n", false), 15u);
  EXPECT_EQ(text_cut("#fields\ta\n", true), 10u);
}

TEST(TextCut, HeadsInAnyOrderGiveTheSameEventsInBlocks) {
  std::vector<std::string> lines;
  for (const char* folder : {"zeek_log", "w3c_log"}) {
    for (const fs::path& log : logs_below(data_folder() / folder)) {
      for (std::string& line : non_blank_lines(read_file(log))) lines.push_back(std::move(line));
    }
  }
  lines.insert(lines.end(), {"", "#types\tset[string]", "#fields\tts\tid.orig_h\tquery", "1.0\ta\tb,c"});
  std::mt19937 random(13);
  std::size_t blocks = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::string text = some_lines(lines, random, 60);
    if (round % 2 == 0) text = mutated(text, random);
    Parsed whole, in_blocks;
    whole.add(text);
    parse_in_blocks(text, 1 + random() % 300, in_blocks, blocks);
    ASSERT_TRUE(in_blocks.events() == whole.events()) << text;
  }
  EXPECT_GT(blocks, 4'000u);
}

TEST(TextFieldsLine, TheLastOneThatBeginsALine) {
  EXPECT_EQ(text_fields_line(""), "");
  EXPECT_EQ(text_fields_line("x #Fields: a\n"), "");
  EXPECT_EQ(text_fields_line("#Fields: a\nx\n#Fields: b\r\nx\n"), "#Fields: b\r");
  EXPECT_EQ(text_fields_line("#Fields: a\nx\n#path\tdns\n\n#fields\tts\n#types\ttime\nx\n#close\n"), "#path\tdns\n\n#fields\tts\n#types\ttime");
  EXPECT_EQ(text_fields_line("#Fields:#Fields: a"), "#Fields:#Fields: a");
}

// Joining audit records, against the obvious way

/// For each audit line, in order: the index of the line where its event began.
std::map<std::size_t, Texts> joined_plainly(const std::vector<std::string>& lines) {
  struct Last {
    std::size_t line, begin;
  };
  std::map<std::string, Last> last;
  std::map<std::size_t, Texts> events;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t open = lines[i].find("audit("), close = lines[i].find("):");
    if (open == std::string::npos) {
      events[i] = {lines[i]};
      continue;
    }
    const std::string stamp = lines[i].substr(open, close - open);
    const auto found = last.find(stamp);
    const bool joins = found != last.end() && i - found->second.line <= kAuditApartLinesMax;
    const std::size_t begin = joins ? found->second.begin : i;
    last[stamp] = {i, begin};
    events[begin].push_back(lines[i]);
  }
  return events;
}

TEST(AuditJoin, AsTheObviousWay) {
  std::mt19937 random(13);
  std::size_t joined = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string text = generated_log(random, 600);
    const auto expected = joined_plainly(non_blank_lines(text));
    const std::vector<Copy> events = parsed(text);
    ASSERT_EQ(events.size(), expected.size());
    for (const Copy& event : events) {
      ASSERT_EQ(event.lines, expected.at(event.index));
      joined += event.lines.size() > 1;
    }
  }
  EXPECT_GT(joined, 10'000u);
}

std::string audit_line(std::string_view body) { return "type=EXECVE msg=audit(1.0:1): " + std::string(body) + '\n'; }

TEST(AuditJoin, RecordsFarApartAreTwoEvents) {
  const auto text = [](std::size_t between) {
    std::string lines = audit_line("a0=\"x\"");
    for (std::size_t i = 0; i < between; ++i) lines += "another line\n";
    return lines + audit_line("a1=\"y\"");
  };
  EXPECT_EQ(parsed(text(kAuditApartLinesMax - 1)).size(), kAuditApartLinesMax);
  EXPECT_EQ(parsed(text(kAuditApartLinesMax)).size(), kAuditApartLinesMax + 2);
}

TEST(AuditJoin, AnEventHasSoManyRecordsAtMost) {
  std::string text;
  for (std::size_t i = 0; i < kAuditRecordsMax + 1; ++i) text += audit_line("item=1");
  const std::vector<Copy> events = parsed(text);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].lines.size(), kAuditRecordsMax);
  EXPECT_EQ(events[1].index, kAuditRecordsMax);
}

TEST(Auditd, WordsPastTheLimitAreInTheCommandLineOnly) {
  const std::string last = std::to_string(kAuditWordsMax - 1), past = std::to_string(kAuditWordsMax);
  const std::vector<Copy> events = parsed(audit_line("a" + last + "=\"in\" a" + past + "=\"out\""));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(values_of(events[0], "a" + last), Texts{"in"});
  EXPECT_EQ(values_of(events[0], "a" + past), Texts{});
  EXPECT_EQ(values_of(events[0], "cmdline"), Texts{"in out"});
}

// Limits and state

TEST(Text, LongLinesAreCutAndCounted) {
  const std::string text =
      std::string(kTextLineBytesMax, 'x') + '\n' + std::string(kTextLineBytesMax + 1, 'y') + "\nz\n";
  Parsed all;
  all.add(text);
  ASSERT_EQ(all.events().size(), 3u);
  EXPECT_EQ(all.parser().lines_cut(), 1u);
  EXPECT_EQ(all.events()[1].lines.front().size(), kTextLineBytesMax);
  EXPECT_EQ(all.events()[2].lines.front(), "z");
}

TEST(Text, TimesWithoutAYearNeedAReference) {
  const std::string_view line = "Jan  5 03:02:01 web-01 cron[1]: x\n";
  Parsed without(kNoTime), with(kReference);
  without.add(line);
  with.add(line);
  EXPECT_EQ(without.events().front().time, kNoTime);
  EXPECT_EQ(format_time(with.events().front().time), "2024-01-05T03:02:01.000000Z");
}

TEST(W3c, ColumnsAreForgottenWithTheFile) {
  Parsed all;
  all.add("#Fields: c-ip cs-method\n192.0.2.1 GET\n");
  all.add_apart("192.0.2.2 GET\n", "");
  all.add_apart("192.0.2.3 GET\n", "#Fields: cs-method c-ip");
  EXPECT_EQ(values_of(all.events()[1], "c-ip"), Texts{"192.0.2.1"});
  EXPECT_EQ(values_of(all.events()[2], "c-ip"), Texts{});
  EXPECT_EQ(values_of(all.events()[3], "c-ip"), Texts{"GET"});
}

TEST(W3c, AHeaderWithTooManyColumnsIsNotRead) {
  for (const std::size_t columns : {kW3cColumnsMax, kW3cColumnsMax + 1}) {
    std::string header = "#Fields:", line;
    for (std::size_t i = 0; i < columns; ++i) {
      header += " f" + std::to_string(i);
      line += i == 0 ? "v" : " v";
    }
    const std::vector<Copy> events = parsed(header + '\n' + line + '\n');
    EXPECT_EQ(events[1].values.size(), columns == kW3cColumnsMax ? columns : 0u);
  }
}

TEST(Text, WarmItAllocatesNothing) {
  const std::string text = all_data();
  PathTable paths(kNaming);
  TextParser parser(paths);
  std::size_t values = 0;
  const auto count = [&](const Event& event, std::size_t) { values += event.values.size(); };
  for (int round = 0; round < 2; ++round) {
    parser.begin_file(kReference);
    parser.parse(text, count);
  }
  const std::size_t before = allocations;
  parser.begin_file(kReference);
  parser.parse(text, count);
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GT(values, 1'000u);
}

// Real logs of sixteen systems

TEST(TextConformance, LogHubParsesWithoutLoss) {
  const char* data = std::getenv("TOCSIN_DATA");
  const fs::path folder = fs::path(data != nullptr ? data : TOCSIN_SOURCE_DIR "/../shared/data") / "loghub";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no " << folder;
  // How many lines have a program: all there are for syslog, none for the formats of single products.
  const std::map<std::string, std::size_t> expected = {{"Linux", 1'900}, {"Mac", 1'900}, {"OpenSSH", 2'000}};
  std::size_t systems = 0;
  for (const fs::path& log : logs_below(folder)) {
    SCOPED_TRACE(log);
    const std::string text = read_file(log);
    Parsed all;
    all.add(text);
    check_nothing_is_lost(text, all);
    EXPECT_EQ(all.events().size(), all.lines());
    const std::size_t programs = static_cast<std::size_t>(
        std::ranges::count_if(all.events(), [](const Copy& event) { return !values_of(event, "program").empty(); }));
    const auto at_least = expected.find(log.parent_path().filename());
    if (at_least == expected.end()) {
      EXPECT_EQ(programs, 0u);
    } else {
      EXPECT_GE(programs, at_least->second);
    }
    ++systems;
  }
  EXPECT_EQ(systems, 16u);
}

// Limits of the line formats

/// "k0=v k1=v …", `count` times, with `between` after each.
std::string pairs(std::size_t count, const std::string& between) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "k" + std::to_string(i) + "=v" + between;
  return text;
}

TEST(TextLimits, PairsAndKeys) {
  EXPECT_EQ(parsed(pairs(kKeyValuePairsMax, " ")).front().values.size(), kKeyValuePairsMax);
  EXPECT_EQ(parsed(pairs(kKeyValuePairsMax + 1, " ")).front().values.size(), 0u);
  EXPECT_EQ(parsed(pairs(kKeyValuePairsLeast - 1, " ")).front().values.size(), 0u);
  const std::string key(kKeyBytesMax, 'k');
  EXPECT_EQ(values_of(parsed("a=1 b=2 c=3 " + key + "=4").front(), key), Texts{"4"});
  EXPECT_EQ(parsed("a=1 b=2 c=3 " + key + "k=4").front().values.size(), 3u);
}

TEST(TextLimits, PairsAndKeysOfCef) {
  const std::string head = "CEF:0|v|p|1|2|n|3|", leef = "LEEF:1.0|v|p|1|2|", key(kCefKeyBytesMax, 'k');
  EXPECT_EQ(parsed(head + pairs(kCefPairsMax, " ")).front().values.size(), 6 + kCefPairsMax);
  EXPECT_EQ(parsed(head + pairs(kCefPairsMax + 9, " ")).front().values.size(), 6 + kCefPairsMax);
  EXPECT_EQ(parsed(leef + pairs(kCefPairsMax + 9, "\t")).front().values.size(), 4 + kCefPairsMax);
  EXPECT_EQ(values_of(parsed(head + key + "=4").front(), key), Texts{"4"});
  EXPECT_EQ(values_of(parsed(head + "a=1 k" + key + "=4").front(), "a"), Texts{"1 k" + key + "=4"});
  // A megabyte of equals signs after half a megabyte of one word takes no time that grows with their product.
  EXPECT_EQ(parsed(head + std::string(kTextLineBytesMax / 2, 'k') + std::string(kTextLineBytesMax / 4, '=')).size(), 1u);
}

TEST(TextLimits, ColumnsOfZeek) {
  const auto log = [](std::size_t columns) {
    std::string head = "#fields", line;
    for (std::size_t i = 0; i < columns; ++i) {
      head += "\tc" + std::to_string(i);
      line += i == 0 ? "v" : "\tv";
    }
    return head + '\n' + line + '\n';
  };
  EXPECT_EQ(parsed(log(kZeekColumnsMax)).back().values.size(), kZeekColumnsMax);
  EXPECT_EQ(parsed(log(kZeekColumnsMax + 1)).back().values.size(), 0u);
}

}  // namespace
}  // namespace tocsin
