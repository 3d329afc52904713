// Formats of mappings: what is loaded and what is refused, which format takes a line, what becomes of its message; that the shipped ones do what the
// tests beside them say.
#include "normalize/text_formats.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/memory_env.h"
#include "base/yaml.h"
#include "normalize/mapping_files.h"
#include "normalize/mapping_tests.h"
#include "normalize/message_parameters.h"
#include "normalize/taxonomy_testing.h"
#include "normalize/text.h"

namespace tocsin {

extern std::atomic<std::size_t> allocations;  // allocations_test.cc

namespace {

constexpr TimeUs kReference = 1'772'442'000'000'000;  // 2026-03-02T09:00:00Z

/// Lines by the formats of one mapping, each as "path=text …" without the line itself.
class Lines {
 public:
  explicit Lines(std::string_view yaml) : taxonomy_(load(yaml)), paths_(*taxonomy_), parser_(paths_, &taxonomy_->formats()) {}

  std::string read(const std::string& line) {
    std::string all;
    parser_.begin_file(kReference);
    parser_.parse(line, [&](const Event& event, std::size_t) {
      format_ = parser_.format();
      time_ = event.time;
      EXPECT_EQ(event.values.front().raw(), line);
      for (const Value& value : event.values) {
        EXPECT_TRUE(value.size == 0 || (value.data >= event.text.data() && value.data + value.size <= event.text.data() + event.text.size()));
        if (value.path != PathTable::kRoot) all += (all.empty() ? "" : " ") + paths_.name(value.path) + "=" + (value.kind == ValueKind::kNull ? "null" : std::string(value.raw()));
      }
    });
    return all;
  }
  const std::string& format() const { return format_; }
  TimeUs time() const { return time_; }
  TextParser& parser() { return parser_; }

 private:
  std::unique_ptr<const Taxonomy> taxonomy_;
  PathTable paths_;
  TextParser parser_;
  std::string format_;
  TimeUs time_ = kNoTime;
};

constexpr std::string_view kDoors = R"(
formats:
  - name: doors
    lines:
      - 'DOOR <timestamp:time %y%m%d %H%M> <component:word> <who:word>: <message:rest>'
      - {pattern: 'DOOR down', add: {component: power}}
    parts:
      who: '<user:text>@<site:rest>'
    add: {vendor: Example, component: none}
    messages:
      opened:
        pattern: 'opened <door:word>'
        component: [reader, keypad]
        add: {outcome: success}
      counted: ['<count:digits> times', '<count:digits> time']
  - name: gates
    programs: [gated, 'gate/*']
    messages:
      shut: 'shut by <user:widest> at <hour:digits>'
)";

TEST(TextFormats, ALineIsTakenByItsPatternAndItsMessageByOneOfTheFormat) {
  Lines lines(kDoors);
  EXPECT_EQ(lines.read("DOOR 260302 0815 reader ann@hq: opened 7"),
            "log_format=doors timestamp=260302 0815 component=reader who=ann@hq message=opened 7 user=ann site=hq vendor=Example message_name=opened door=7 outcome=success");
  EXPECT_EQ(lines.format(), "doors");
  EXPECT_EQ(format_time(lines.time()), "2026-03-02T08:15:00.000000Z");
  // Another component does not say so: what can vary in it is there.
  EXPECT_EQ(lines.read("DOOR 260302 0815 lamp ann: opened 7"), "log_format=doors timestamp=260302 0815 component=lamp who=ann message=opened 7 vendor=Example parameters=7");
  EXPECT_EQ(lines.read("DOOR 260302 0815 lamp -: 3 times  "), "log_format=doors timestamp=260302 0815 component=lamp who=null message=3 times vendor=Example message_name=counted count=3");
  // What the line says itself is not added; of two that add the same, the pattern's.
  EXPECT_EQ(lines.read("DOOR down"), "log_format=doors component=power vendor=Example");
  EXPECT_EQ(lines.read("DOOR 260302 0815"), "");
  EXPECT_EQ(lines.format(), "");
}

TEST(TextFormats, ProgramsOfSyslogSayWhatTheyMean) {
  Lines lines(kDoors);
  const std::string head = "timestamp=Mar  2 08:15:30 hostname=h program=", said = " message=shut by a at b at 7 message_name=shut user=a at b hour=7";
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h gated: shut by a at b at 7"), head + "gated" + said);
  EXPECT_EQ(lines.format(), "syslog");
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h /usr/sbin/gated: shut by a at b at 7"), head + "/usr/sbin/gated" + said);
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h gate/north: shut by a at b at 7"), head + "gate/north" + said);
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h other: shut by a at b at 7"), head + "other message=shut by a at b at 7 parameters=7");
  // What is code speaks where no mapping does.
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h sshd[1]: Invalid user ann from 192.0.2.7"), head + "sshd pid=1 message=Invalid user ann from 192.0.2.7 user=ann src_ip=192.0.2.7");
}

TEST(TextFormats, AFormatOfAMappingGoesBeforeThoseThatAreCode) {
  Lines lines("formats: [{name: mine, lines: '<timestamp:time bsd> <where:word> app: <rest:rest>'}]");
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h app: x"), "log_format=mine timestamp=Mar  2 08:15:30 where=h rest=x");
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h other: x"), "timestamp=Mar  2 08:15:30 hostname=h program=other message=x");
  EXPECT_EQ(format_time(lines.time()), "2026-03-02T08:15:30.000000Z");
}

TEST(TextFormats, PairsAreFields) {
  Lines lines("formats: [{name: pairs, lines: ['P <*:pairs>', 'Q <in:pairs>']}]");
  EXPECT_EQ(lines.read("P a=1 b= c=\"x y\", word d=-; e.f=2"), "log_format=pairs a=1 b=null c=x y d=null e.f=2");
  EXPECT_EQ(lines.read("Q a=1"), "log_format=pairs in.a=1");
  std::string many = "P";
  for (std::size_t i = 0; i < kFormatPairsMax + 10; ++i) many += " k=v";
  const std::string found = lines.read(many);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(found, 'k')), kFormatPairsMax);
}

TEST(TextFormats, AFormatCanBeForced) {
  Lines lines(kDoors);
  EXPECT_FALSE(lines.parser().force("no such"));
  EXPECT_FALSE(lines.parser().force("gates"));  // has no lines
  ASSERT_TRUE(lines.parser().force("doors"));
  EXPECT_EQ(lines.read("Mar  2 08:15:30 h gated: x"), "");
  EXPECT_EQ(lines.read("DOOR down"), "log_format=doors component=power vendor=Example");
  ASSERT_TRUE(lines.parser().force("syslog"));
  EXPECT_EQ(lines.read("DOOR down"), "");
  ASSERT_TRUE(lines.parser().force("key value"));
  EXPECT_EQ(lines.read("a=1 b=2 c=3"), "a=1 b=2 c=3");
  ASSERT_TRUE(lines.parser().force(""));
  EXPECT_EQ(lines.read("DOOR down"), "log_format=doors component=power vendor=Example");
}

TEST(TextFormats, MistakesHaveTheirPlace) {
  EXPECT_EQ(error_of("formats: x"), "m.yml:1:10: formats must be a list of formats");
  EXPECT_EQ(error_of("formats:\n  - {name: a}"), "m.yml:2:5: the format 'a' needs either lines, patterns of whole lines, or programs, whose syslog messages it knows");
  EXPECT_EQ(error_of("formats:\n  - {lines: x}"), "m.yml:2:5: a format needs a name");
  EXPECT_EQ(error_of("formats:\n  - {name: syslog, lines: x}"), "m.yml:2:5: 'syslog' is a format that the program knows by itself");
  EXPECT_EQ(error_of("formats:\n  - {name: a, lines: x}\n  - {name: a, lines: y}"), "m.yml:3:5: a format 'a' is in m.yml already");
  EXPECT_EQ(error_of("formats:\n  - {name: a, programs: b}"), "m.yml:2:5: the format 'a' names programs and no messages");
  EXPECT_EQ(error_of("formats:\n  - name: a\n    lines: x\n    colour: red").substr(0, 44), "m.yml:4:5: 'colour' is not a part of a forma");
  EXPECT_EQ(error_of("formats:\n  - name: a\n    lines: x\n    messages: {m: {component: c}}"), "m.yml:4:16: the message 'm' has no pattern");
  EXPECT_EQ(error_of("formats:\n  - name: a\n    lines: ['<x:text>', '<x:wort>']").substr(0, 71), "m.yml:3:25: at character 1 of the pattern: 'wort' is no type of a field");
}

TEST(TextFormats, WhatTheyNameHasLimits) {
  std::string names, formats, patterns;
  for (std::size_t i = 0; i <= kFormatFieldsMax; ++i) names += "f" + std::to_string(i) + ": x, ";
  EXPECT_NE(error_of("formats: [{name: a, lines: x, add: {" + names + "}}]").find("more than 8192 fields"), std::string::npos);
  for (std::size_t i = 0; i <= kTextFormatsMax; ++i) formats += "{name: f" + std::to_string(i) + ", lines: x}, ";
  EXPECT_NE(error_of("formats: [" + formats + "]").find("more than 1024 formats"), std::string::npos);
  for (std::size_t i = 0; i <= kFormatPatternsMax; ++i) patterns += "x, ";
  EXPECT_NE(error_of("formats: [{name: a, lines: [" + patterns + "]}]").find("more than 16384 patterns"), std::string::npos);
}

std::string parameters_of(std::string_view message) {
  std::string all;
  for_each_parameter(message, [&](std::string_view one) { all += (all.empty() ? "" : "|") + std::string(one); });
  return all;
}

TEST(MessageParameters, AreWhatCanVary) {
  EXPECT_EQ(parameters_of("Connection to /10.0.0.7:2888 lost, id=4 \"no route\""), "/10.0.0.7:2888|4|no route");
  EXPECT_EQ(parameters_of("state = open, took 3.5s."), "open|3.5s");
  EXPECT_EQ(parameters_of("don't stop: ann@example.org wrote C:\\x and /tmp"), "ann@example.org|C:\\x|/tmp");
  EXPECT_EQ(parameters_of("[id blk_-123] (retry) and/or 'a b' 'c"), "blk_-123|and/or|a b");
  EXPECT_EQ(parameters_of("nothing varies here"), "");
  EXPECT_EQ(parameters_of(std::string("\"") + std::string(kQuotedParameterBytesMax + 1, 'x') + "\""), "");
  std::string many;
  for (std::size_t i = 0; i < kMessageParametersMax + 5; ++i) many += "7 ";
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(parameters_of(many), '7')), kMessageParametersMax);
}

TEST(MappingFiles, AreReadAndGoBeforeTheShippedOnes) {
  MemoryEnv env;
  env.add_file("m/doors.yml", std::string(kDoors));
  env.add_file("m/notes.txt", "no mapping");
  env.add_file("bad.yml", "formats: x");
  env.add_folder("empty");
  const auto files = read_mapping_files(env, {"m"});
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 1u);
  const auto taxonomy = load_taxonomy(env, {"m"});
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  EXPECT_EQ((*taxonomy)->formats().formats.front().name, "doors");
  EXPECT_NE((*taxonomy)->mark(), (*Taxonomy::load(Taxonomy::shipped()))->mark());
  EXPECT_EQ(read_mapping_files(env, {"empty"}).error().code, Code::kNotFound);
  EXPECT_FALSE(read_mapping_files(env, {"nowhere"}));
  EXPECT_EQ(load_taxonomy(env, {"bad.yml"}).error().message, "bad.yml:1:10: formats must be a list of formats");
  env.add_file("large.yml", std::string(kMappingFileBytesMax + 1, ' '));
  EXPECT_FALSE(read_mapping_files(env, {"large.yml"}));
}

/// The failure of one test against kDoors, "" if it passes.
std::string failure_of(std::string_view test) {
  const std::string yaml = std::string(kDoors) + "entities: {user: [user]}\nlog_sources: [{product: doors, when: {log_format: doors}}]\ntests:\n" + std::string(test);
  const std::unique_ptr<const Taxonomy> taxonomy = load(yaml);
  if (taxonomy == nullptr) return "does not load";
  const MappingTestRun run = run_mapping_tests(*taxonomy, {"m.yml", yaml});
  EXPECT_EQ(run.tests, 1u);
  return run.failures.empty() ? "" : run.failures.front().substr(run.failures.front().find(": ") + 2);
}

TEST(MappingTests, SayWhatDiffers) {
  const std::string line = "  - line: 'DOOR 260302 0815 reader ann@hq: opened 7'\n    ";
  EXPECT_EQ(failure_of(line + "fields: {user: ann, door: '7', colour: []}\n    format: doors\n    time: 2026-03-02T08:15:00Z\n    log_source: [doors//]\n    entities: {user: ann}"), "");
  EXPECT_EQ(failure_of(line + "fields: {user: bob}"), "field 'user': expected 'bob', is 'ann'");
  EXPECT_EQ(failure_of(line + "fields: {colour: red}"), "field 'colour': expected 'red', is nothing");
  EXPECT_EQ(failure_of(line + "format: syslog"), "format: expected 'syslog', is 'doors'");
  EXPECT_EQ(failure_of(line + "time: 2026-03-02T08:16:00Z"), "time: expected '2026-03-02T08:16:00Z', is '2026-03-02T08:15:00.000000Z'");
  EXPECT_EQ(failure_of(line + "log_source: [x//]"), "log_source: expected 'x//', is 'doors//'");
  EXPECT_EQ(failure_of(line + "log_source: []"), "log_source: expected nothing, is 'doors//'");
  EXPECT_EQ(failure_of(line + "entities: {user: bob}"), "entities of type user: expected 'bob', are 'ann'");
  EXPECT_EQ(failure_of(line + "columns: {user: bob, colour: x}").substr(0, 35), "column user: expected 'bob', is ''\n");
  EXPECT_EQ(failure_of(line + "expect: x").substr(0, 33), "'expect' is not a part of a test ");
  EXPECT_EQ(failure_of("  - fields: {a: b}"), "a test has either a line or an event");
  EXPECT_EQ(failure_of("  - line: \"a\\nb\""), "'line' gives 2 events; a test has one");
  EXPECT_EQ(failure_of("  - event: '{\"user\": \"ann\"}'\n    fields: {user: ann}\n    format: json"), "");
}

TEST(MappingTests, OfTheShippedMappingsPass) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  std::size_t tests = 0;
  for (const MappingText& text : Taxonomy::shipped()) {
    const MappingTestRun run = run_mapping_tests(**taxonomy, text);
    tests += run.tests;
    for (const std::string& failure : run.failures) ADD_FAILURE() << failure;
  }
  EXPECT_GE(tests, 60u);
}

/// What every test of the shipped mappings has under `key`, a line each.
std::string shipped_tests(std::string_view key) {
  std::string all;
  for (const MappingText& text : Taxonomy::shipped()) {
    const auto documents = parse_yaml(text.text);
    for (const YamlNode& document : *documents) {
      const YamlNode* const tests = document.find("tests");
      if (tests == nullptr) continue;
      for (const YamlNode& test : tests->items) all += std::string(test.text(key)) + "\n";
    }
  }
  return all;
}

TEST(MappingTests, EveryShippedFormatIsTried) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy);
  const std::string tried = "\n" + shipped_tests("format");
  for (const TextFormat& format : (*taxonomy)->formats().formats) {
    if (format.lines.empty()) continue;
    EXPECT_NE(tried.find("\n" + format.name + "\n"), std::string::npos) << format.name << " has no test with 'format'";
  }
}

TEST(TextFormats, WarmTheyAllocateNothing) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy);
  const std::string text = shipped_tests("line");
  PathTable paths(**taxonomy);
  TextParser parser(paths, &(*taxonomy)->formats());
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
  EXPECT_GT(values, 500u);
}

}  // namespace
}  // namespace tocsin
