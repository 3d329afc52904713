// Queries and rows that are made up: what DuckDB finds by the compiled SQL is what query_match finds. And, over rows that are
// written down, what each command gives. Skipped where the build found no DuckDB.
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "store/duckdb_testing.h"
#include "store/query_sql.h"

#ifndef TOCSIN_DUCKDB
TEST(QueryInDuckdb, IsSkipped) { GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)"; }
#else

namespace tocsin::store {
namespace {

/// Texts that have gone wrong somewhere: every kind of case folding, wildcards of all languages involved, numbers, addresses.
constexpr std::string_view kPieces[] = {"a",      "A",
                                        "k",      "\u212a",
                                        "s",      "S",
                                        "\u017f", "i",
                                        "I",      "\u0130",
                                        "\u0131", "\u00e9",
                                        "\u00c9", "\u03c3",
                                        "\u03c2", "\\",
                                        "*",      "?",
                                        "%",      "_",
                                        "\n",     ".",
                                        "1",      "0",
                                        "-",      "'",
                                        "\"",     " ",
                                        "/",      "$1",
                                        "e",      ":",
                                        "..",     "|",
                                        "(",      ")",
                                        "\u1e9e", "\xf0\x9f\x94\x94",
                                        "\u00df", "K"};
constexpr std::string_view kWholes[] = {"",
                                        "10.1.2.3",
                                        "10.1.2.255",
                                        "11.0.0.0",
                                        "::ffff:10.1.2.3",
                                        "2001:db8::1",
                                        "2001:DB8:0::2",
                                        "::1",
                                        "10.01.2.3",
                                        "010.1.2.3",
                                        "1",
                                        "443",
                                        "1e3",
                                        "1.5",
                                        "-3",
                                        "+7",
                                        "1e400",
                                        ".5",
                                        "5.",
                                        "1_000",
                                        "0x10",
                                        "inf",
                                        "nan",
                                        "1e-400",
                                        " 1",
                                        "alice"};
constexpr std::string_view kNames[] = {"user",  "host",     "hash", "domain", "source_ip", "destination_port", "time",
                                       "Field", "Odd name", "raw",  "id",     "category",  "command_line"};

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  bool once_in(std::size_t n) { return below(n) == 0; }
  template <std::size_t N>
  std::string of(const std::string_view (&texts)[N]) {
    return std::string(texts[below(N)]);
  }

  std::map<std::string, std::vector<std::string> >
      met;  // values of rows by field, so that queries ask for what is there

 private:
  std::mt19937 random_;
};

std::string made_text(Chance& chance) {
  if (chance.once_in(3)) return chance.of(kWholes);
  std::string text;
  const bool is_long = chance.once_in(6);  // as raw records are: many at once are looked through
  for (std::size_t n = chance.below(is_long ? 60 : 4); n > 0; --n) text += chance.of(kPieces);
  return text;
}

/// A few characters of a text.
std::string made_stretch(Chance& chance, std::string_view text) {
  std::size_t at = 0;
  for (std::size_t n = chance.below(text.size()); at < text.size() && n > 0; --n) at += char_at(text, at).size;
  const std::size_t begin = at;
  for (std::size_t n = 1 + chance.below(8); at < text.size() && n > 0; --n) at += char_at(text, at).size;
  return std::string(text.substr(begin, at - begin));
}

TimeUs made_time(Chance& chance) {
  constexpr TimeUs kDays = 20'650;  // to 2026-07-16
  return (kDays + static_cast<TimeUs>(chance.below(3))) * 86'400'000'000 +
         static_cast<TimeUs>(chance.below(4)) * 1'800'000'000;
}

TestRow made_row(Chance& chance, std::size_t id) {
  TestRow row;
  if (!chance.once_in(5)) row.at = made_time(chance);
  for (const QueryColumn& column : kQueryColumns) {
    if (column.type == ColumnType::kTime || chance.once_in(4)) continue;
    std::vector<std::string> values;
    if (column.type == ColumnType::kInteger) {
      values = {std::to_string(chance.below(3) * 400 + chance.below(60))};
    } else {
      const std::size_t count = column.type == ColumnType::kTextList ? chance.below(3) : 1;
      for (std::size_t i = 0; i < count; ++i) values.push_back(made_text(chance));
      auto& met = chance.met[std::string(column.name)];
      met.insert(met.end(), values.begin(), values.end());
    }
    if (column.folded) {
      for (std::string& value : values) value = folded(value);
    }
    row.columns.emplace(column.name, values);
  }
  for (const char* name : {"Field", "Odd name", "user"}) {
    if (chance.once_in(3)) continue;
    auto& values = row.fields[name];
    for (std::size_t n = chance.below(3); n > 0; --n) {
      values.push_back(made_text(chance));
      chance.met[name].push_back(*values.back());
    }
    if (chance.once_in(4)) values.push_back(std::nullopt);
  }
  row.columns["id"] = {std::to_string(id)};
  row.columns.try_emplace("raw", std::vector<std::string>{""});
  return row;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// A text with some of its characters made wildcards, or with a backslash before them.
std::string made_wild(Chance& chance, const std::string& name) {
  const std::vector<std::string>& met = chance.met[name];
  std::string text = met.empty() || chance.once_in(4) ? made_text(chance) : met[chance.below(met.size())];
  const bool is_long = text.size() > 16;
  if (is_long) text = made_stretch(chance, text);
  std::string wild = is_long || chance.once_in(4) ? "*" : "";
  for (std::size_t i = 0; i < text.size();) {
    const std::uint32_t size = char_at(text, i).size;
    const std::size_t choice = chance.below(8);
    if (choice == 0)
      wild += '?';
    else if (choice == 1)
      wild += '*';
    else if (choice == 2)
      wild += '\\' + text.substr(i, size);
    else
      wild += text.substr(i, size);
    i += size;
  }
  return wild + (is_long || chance.once_in(4) ? "*" : "");
}

std::string made_regex(Chance& chance) {
  static constexpr std::string_view kAtoms[] = {"a",      "k",     "s", "[a-z]", ".",   "\\d", "\\w",
                                                "\u00e9", "(a|1)", "^", "$",     "\\s", "\\."};
  static constexpr std::string_view kFlags[] = {"", "i", "s", "m", "is", "ims"};
  std::string regex = "/";
  for (std::size_t n = 1 + chance.below(3); n > 0; --n) {
    regex += chance.of(kAtoms);
    if (chance.once_in(5) && regex.back() != '^' && regex.back() != '$') regex += '+';
  }
  return regex + "/" + chance.of(kFlags);
}

std::string made_range(Chance& chance, bool time) {
  static constexpr std::string_view kNumbers[] = {"0", "1", "2.5", "443", "-1e2", "1e400", ".5"};
  static constexpr std::string_view kTimes[] = {"2026-07-16", "2026-07-16T01:00", "2026-07-17T00:30:00Z",
                                                "2026-07-18T00:00:00.0Z"};
  static constexpr std::string_view kCompares[] = {">", ">=", "<", "<=", ""};
  const auto made = [&] { return time ? chance.of(kTimes) : chance.of(kNumbers); };
  const std::string compare = chance.of(kCompares);
  if (!compare.empty()) return compare + made();
  const std::string low = made();
  return low + ".." + (chance.once_in(2) ? low : std::string());
}

std::string made_matcher(Chance& chance, const std::string& name) {
  static constexpr std::string_view kNetworks[] = {"10.0.0.0/8",    "10.1.2.0/24", "0.0.0.0/0",
                                                   "2001:db8::/32", "::/0",        "10.1.2.3/32"};
  if (chance.once_in(8)) return "*";
  if (name == "time") return made_range(chance, true);
  const std::size_t choice = chance.below(6);
  if (choice == 0) return made_range(chance, false);
  if (choice == 1 && name != "destination_port") return chance.of(kNetworks);
  if (choice == 2) return made_regex(chance);
  if (name == "destination_port") return chance.once_in(2) ? std::to_string(chance.below(900)) : "4*";
  return in_quotes(made_wild(chance, name));
}

std::string made_term(Chance& chance) {
  if (chance.once_in(6)) {
    const std::string text = made_wild(chance, "raw");
    return chance.once_in(4) ? made_regex(chance) : in_quotes(text.empty() ? "a" : text);
  }
  const std::string name = chance.of(kNames);
  const bool native = name == "Odd name" || (name != "time" && chance.once_in(8));
  const std::string written = native ? in_quotes(name) : name;
  if (chance.once_in(6)) {
    const std::string other = made_matcher(chance, name);
    return written + ":(" + made_matcher(chance, name) + (chance.once_in(2) ? " or " : " and not ") + other + ")";
  }
  return written + ":" + made_matcher(chance, name);
}

std::string made_expression(Chance& chance, int depth) {
  const std::size_t choice = depth > 3 ? 0 : chance.below(6);
  if (choice <= 2) return made_term(chance);
  if (choice == 3) return "not " + made_expression(chance, depth + 1);
  static constexpr std::string_view kBetween[] = {" and ", " or ", " "};
  return "(" + made_expression(chance, depth + 1) + chance.of(kBetween) + made_expression(chance, depth + 1) + ")";
}

std::string ids_found(QueryMatcher& matcher, const std::vector<TestRow>& rows) {
  std::string ids;
  for (const TestRow& row : rows) {
    if (matcher.matches(row)) ids += row.columns.at("id").front() + "\n";
  }
  return ids;
}

TEST(QueryInDuckdb, FindsWhatTheMatcherFinds) {
  constexpr int kTables = 8, kRows = 60, kQueries = 150;
  TestDuckdb duckdb;
  int asked = 0, found = 0;
  for (std::uint32_t table = 0; table < kTables; ++table) {
    Chance chance(table);
    std::vector<TestRow> rows;
    for (std::size_t id = 0; id < kRows; ++id) rows.push_back(made_row(chance, id));
    duckdb.clear();
    duckdb.insert(rows);
    for (int i = 0; i < kQueries; ++i) {
      const std::string text = made_expression(chance, 0);
      const auto query = parse_query(text + " | fields id");
      if (!query) continue;  // an empty range, say
      QueryMatcher matcher(*query);
      const std::string expected = ids_found(matcher, rows);
      const CompiledQuery compiled = compile_query(*query, {});
      ASSERT_EQ(duckdb.ask(compiled), expected) << "table " << table << ", query " << text << "\n" << compiled.sql;
      ++asked;
      found += !expected.empty() && expected != ids_found(matcher, {}) ? 1 : 0;
    }
  }
  EXPECT_GT(asked, kTables * kQueries * 9 / 10);
  EXPECT_GT(found, asked / 4);
}

TEST(QueryInDuckdb, TextMatchesReadsThePatternOfEachRow) {
  TestDuckdb duckdb;
  EXPECT_EQ(duckdb.run("SELECT text_matches(t, p) FROM (VALUES ('\u212aey', 'key'), ('key', '*E*'), (NULL, '*'), ('', '*'), ('a', NULL), "
                       "('one longer than twelve', '*THAN*'), ('one longer than twelve', '*then the others*'), ('a*', 'b\\*')) AS v(t, p)"),
            "true\ntrue\nNULL\ntrue\nNULL\ntrue\nfalse\nfalse\n");
  EXPECT_EQ(duckdb.run("SELECT count(*) FROM range(5000) AS r(i) WHERE text_matches(CASE WHEN i % 7 <> 0 THEN 'nr ' || i || chr(0) END, 'NR *9?')"), "429\n");
}

TEST(QueryInDuckdb, EveryChainOfCommandsRuns) {
  static constexpr std::string_view kCommands[] = {"count",
                                                   "count by user",
                                                   "count by host, Field, hash",
                                                   "top 3 Field",
                                                   "top 2 destination_port",
                                                   "timeline 1h",
                                                   "timeline 1w by category",
                                                   "fields time, user, hash, Field, destination_port",
                                                   "sort time desc",
                                                   "sort Field",
                                                   "sort hash desc",
                                                   "sort destination_port",
                                                   "limit 5",
                                                   "sort count desc",
                                                   "fields user",
                                                   "count by time",
                                                   "sort user"};
  TestDuckdb duckdb;
  Chance chance(7);
  std::vector<TestRow> rows;
  for (std::size_t id = 0; id < 40; ++id) rows.push_back(made_row(chance, id));
  duckdb.insert(rows);
  int ran = 0;
  for (int i = 0; i < 600; ++i) {
    std::string text = chance.once_in(2) ? "user:*a* or Field:*" : "";
    for (std::size_t n = 1 + chance.below(4); n > 0; --n) text += " | " + chance.of(kCommands);
    const auto query = parse_query(text);
    if (!query) continue;
    const CompiledQuery compiled = compile_query(*query, {.relation = "events", .since = 0, .until = INT64_MAX - 1});
    const std::string answer = duckdb.ask(compiled);
    ASSERT_FALSE(answer.starts_with("error")) << text << "\n" << compiled.sql << "\n" << answer;
    ++ran;
  }
  EXPECT_GT(ran, 200);
}

class Commands : public ::testing::Test {
 protected:
  void SetUp() override {
    constexpr TimeUs kHour = 3'600'000'000;
    add(-kHour - 1, "b", {"10"}, 22);
    add(-kHour, "a", {"9", "x"}, 443);
    add(0, "a", {"10", "10"}, 443);
    add(kHour - 1, "", {}, 8080);
    add(kNoTime, "b", {"10"}, 443);
    rows_[3].columns.erase("user");
    duckdb_.insert(rows_);
  }

  void add(TimeUs time, const std::string& user, const std::vector<std::optional<std::string> >& values, int port) {
    TestRow row;
    row.at = time;
    row.columns = {{"id", {std::to_string(rows_.size())}},
                   {"user", {user}},
                   {"raw", {"r"}},
                   {"destination_port", {std::to_string(port)}}};
    row.fields = {{"F", values}};
    rows_.push_back(row);
  }

  std::string ask(std::string_view text) {
    const auto query = parse_query(text);
    if (!query) return format_mistake(text, query.error());
    return duckdb_.ask(compile_query(*query, {}));
  }

  TestDuckdb duckdb_;
  std::vector<TestRow> rows_;
};

TEST_F(Commands, GiveWhatThePageSays) {
  EXPECT_EQ(ask("| count"), "5\n");
  EXPECT_EQ(ask("user:nobody | count"), "0\n");
  EXPECT_EQ(ask("| count by user"), "a | 2\nb | 2\nNULL | 1\n");
  EXPECT_EQ(ask("| count by F"), "10 | 3\n9 | 1\nx | 1\nNULL | 1\n");
  EXPECT_EQ(ask("| count by user, F | limit 2"), "b | 10 | 2\na | 10 | 1\n");
  EXPECT_EQ(ask("| top 1 F"), "10 | 3\n");
  EXPECT_EQ(ask("| top 9 user"), "a | 2\nb | 2\n");
  EXPECT_EQ(ask("| timeline 1h"), "1969-12-31 22:00:00 | 1\n1969-12-31 23:00:00 | 1\n1970-01-01 00:00:00 | 2\n");
  EXPECT_EQ(ask("| timeline 1w"), "1969-12-29 00:00:00 | 4\n");
  EXPECT_EQ(ask("user:a | timeline 1d by user"), "1969-12-31 00:00:00 | a | 1\n1970-01-01 00:00:00 | a | 1\n");
  EXPECT_EQ(ask("user:b | fields F, user, id"), "[10] | b | 0\n[10] | b | 4\n");
  EXPECT_EQ(ask("| sort F | fields id | limit 2"), "1\n0\n");
  EXPECT_EQ(ask("| sort time desc | fields id"), "3\n2\n1\n0\n4\n");
  EXPECT_EQ(ask("| sort port desc | limit 1 | fields port"), "8080\n");
  EXPECT_EQ(ask("| sort time | limit 2 | count by user"), "a | 1\nb | 1\n");
  EXPECT_EQ(ask("| count by user | sort user desc"), "b | 2\na | 2\nNULL | 1\n");
}

TEST_F(Commands, LongQueriesRun) {
  std::string terms = "user:a";
  for (std::size_t i = 1; i < kQueryTermsMax; ++i) terms += " or F:x";
  EXPECT_EQ(ask(terms + "| fields id"), "1\n2\n");
  EXPECT_EQ(ask(std::string(kQueryDepthMax, '(') + "user:a" + std::string(kQueryDepthMax, ')') + " | count"), "2\n");
  std::string nots;
  for (int i = 0; i < kQueryDepthMax; ++i) nots += "not ";
  EXPECT_EQ(ask(nots + "user:a | count"), "2\n");
  std::string chain = "| count by user";
  for (std::size_t i = 1; i < kQueryCommandsMax; ++i) chain += "| count by user";
  EXPECT_EQ(ask(chain), "a | 1\nb | 1\nNULL | 1\n");
}

TEST_F(Commands, TimeWindowsAreHalfOpen) {
  const auto query = parse_query("| count");
  ASSERT_TRUE(query);
  EXPECT_EQ(duckdb_.ask(compile_query(*query, {.relation = "events", .since = 0, .until = 3'599'999'999})), "1\n");
  EXPECT_EQ(duckdb_.ask(compile_query(*query, {.relation = "events", .since = 0, .until = 3'600'000'000})), "2\n");
}

}  // namespace
}  // namespace tocsin::store
#endif
