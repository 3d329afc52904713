// What the data cases cannot say of columns: limits, texts that are no address or hash, mistakes in mappings, memory,
// and the obvious way to compare with.
#include "normalize/column_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "base/text.h"
#include "normalize/taxonomy_testing.h"

namespace tocsin {

extern std::atomic<std::size_t> allocations;  // allocations_test.cc

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

class ColumnBench {
 public:
  explicit ColumnBench(std::string_view yaml)
      : taxonomy_(load(yaml)), paths_(*taxonomy_), reader_(*taxonomy_, paths_) {}

  const EventColumns& read(Fields fields, ValueKind kind = ValueKind::kText) {
    fields_ = std::move(fields);
    event_.clear();
    for (const auto& [key, text] : fields_) {
      event_.values.push_back(
          {text.data(), static_cast<std::uint32_t>(text.size()), paths_.child(PathTable::kRoot, key), kind});
    }
    return again();
  }
  const EventColumns& again() {
    reader_.read(event_, columns_);
    return columns_;
  }
  std::string text(Column column, Fields fields) { return read(std::move(fields)).text(column); }
  Event& event() { return event_; }
  std::string plainly(Column column) const;

 private:
  bool is_named(const Value& value, ColumnFieldId field) const;
  bool holds(const ColumnCondition& condition) const;

  std::unique_ptr<const Taxonomy> taxonomy_;
  PathTable paths_;
  ColumnReader reader_;
  Fields fields_;
  Event event_;
  EventColumns columns_;
};

bool ColumnBench::is_named(const Value& value, ColumnFieldId field) const {
  const ColumnTables& tables = taxonomy_->tables().columns;
  const Names names = taxonomy_->tables().naming.names(paths_.name(value.path)).routing;
  return tables.field_of(paths_.name(value.path), names) == field;
}

bool ColumnBench::holds(const ColumnCondition& condition) const {
  for (const Value& value : event_.values) {
    if (value.kind == ValueKind::kNull || !is_named(value, condition.field)) continue;
    const std::string text = folded(value.raw());
    const bool fits = std::ranges::any_of(condition.any_of, [&](const FoldedPattern& one) { return one.fits(text); });
    return fits != condition.negated;
  }
  return condition.negated;
}

/// The obvious way, for columns that are plain texts: every entry in order, every value.
std::string ColumnBench::plainly(Column column) const {
  for (const ColumnEntry& entry : taxonomy_->tables().columns.entries[static_cast<std::size_t>(column)]) {
    if (!std::ranges::all_of(entry.when, [&](const ColumnCondition& one) { return holds(one); })) continue;
    for (const Value& value : event_.values) {
      if (is_named(value, entry.field) && value.kind != ValueKind::kNull && !value.raw().empty() && value.raw() != "-")
        return std::string(value.raw());
    }
  }
  return {};
}

constexpr std::string_view kPlain =
    "columns:\n"
    "  host: [a, b]\n"
    "  user: [{field: c, when: {id: [1, '2*'], a: {not: x}}}, d, c]\n"
    "  command_line: [words, line]\n"
    "  source_ip: [ip, other]\n"
    "  source_port: [port, spare]\n"
    "  domain: [name]\n"
    "  hash: [sums, sum]\n"
    "  event_code: [id]\n"
    "  outcome: [said, {field: id, values: {OK: success, Bad: failure}}, {field: error, else: failure}]\n";

TEST(ColumnReader, TakesTheFirstFieldThatSaysSomething) {
  ColumnBench bench(kPlain);
  EXPECT_EQ(bench.text(Column::kHost, {{"b", "2"}, {"a", "1"}}), "1");
  for (const char* nothing : {"", "-", "N/A", "0.0.0.0", "::", "S-1-0-0", "?"})
    EXPECT_EQ(bench.text(Column::kHost, {{"b", "2"}, {"a", nothing}}), "2") << nothing;
  EXPECT_EQ(bench.text(Column::kHost, {{"a", "-"}}), "");
  EXPECT_EQ(bench.text(Column::kHost, {{"a", "-"}, {"a", "first"}, {"a", "second"}}), "first");
  EXPECT_EQ(bench.text(Column::kHost, {{"z", "1"}}), "");
  bench.read({{"a", "x"}}, ValueKind::kNull);
  EXPECT_EQ(bench.again().text(Column::kHost), "");
  EXPECT_EQ(bench.read({{"a", R"(C:\\x\u00e9)"}}, ValueKind::kJsonText).text(Column::kHost), "C:\\x\xc3\xa9");
  EXPECT_EQ(bench.read({{"a", "4.688e3"}}, ValueKind::kNumber).text(Column::kHost), "4688");
}

TEST(ColumnReader, ConditionsAskTheFirstValueOfAField) {
  ColumnBench bench(kPlain);
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}, {"id", "1"}}), "c");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}, {"id", "22"}}), "c");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}, {"id", "3"}, {"id", "1"}}), "d");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}}), "d");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}, {"id", "1"}, {"a", "X"}}), "d");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "d"}, {"id", "1"}, {"a", "y"}}), "c");
  EXPECT_EQ(bench.text(Column::kUser, {{"c", "c"}, {"d", "-"}}), "c");  // without a condition it stands last
  bench.read({{"a", ""}, {"a", "x"}, {"c", "c"}, {"d", "d"}, {"id", "1"}});
  bench.event().values.front().kind = ValueKind::kNull;
  EXPECT_EQ(bench.again().text(Column::kUser), "d");  // null is absent
}

TEST(ColumnReader, AddressesAndNothingElse) {
  ColumnBench bench(kPlain);
  const auto address = [&](const char* text) {
    return bench.text(Column::kSourceIp, {{"ip", text}, {"other", "9.9.9.9"}});
  };
  EXPECT_EQ(address("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(address("203.0.113.7:51234"), "203.0.113.7");
  EXPECT_EQ(address("[2001:DB8::7]:443"), "2001:db8::7");
  EXPECT_EQ(address("FE80::1%12"), "fe80::1");
  EXPECT_EQ(address("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(address("::FFFF:cb00:7107"), "203.0.113.7");
  EXPECT_EQ(address("::1"), "::1");
  EXPECT_EQ(address("[2001:db8::7"), "2001:db8::7");
  for (const char* none : {"-", "::", "0:0:0:0:0:0:0:0", "0.0.0.0", "[", "[]", "%", ":", "LOCAL", "a.example", "1.2.3",
                           "1.2.3.4.5", "203.0.113.7:x", "::ffff:0.0.0.0"})
    EXPECT_EQ(address(none), "9.9.9.9") << none;
}

TEST(ColumnReader, DomainsAndPorts) {
  ColumnBench bench(kPlain);
  EXPECT_EQ(bench.text(Column::kDomain, {{"name", "WWW.Example."}}), "www.example");
  EXPECT_EQ(bench.text(Column::kDomain, {{"name", "a.example..:443"}}), "a.example.");
  for (const char* none : {".", "-", ":1", "SELECT 1", "https://a.example/", "a,b"})
    EXPECT_EQ(bench.text(Column::kDomain, {{"name", none}}), "") << none;
  EXPECT_EQ(bench.read({{"port", "0"}}).source_port, 0);
  EXPECT_EQ(bench.read({{"port", "65535"}}).source_port, 65535);
  for (const char* none : {"65536", "-1", "+1", " 1", "1 ", "", "x", "0x50", "-"}) {
    EXPECT_EQ(bench.read({{"port", none}}).source_port, EventColumns::kNoPort) << none;
    EXPECT_EQ(bench.read({{"port", none}, {"spare", "80"}}).source_port, 80) << none;
  }
}

TEST(ColumnReader, WordsOfAnArrayAreOneCommandLine) {
  ColumnBench bench(kPlain);
  EXPECT_EQ(bench.text(Column::kCommandLine, {{"words", "curl"}, {"words", "-o"}, {"words", "-"}}), "curl -o -");
  EXPECT_EQ(bench.text(Column::kCommandLine, {{"words", "-"}, {"line", "id"}}), "id");
  EXPECT_EQ(bench.text(Column::kCommandLine, {{"words", std::string(kColumnBytesMax - 1, 'x')}, {"words", "y"}}),
            std::string(kColumnBytesMax - 1, 'x') + " ");
}

TEST(ColumnReader, Outcomes) {
  ColumnBench bench(kPlain);
  EXPECT_EQ(bench.text(Column::kOutcome, {{"said", "SUCCESS"}}), "success");
  EXPECT_EQ(bench.text(Column::kOutcome, {{"said", "Unknown"}}), "unknown");
  EXPECT_EQ(bench.text(Column::kOutcome, {{"said", "maybe"}, {"id", "ok"}}), "success");
  EXPECT_EQ(bench.text(Column::kOutcome, {{"id", "BAD"}, {"error", "x"}}), "failure");
  EXPECT_EQ(bench.text(Column::kOutcome, {{"id", "other"}, {"error", "x"}}), "failure");
  EXPECT_EQ(bench.text(Column::kOutcome, {{"id", "other"}, {"error", "-"}}), "");
  EXPECT_EQ(bench.read({{"id", "Bad"}}).text(Column::kEventCode), "Bad");  // a field may tell both
}

TEST(ColumnReader, Hashes) {
  ColumnBench bench(kPlain);
  const std::string md5 = "D41D8CD98F00B204E9800998ECF8427E", sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
  const Names both = {sha1, folded(md5)};
  EXPECT_EQ(bench.read({{"sums", "SHA1=" + sha1 + ",MD5=" + md5 + ",IMPHASH=" + std::string(32, '0')}}).hashes, both);
  EXPECT_EQ(bench.read({{"sum", md5}, {"sum", folded(md5)}, {"sums", sha1}}).hashes, both);  // of all fields, each once
  for (const std::size_t digits : {96, 128})
    EXPECT_EQ(bench.read({{"sum", std::string(digits, 'a')}}).hashes, Names{std::string(digits, 'a')});
  for (const std::string& none : {md5 + "0", md5.substr(1), "g" + md5.substr(1), md5 + "_", std::string(64, '0')})
    EXPECT_EQ(bench.read({{"sum", none}}).hashes, Names{}) << none;
  Fields many;
  for (std::size_t i = 0; i < kEventHashesMax + 3; ++i)
    many.emplace_back("sum", std::string(31, i < 10 ? 'a' : 'c') + std::to_string(i % 10));
  many.emplace_back("sums", std::string(32, 'b'));
  EXPECT_EQ(bench.read(many).hashes.size(), kEventHashesMax);
  std::string all;
  for (const auto& [key, text] : many) all += text + ",";
  EXPECT_EQ(bench.read({{"sum", all}}).hashes.size(), kEventHashesMax);
  bench.read(many);
  EXPECT_EQ(bench.again().hashes.front(), std::string(32, 'b'));
  EXPECT_EQ(bench.read({{"sum", md5}}).hashes.size(), 1u);
}

TEST(ColumnReader, LongTextsAreCutBetweenCharacters) {
  ColumnBench bench(kPlain);
  const std::string full(kColumnBytesMax, 'x');
  EXPECT_EQ(bench.text(Column::kHost, {{"a", full}}), full);
  EXPECT_EQ(bench.text(Column::kHost, {{"a", full + "y"}}), full);
  const std::string head = full.substr(2);
  EXPECT_EQ(bench.text(Column::kHost, {{"a", head + "\xe2\x82\xac"}}), head);  // the euro sign, three bytes
  EXPECT_EQ(bench.text(Column::kHost, {{"a", head.substr(1) + "\xe2\x82\xac!"}}), head.substr(1) + "\xe2\x82\xac");
  EXPECT_EQ(bench.text(Column::kHost, {{"a", std::string(2 * kColumnBytesMax, '\x80')}}).size(), kColumnBytesMax);
  std::string escapes;
  for (std::size_t i = 0; i < kColumnBytesMax + 9; ++i) escapes += "\\u0041";
  EXPECT_EQ(bench.read({{"a", escapes}}, ValueKind::kJsonText).text(Column::kHost), std::string(kColumnBytesMax, 'A'));
  EXPECT_EQ(bench.text(Column::kDomain, {{"name", std::string(2 * kColumnBytesMax, 'X')}}), full);
}

TEST(ColumnReader, AllocatesNothingOnceWarm) {
  ColumnBench bench(kPlain);
  const std::string hash(64, 'a'), other(64, 'b');
  const Fields rich = {{"a", std::string(500, 'h')},
                       {"c", std::string(300, 'u')},
                       {"id", "1"},
                       {"ip", "::ffff:203.0.113.7"},
                       {"words", std::string(400, 'w')},
                       {"words", "x"},
                       {"name", std::string(200, 'n')},
                       {"sums", hash},
                       {"sum", other},
                       {"said", "success"}};
  bench.read(rich);
  Event full = bench.event();
  const auto run = [&] {
    bench.event().values.swap(full.values);
    bench.again();
  };
  full.values.resize(1);  // the host alone, and everything, by turns
  for (int i = 0; i < 4; ++i) run();
  const std::size_t before = allocations;
  for (int i = 0; i < 101; ++i) run();
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(bench.again().hashes.empty());
  run();
  EXPECT_EQ(bench.again().hashes, (Names{hash, other}));
}

/// Events at random from few words, so that they meet: the sorted way and the plain one agree.
TEST(ColumnReader, AgreesWithThePlainWay) {
  std::mt19937 random(5);
  const auto pick = [&](std::size_t below) { return random() % below; };
  for (int round = 0; round < 40; ++round) {
    std::string yaml = "columns:\n";
    for (const Column column : {Column::kUser, Column::kFile}) {
      yaml += "  " + std::string(kColumnNames[static_cast<std::size_t>(column)]) + ":\n";
      for (int i = 0; i < 4; ++i) {
        const std::string wanted = std::to_string(pick(3));
        yaml += "    - {field: f" + std::to_string(pick(4)) + ", when: {f" + std::to_string(pick(5)) + ": " +
                (pick(3) == 0 ? "{not: " + wanted + "}" : wanted) + "}}\n";
      }
      yaml += column == Column::kUser ? "    - f0\n    - f1\n" : "    - f2\n    - f3\n";
    }
    ColumnBench bench(yaml);
    for (int event = 0; event < 100; ++event) {
      Fields fields(pick(8));
      for (auto& [key, text] : fields) {
        key = "f" + std::to_string(pick(6));
        text = pick(6) == 0 ? "-" : std::to_string(pick(3));
      }
      bench.read(fields);
      for (const Column column : {Column::kUser, Column::kFile})
        ASSERT_EQ(bench.again().text(column), bench.plainly(column)) << yaml;
    }
  }
}

TEST(ColumnReader, AWholePathComesBeforeTheNamesOfItsParts) {
  ColumnBench bench("naming: {strip: [in.]}\ncolumns: {user: [in.name, name], host: [other]}\n");
  EXPECT_EQ(bench.text(Column::kUser, {{"name", "b"}, {"in.name", "a"}}), "a");
  ColumnBench header("naming: {data: [in.], header: [id]}\ncolumns: {event_code: [id]}\n");
  EXPECT_EQ(header.text(Column::kEventCode, {{"in.id", "2"}}), "");
  EXPECT_EQ(header.text(Column::kEventCode, {{"in.id", "2"}, {"id", "1"}}), "1");
}

TEST(ColumnReader, DerivedValuesHaveThePlaceOfTheirName) {
  const auto taxonomy = load(
      "log_sources: [{product: p, when: {b: {exists: true}}, values: {a: {from: b, replace_start: {x: y}}}}]\n"
      "columns: {process: [a, b]}\n");
  LogSourceTable log_sources;
  PathTable paths(*taxonomy);
  Classifier classifier(*taxonomy, log_sources, paths);
  ColumnReader reader(*taxonomy, paths);
  Event event;
  event.values.push_back({"xz", 2, paths.child(PathTable::kRoot, "b"), ValueKind::kText});
  EventColumns columns;
  reader.read(event, columns);
  EXPECT_EQ(columns.text(Column::kProcess), "xz");
  event.time = 7;
  classifier.classify(event);
  reader.read(event, columns);
  EXPECT_EQ(columns.text(Column::kProcess), "yz");
  EXPECT_EQ(columns.time, 7);
  EXPECT_EQ(columns.log_source, event.log_source);
}

TEST(ColumnMistakes, HaveTheirPlace) {
  const auto error = [](std::string_view columns) { return error_of("columns:\n  " + std::string(columns) + "\n"); };
  EXPECT_EQ(error("host: [a]"), "loaded");
  EXPECT_EQ(error("hosts: [a]"),
            "m.yml:2:3: 'hosts' is not a column (host, user, process, parent_process, command_line, source_ip, "
            "source_port, destination_ip, destination_port, domain, hash, file, registry_key, event_code, outcome)");
  EXPECT_EQ(error("host: []").substr(0, 10), "m.yml:2:9:");
  EXPECT_EQ(error("host: a").substr(0, 10), "m.yml:2:9:");
  EXPECT_EQ(error("{host: [a], user: [b, a]}"), "m.yml:2:25: 'a' fills host already");
  EXPECT_EQ(error("host: [a, b, a]"), "m.yml:2:16: 'a' fills host already");
  EXPECT_EQ(error("host: [a, {field: a, when: {b: c}}]"), "m.yml:2:21: 'a' fills host already");
  EXPECT_EQ(error("host: [{field: a, when: {b: c}}, a]"), "loaded");
  EXPECT_EQ(error("{host: [a], user: [{field: a, when: {b: c}}]}"), "loaded");
  EXPECT_EQ(error("{event_code: [a], outcome: [a]}"), "loaded");
  EXPECT_EQ(error("outcome: [a, a]"), "m.yml:2:16: 'a' fills outcome already");
  EXPECT_EQ(error("host: [{when: {b: c}}]").substr(0, 11), "m.yml:2:10:");
  EXPECT_EQ(error("host: [[a]]").substr(0, 11), "m.yml:2:10:");
  EXPECT_EQ(error("host: [{field: a, if: b}]").substr(0, 11), "m.yml:2:21:");
  EXPECT_EQ(error("host: [{field: a, when: b}]").substr(0, 11), "m.yml:2:27:");
  EXPECT_EQ(error("host: [{field: a, when: {b: []}}]").substr(0, 11), "m.yml:2:31:");
  EXPECT_EQ(error("host: [{field: a, when: {b: {exists: true}}}]").substr(0, 11), "m.yml:2:31:");
  EXPECT_EQ(error("host: [{field: a, values: {b: success}}]"), "m.yml:2:21: only outcome has 'values'");
  EXPECT_EQ(error("outcome: [{field: a, values: {b: fine}}]"), "m.yml:2:36: must be success, failure or unknown");
  EXPECT_EQ(error("outcome: [{field: a, values: {b: ''}}]"), "m.yml:2:36: must be success, failure or unknown");
  EXPECT_EQ(error("outcome: [{field: a, values: {b: success, B: failure}}]").substr(0, 11), "m.yml:2:45:");
  EXPECT_EQ(error("outcome: [{field: a, values: {}}]").substr(0, 11), "m.yml:2:32:");
  EXPECT_EQ(error("outcome: [{field: a, else: [success]}]"), "m.yml:2:30: must be success, failure or unknown");
  EXPECT_EQ(error_of("columns: [host]\n").substr(0, 11), "m.yml:1:10:");
}

TEST(ColumnMistakes, AColumnHasALimit) {
  std::string yaml = "columns:\n  host:\n";
  for (std::size_t i = 0; i < kColumnEntriesMax; ++i) yaml += "    - f" + std::to_string(i) + "\n";
  EXPECT_EQ(error_of(yaml), "loaded");
  EXPECT_NE(error_of(yaml + "    - one\n").find("more than 1024 fields"), std::string::npos);
  yaml = "columns:\n  host:\n";
  for (std::size_t i = 0; i < kColumnFieldsMax; ++i)
    yaml += (i == 0 ? "    - {field: f, when: {f0: x" : ", f" + std::to_string(i) + ": x");
  EXPECT_NE(error_of(yaml + "}}\n").find("more than 16384 fields"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
