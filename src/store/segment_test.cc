// Rows into segments and out of searches, on a real disk: what is written is what is found, byte for byte. Skipped where the build found no DuckDB.
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "store/duck.h"
#include "store/search.h"
#include "store/segment_writer.h"

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

constexpr TimeUs kNoon = 1'785'153'600'000'000;  // 2026-07-27T12:00:00Z

/// A folder that goes with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "tocsin-segment-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Rows from memory.
class TestRows : public RowSource {
 public:
  struct Row {
    std::string source, raw;
    EventColumns columns;
    LogSourceClass log_source;
  };

  Row& add(std::string raw) {
    Row& row = rows_.emplace_back();
    row.source = "bulk/a";
    row.raw = std::move(raw);
    return row;
  }
  void fail_at(std::size_t row) { fail_at_ = row; }
  /// The sequence of the first row.
  void begin_at(std::size_t sequence) { begin_at_ = sequence; }
  std::size_t size() const { return rows_.size(); }

  Status start() override {
    at_ = 0;
    return {};
  }
  Result<bool> next(EventRow& row) override {
    if (at_ == fail_at_) return Error{Code::kIo, "the journal cannot be read"};
    if (at_ == rows_.size()) return false;
    const Row& from = rows_[at_];
    row = {begin_at_ + at_, kNoon + static_cast<TimeUs>(begin_at_ + at_), from.source, from.raw, &from.columns, &from.log_source};
    ++at_;
    return true;
  }

 private:
  std::deque<Row> rows_;
  std::size_t at_ = 0, fail_at_ = SIZE_MAX, begin_at_ = 0;
};

/// JSON objects are taken for fields: {"a":…} has a field "all", the whole record.
class WholeRecord : public RecordFields {
 public:
  void values(std::string_view raw, std::string_view name, std::vector<std::optional<std::string>>& values) override {
    if (name == "all") values = {std::string(raw), std::nullopt};
  }
};

struct Answer : SearchVisitor {
  void columns(const std::vector<std::string>& names) override { heads = names; }
  bool row(const std::vector<SearchValue>& values) override {
    std::string line;
    for (const SearchValue& value : values) line += (line.empty() ? "" : " ") + value.json;
    lines.push_back(line);
    return lines.size() < most;
  }
  std::vector<std::string> heads, lines;
  std::size_t most = SIZE_MAX;
};

class Segments : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  }

  std::vector<Segment> store(TestRows& rows) {
    SegmentWriter writer(Env::system(), scratch_.path());
    Result<std::optional<Segment>> segment = writer.write(rows);
    EXPECT_TRUE(segment) << (segment ? "" : segment.error().message);
    std::vector<Segment> all;
    if (segment && *segment) all.push_back(**segment);
    return all;
  }

  std::unique_ptr<Search> open(const std::vector<Segment>& segments, RowSource* waiting, SearchLimits limits = {}, const std::string& output = "") {
    SearchTarget target;
    target.output = output;
    target.folder = scratch_.path();
    for (const Segment& segment : segments) target.files.push_back(segment.file);
    target.waiting = waiting;
    target.fields = [] { return std::make_unique<WholeRecord>(); };
    Result<std::unique_ptr<Search>> search = Search::open(limits, target);
    EXPECT_TRUE(search) << (search ? "" : search.error().message);
    return search ? std::move(*search) : nullptr;
  }

  std::vector<std::string> sql(Search& search, const std::string& text) {
    Answer answer;
    const Status done = search.run_sql(text, answer);
    if (!done) return {"error: " + done.error().message};
    return answer.lines;
  }

  std::vector<std::string> ask(Search& search, const std::string& text) {
    const Parsed<Query> query = parse_query(text);
    EXPECT_TRUE(query) << text;
    Answer answer;
    const Status done = search.run(compile_query(*query, {.relation = std::string(Search::kRelation), .since = {}, .until = {}}), answer);
    if (!done) return {"error: " + done.error().message};
    return answer.lines;
  }

  using Lines = std::vector<std::string>;
  const Scratch scratch_;
};

void add_two_events(TestRows& rows) {
  TestRows::Row& first = rows.add(R"({"n":1,"text":"don't"})");
  first.columns.time = kNoon - 1'000'000;
  first.columns.text(Column::kHost) = "WS-07";
  first.columns.text(Column::kUser) = "alice";
  first.columns.text(Column::kSourceIp) = "10.1.2.3";
  first.columns.source_port = 443;
  first.columns.hashes = {"aa", "bb"};
  first.log_source.sources = {{"Windows", "process_creation", "sysmon"}, {"windows", "process_access", ""}};
  rows.add("a line\nof two \xf0\x9f\x94\x94");
}

TEST_F(Segments, WhatIsWrittenIsFound) {
  TestRows rows;
  add_two_events(rows);
  const std::vector<Segment> segments = store(rows);
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].file, "2026-07-27/00000000000000000000-00000000000000000001.parquet");
  EXPECT_EQ(segments[0].rows, 2u);
  EXPECT_EQ(segments[0].first_time, kNoon - 1'000'000);
  EXPECT_EQ(segments[0].last_time, kNoon + 1) << "an event without a time has that of its receipt";
  EXPECT_TRUE(check_segment(Env::system(), scratch_.path(), segments[0]));
  const auto search = open(segments, nullptr);
  EXPECT_EQ(sql(*search, "SELECT * FROM events ORDER BY id LIMIT 1"),
            Lines{R"("2026-07-27T11:59:59.000000Z" "bulk/a:0" "bulk/a" ["windows"] ["process_creation","process_access"] ["sysmon"] "WS-07" "alice" )"
                  R"(null null null "10.1.2.3" 443 null null null ["aa","bb"] null null null null "{\"n\":1,\"text\":\"don't\"}" )"
                  R"("2026-07-27T12:00:00.000000Z" null)"});
  EXPECT_EQ(ask(*search, "category:process_access source_ip:10.0.0.0/8 port:* or \"of two\" | fields id"), (Lines{R"("bulk/a:1")"}));
  EXPECT_EQ(ask(*search, "hash:BB source_port:443 user:ALICE not domain:* | fields id, raw"), (Lines{R"("bulk/a:0" "{\"n\":1,\"text\":\"don't\"}")"}));
  EXPECT_EQ(ask(*search, "all:*two* | fields raw, all"), (Lines{R"("a line\nof two 🔔" ["a line\nof two 🔔",null])"}));
  EXPECT_EQ(ask(*search, "Nothing:*"), Lines{});
}

TEST_F(Segments, WhatWaitsIsFoundBesideWhatIsStored) {
  TestRows rows, waiting;
  add_two_events(rows);
  waiting.add("still in the journal");
  for (int i = 0; i < 5'000; ++i) waiting.add("another");
  const auto search = open(store(rows), &waiting);
  EXPECT_EQ(ask(*search, "| count"), Lines{"5003"});
  EXPECT_EQ(ask(*search, "still | fields raw"), Lines{R"("still in the journal")"});
  EXPECT_EQ(sql(*search, "SELECT count(*), sum(length(raw)) FROM events"), Lines{"5003 " + std::to_string(22 + 15 + 20 + 5'000 * 7)});
  const auto alone = open({}, &waiting);
  EXPECT_EQ(ask(*alone, "another | count"), Lines{"5000"});
}

struct Records : RecordVisitor {
  bool record(const StoredRecord& record) override {
    all.push_back(std::to_string(record.sequence) + " " + std::string(record.source) + " " + std::string(record.raw));
    return all.size() < most;
  }
  std::vector<std::string> all;
  std::size_t most = SIZE_MAX;
};

TEST_F(Segments, RecordsComeAsTheyWereReceived) {
  TestRows rows, waiting;
  add_two_events(rows);
  rows.add("caf\xe9");
  waiting.begin_at(3);
  waiting.add("still in the journal").columns.text(Column::kUser) = "alice";
  const auto search = open(store(rows), &waiting);
  Records all, some, none;
  ASSERT_TRUE(search->read_records({}, all));
  EXPECT_EQ(all.all, (Lines{R"(0 bulk/a {"n":1,"text":"don't"})", "1 bulk/a a line\nof two \xf0\x9f\x94\x94", "2 bulk/a caf\xe9", "3 bulk/a still in the journal"}));
  ASSERT_TRUE(search->read_records({"(\"user\" = ? OR partial & 1073741824 <> 0)", {"alice"}}, some));
  EXPECT_EQ(some.all, (Lines{all.all[0], all.all[2], all.all[3]}));
  ASSERT_TRUE(search->read_records({"\"user\" = ?", {"nobody"}}, none));
  EXPECT_EQ(none.all, Lines{});
  EXPECT_EQ(*search->count_records({}), 4u);
  EXPECT_EQ(*search->count_records({"\"user\" = ?", {"alice"}}), 2u);
}

TEST_F(Segments, FilesOfOlderProgramsHaveFewerColumns) {
  TestRows rows, waiting;
  add_two_events(rows);
  std::vector<Segment> segments = store(rows);
  {
    const auto duck = std::move(*Duck::open({.folders = {scratch_.path()}}));
    const std::string old = scratch_.path() + "/old.parquet";
    ASSERT_TRUE(duck->run("COPY (SELECT * EXCLUDE (mappings, partial) FROM read_parquet(" + sql_text(scratch_.path() + "/" + segments[0].file) + ")) TO " +
                          sql_text(old) + " (FORMAT parquet)"));
  }
  Segment old = segments[0];
  old.file = "old.parquet";
  const FileDigest digest = *digest_of(Env::system(), scratch_.path() + "/old.parquet");
  old.bytes = digest.bytes;
  old.sha256 = digest.sha256;
  TestRows newer;
  newer.begin_at(2);
  newer.add("newer");
  const std::vector<Segment> parts = {old, store(newer).front()};
  EXPECT_EQ(ask(*open({old}, &waiting), "| count"), Lines{"2"});
  const auto both = open(parts, &waiting), turned = open({parts[1], parts[0]}, &waiting);
  EXPECT_EQ(ask(*both, "| fields id"), (Lines{R"("bulk/a:0")", R"("bulk/a:1")", R"("bulk/a:2")"}));
  EXPECT_EQ(ask(*turned, "| count"), Lines{"3"}) << "whichever comes first";
  for (const auto* const search : {&both, &turned}) {
    Answer all;
    EXPECT_TRUE((*search)->run_sql("SELECT * FROM events", all));
    EXPECT_EQ(all.lines.size(), 3u);
    EXPECT_EQ(*(*search)->count_records({"mappings IS NULL", {}}), 2u);
  }
  SegmentWriter writer(Env::system(), scratch_.path());
  const Result<Segment> whole = writer.merge(parts);
  ASSERT_TRUE(whole) << whole.error().message;
  const auto search = open({*whole}, &waiting);
  EXPECT_EQ(*search->count_records({"mappings IS NULL", {}}), 2u);
  EXPECT_EQ(ask(*search, "newer | fields id"), Lines{R"("bulk/a:2")"});
}

TEST_F(Segments, WhatIsFoundIsExportedAsParquet) {
  TestRows rows, waiting;
  add_two_events(rows);
  const std::vector<Segment> segments = store(rows);
  const Scratch elsewhere;
  const std::string output = elsewhere.path() + "/it's.parquet";
  const auto search = open(segments, &waiting, {}, output);
  const auto compiled = [&](const std::string& text) {
    return compile_query(*parse_query(text), {.relation = std::string(Search::kRelation), .since = kNoon - 2'000'000, .until = {}});
  };
  const auto exported = [&](const std::string& question) {
    const auto duck = std::move(*Duck::open({.folders = {}, .files = {output}}));
    duckdb_result result{};
    EXPECT_EQ(duck->api().query(duck->connection(), ("SELECT (" + question + ")::BIGINT FROM read_parquet(" + sql_text(output) + ")").c_str(), &result), DuckDBSuccess);
    std::int64_t number = -1;
    if (duckdb_data_chunk chunk = duck->api().fetch_chunk(result)) {
      number = *static_cast<const std::int64_t*>(duck->api().vector_get_data(duck->api().data_chunk_get_vector(chunk, 0)));
      duck->api().destroy_data_chunk(&chunk);
    }
    duck->api().destroy_result(&result);
    return number;
  };
  ASSERT_TRUE(search->export_query(compiled("user:alice"))) << search->export_query(compiled("user:alice")).error().message;
  EXPECT_EQ(exported("count(*)"), 1);
  EXPECT_EQ(exported("sum(source_port + len(hash))"), 445);
  ASSERT_TRUE(search->export_query(compiled("| count by host")));
  EXPECT_EQ(exported("sum(count)"), 2);
  ASSERT_TRUE(search->export_sql("SELECT 7 AS n -- a comment")) << search->export_sql("SELECT 7 AS n").error().message;
  EXPECT_EQ(exported("sum(n)"), 7);
  EXPECT_EQ(search->export_sql("SELECT 1) TO '/tmp/x' (FORMAT csv); --").error().code, Code::kInvalid);
  EXPECT_EQ(search->export_sql("COPY (SELECT 1) TO '" + elsewhere.path() + "/other'").error().code, Code::kInvalid);
  EXPECT_FALSE(open(segments, &waiting)->export_sql("SELECT 1")) << "nothing may be written";
  EXPECT_EQ(std::distance(fs::directory_iterator(elsewhere.path()), fs::directory_iterator()), 1);
}

TEST_F(Segments, RecordsThatAreNoUtf8KeepTheirBytes) {
  TestRows rows;
  rows.add("caf\xe9 \xff");
  rows.add(std::string("nul\0 byte", 9));
  rows.add("");
  const auto search = open(store(rows), nullptr);
  EXPECT_EQ(sql(*search, "SELECT raw, hex(raw_bytes), raw_bytes FROM events ORDER BY id"),
            (Lines{"\"caf\uFFFD \uFFFD\" \"636166E920FF\" \"caf\\\\xE9 \\\\xFF\"", R"("nul\u0000 byte" null null)", R"("" null null)"}));
}

TEST_F(Segments, ManyBecomeOneWithTheSameRows) {
  std::vector<Segment> parts;
  TestRows all;
  for (int part = 0; part < 3; ++part) {
    TestRows rows;
    for (int i = 0; i < 1 + part * 3'000; ++i) {
      const std::string raw = "part " + std::to_string(part) + " row " + std::to_string(i) + (i % 7 == 0 ? " \xff" : "");
      rows.add(raw);
      all.add(raw);
    }
    rows.begin_at(all.size() - rows.size());
    const std::vector<Segment> stored = store(rows);
    parts.insert(parts.end(), stored.begin(), stored.end());
  }
  const std::string question = "SELECT sequence, raw, raw_bytes, received FROM (SELECT *, CAST(split_part(id, ':', 2) AS BIGINT) AS sequence FROM events)";
  const Lines before = sql(*open(parts, nullptr), question);
  SegmentWriter writer(Env::system(), scratch_.path());
  const Result<Segment> whole = writer.merge(parts);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->file, "2026-07-27/00000000000000000000-00000000000000009002.parquet");
  EXPECT_EQ(whole->rows, 9'003u);
  EXPECT_EQ(whole->raw_bytes, parts[0].raw_bytes + parts[1].raw_bytes + parts[2].raw_bytes);
  EXPECT_TRUE(check_segment(Env::system(), scratch_.path(), *whole));
  EXPECT_EQ(before.size(), 9'003u);
  EXPECT_EQ(sql(*open({*whole}, nullptr), question), before) << "in the same order";
  ASSERT_TRUE(writer.remove_strangers({*whole}));
  EXPECT_FALSE(fs::exists(scratch_.path() + "/" + parts[0].file));

  Segment damaged = *whole;
  damaged.sha256[0] = static_cast<char>(damaged.sha256[0] ^ 1);
  const Result<Segment> refused = writer.merge(std::vector<Segment>{damaged, *whole});
  ASSERT_FALSE(refused) << "what is not what was written gets no new hash";
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  Segment short_one = *whole;
  short_one.rows -= 1;
  EXPECT_FALSE(writer.merge(std::vector<Segment>{short_one})) << "rows would be lost";
}

TEST_F(Segments, NothingIsNoSegmentAndAFailureLeavesNone) {
  TestRows none;
  EXPECT_TRUE(store(none).empty());
  TestRows rows;
  for (int i = 0; i < 10'000; ++i) rows.add("x");
  rows.fail_at(9'000);
  SegmentWriter writer(Env::system(), scratch_.path());
  const Result<std::optional<Segment>> segment = writer.write(rows);
  ASSERT_FALSE(segment);
  EXPECT_NE(segment.error().message.find("the journal cannot be read"), std::string::npos) << segment.error().message;
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

TEST_F(Segments, StrangersGo) {
  TestRows rows;
  add_two_events(rows);
  const std::vector<Segment> segments = store(rows);
  const std::string day = scratch_.path() + "/2026-07-27/";
  ASSERT_TRUE(Env::system().write_file(day + "00000000000000000002-00000000000000000009.parquet", "left by a crash"));
  ASSERT_TRUE(Env::system().write_file(scratch_.path() + "/unfinished.parquet", "left by a crash"));
  ASSERT_TRUE(Env::system().write_file(scratch_.path() + "/notes.txt", "somebody's own"));
  SegmentWriter writer(Env::system(), scratch_.path());
  ASSERT_TRUE(writer.remove_strangers(segments));
  EXPECT_EQ(Env::system().list_folder(day)->size(), 1u);
  EXPECT_EQ(Env::system().list_folder(scratch_.path())->size(), 2u);
}

TEST_F(Segments, AFlippedBitIsSeen) {
  TestRows rows;
  add_two_events(rows);
  const Segment segment = store(rows).front();
  const std::string path = scratch_.path() + "/" + segment.file;
  const std::string good = *Env::system().read_file(path, 1 << 20);
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 97) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(Env::system().write_file(path, bad));
    const Status checked = check_segment(Env::system(), scratch_.path(), segment);
    ASSERT_FALSE(checked) << bit;
    EXPECT_EQ(checked.error().code, Code::kInvalid);
  }
  ASSERT_TRUE(Env::system().write_file(path, good.substr(1)));
  EXPECT_FALSE(check_segment(Env::system(), scratch_.path(), segment));
  ASSERT_TRUE(Env::system().write_file(path, good));
  EXPECT_TRUE(check_segment(Env::system(), scratch_.path(), segment));
}

TEST_F(Segments, SearchesReadNothingElseAndChangeNothing) {
  TestRows rows;
  add_two_events(rows);
  const auto search = open(store(rows), nullptr);
  const std::string outside = scratch_.path() + "-outside";
  const std::string statements[] = {
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM read_text('" + scratch_.path() + "/../../etc/passwd')",
      "COPY (SELECT 1) TO '" + outside + "'",
      "COPY (SELECT 1) TO '" + scratch_.path() + "/new.parquet' (FORMAT parquet)",
      "ATTACH '" + outside + "' AS a",
      "SET enable_external_access = true",
      "SET allowed_directories = ['/']",
      "SET memory_limit = '100GB'",
      "INSTALL httpfs",
      "LOAD httpfs",
      "DROP VIEW events",
      "CREATE TABLE t (a INTEGER)",
      "SELECT 1; SELECT 2",
      "SELEC 1",
  };
  for (const std::string& statement : statements) {
    const Lines lines = sql(*search, statement);
    ASSERT_EQ(lines.size(), 1u) << statement;
    EXPECT_TRUE(lines[0].starts_with("error: ")) << statement << ": " << lines[0];
  }
  EXPECT_FALSE(fs::exists(outside));
  EXPECT_FALSE(fs::exists(scratch_.path() + "/new.parquet"));
  EXPECT_EQ(sql(*search, "SELECT count(*) FROM events"), Lines{"2"});
}

TEST_F(Segments, ValuesOfEveryTypeAreShown) {
  TestRows rows;
  const auto search = open(store(rows), &rows);
  EXPECT_EQ(sql(*search, "SELECT 1::TINYINT, 2::HUGEINT, 1.50::DECIMAL(5,2), 0.1::DOUBLE, 'nan'::DOUBLE, true, NULL, DATE '2026-07-27', {'a': 1}, "
                         "[[1], [2, 3]], 'x'::BLOB -- and a comment"),
            Lines{R"(1 2 1.50 0.1 null true null "2026-07-27" "{'a': 1}" [[1],[2,3]] "x")"});
}

TEST_F(Segments, SearchesEndWhenTheyHaveTo) {
  TestRows rows;
  add_two_events(rows);
  const std::vector<Segment> segments = store(rows);
  const std::string endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range < 0";
  const auto late = open(segments, nullptr, {.memory_bytes = 128u << 20, .threads = 1, .time = std::chrono::milliseconds(50)});
  Answer answer;
  Status done = late->run_sql(endless, answer);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kLimit);
  const auto cancelled = open(segments, nullptr);
  cancelled->cancel();
  done = cancelled->run_sql(endless, answer);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kDenied);
  const auto large = open(segments, nullptr, {.memory_bytes = 64u << 20, .threads = 1, .time = std::chrono::minutes(5)});
  done = large->run_sql("SELECT count(DISTINCT range::VARCHAR || repeat('x', 200)) FROM range(3000000)", answer);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kLimit);
  Answer some;
  some.most = 10;
  EXPECT_TRUE(late != nullptr && open(segments, &rows)->run_sql("SELECT * FROM range(1000000000)", some));
  EXPECT_EQ(some.lines.size(), 10u);
}

}  // namespace
}  // namespace tocsin::store
