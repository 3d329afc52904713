// Limits of the query language, times before now, how a mistake looks.
#include "store/query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "store/query_sql.h"

namespace tocsin::store {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// That the first is accepted and the second refused for what `says`.
void expect_edge(const std::string& fits, const std::string& too_much, std::string_view says) {
  const auto good = parse_query(fits);
  EXPECT_TRUE(good) << (good ? "" : good.error().message);
  const auto bad = parse_query(too_much);
  ASSERT_FALSE(bad) << says;
  EXPECT_NE(bad.error().message.find(says), std::string::npos) << bad.error().message;
  EXPECT_LE(bad.error().at.begin, bad.error().at.end);
  EXPECT_LE(bad.error().at.end, too_much.size());
}

TEST(QueryLimits, Bytes) {
  expect_edge(std::string(kQueryBytesMax, 'a'), std::string(kQueryBytesMax + 1, 'a'), "bytes");
}

TEST(QueryLimits, Depth) {
  const auto nested = [](std::size_t n) { return repeated("(", n) + "a" + repeated(")", n); };
  expect_edge(nested(kQueryDepthMax), nested(kQueryDepthMax + 1), "levels");
  expect_edge(repeated("not ", kQueryDepthMax) + "a", repeated("not ", kQueryDepthMax + 1) + "a", "levels");
  expect_edge("a", repeated("(", 16'000), "levels");
}

TEST(QueryLimits, Terms) { expect_edge(repeated("a ", kQueryTermsMax), repeated("a ", kQueryTermsMax + 1), "terms"); }

TEST(QueryLimits, Wildcards) {
  expect_edge("user:" + repeated("a*", kQueryWildcardsMax), "user:" + repeated("a*", kQueryWildcardsMax + 1),
              "wildcards");
  expect_edge("user:" + repeated("*", 1'000), repeated("?", kQueryWildcardsMax + 1), "wildcards");
}

TEST(QueryLimits, Regex) {
  expect_edge("user:/" + std::string(kQueryRegexBytesMax, 'a') + "/",
              "user:/" + std::string(kQueryRegexBytesMax + 1, 'a') + "/", "bytes");
  expect_edge("user:/a{10}/", "user:/((\\pL{100}){100}){10}/", "not a regular expression");  // RE2's own, and memory
  expect_edge("user:/a{10}/", "user:/(\\pL{31}){31}/", "not a regular expression");
}

TEST(QueryLimits, Commands) {
  expect_edge(repeated("|limit 1", kQueryCommandsMax), repeated("|limit 1", kQueryCommandsMax + 1), "commands");
}

TEST(QueryLimits, Names) {
  const auto names = [](std::size_t n) {
    std::string text = "| count by ";
    for (std::size_t i = 0; i < n; ++i) text += (i == 0 ? "n" : ",n") + std::to_string(i);
    return text;
  };
  expect_edge(names(kQueryNamesMax), names(kQueryNamesMax + 1), "names");
}

TEST(QueryLimits, Rows) {
  expect_edge("| limit " + std::to_string(kQueryRowsMax), "| limit " + std::to_string(kQueryRowsMax + 1), "from 1 to");
  expect_edge("| top 1 x", "| top 99999999999999999999999999 x", "from 1 to");
}

TEST(QuerySince, TimesAndSpans) {
  const TimeUs now = parse_time("2026-07-17T12:00:00Z").value();
  const auto since = [&](std::string_view text) {
    const auto time = parse_since(text, now);
    return time ? format_time(*time) : "refused";
  };
  EXPECT_EQ(since("30m"), "2026-07-17T11:30:00.000000Z");
  EXPECT_EQ(since("24h"), "2026-07-16T12:00:00.000000Z");
  EXPECT_EQ(since("7d"), "2026-07-10T12:00:00.000000Z");
  EXPECT_EQ(since("2026-07-01"), "2026-07-01T00:00:00.000000Z");
  EXPECT_EQ(since("2026-07-01T02:00:00+02:00"), "2026-07-01T00:00:00.000000Z");
  for (const char* text : {"", "yesterday", "7", "-7d", "7 d", "99999999999999999999d", "d"}) {
    EXPECT_EQ(since(text), "refused") << text;
  }
}

TEST(QueryMistakes, TheCaretStandsBelowThePlace) {
  const std::string text = "user:alice\n  \xc3\xa9 \x1b size:>large";
  const auto parsed = parse_query(text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(format_mistake(text, parsed.error()),
            "query: error: 'large' is not a number\n"
            "      \xc3\xa9 \\x1b size:>large\n"
            "                   ^\n"
            "    help: to look for a text that begins with >, put it in quotes\n");
}

TEST(QueryColumns, ThePageHasTheTable) {
  std::ifstream in(TOCSIN_SOURCE_DIR "/docs/formats/query.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(page.find(columns_page()), std::string::npos) << columns_page();
}

TEST(QueryColumns, NamesAndAliasesAreDistinct) {
  for (const QueryColumn& column : kQueryColumns) {
    EXPECT_EQ(find_column(column.name), &column);
    std::string_view rest = column.aliases;
    while (!rest.empty()) {
      const std::string_view alias = rest.substr(0, rest.find(' '));
      EXPECT_EQ(find_column(alias), &column) << alias;
      rest = alias.size() == rest.size() ? std::string_view() : rest.substr(alias.size() + 1);
    }
  }
  EXPECT_EQ(find_column("CommandLine"), find_column("command_line"));
  EXPECT_EQ(find_column("LogonType"), nullptr);
}

TEST(QuerySql, NothingOfTheUserStandsInIt) {
  const char* const text =
      "zqx zqx:zqx \"zqx\":*zqx* user:(zqx or /zqx/) | fields \"zqx\", user | count by \"zqx\" | sort \"zqx\"";
  const auto query = parse_query(text);
  ASSERT_TRUE(query) << query.error().message;
  const CompiledQuery compiled = compile_query(*query, {.relation = "events", .since = 5, .until = 7});
  EXPECT_EQ(compiled.sql.find("zqx"), std::string::npos) << compiled.sql;
  EXPECT_EQ(compiled.columns, (std::vector<SqlColumn>{{"zqx", ColumnType::kText}, {"count", ColumnType::kInteger}}));
  EXPECT_EQ(std::ranges::count(compiled.parameters, SqlParameter(SqlTime{5})), 1);
}

}  // namespace
}  // namespace tocsin::store
