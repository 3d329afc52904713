// The cases of tests/data/query: queries and their SQL, queries and the place of their mistake. TOCSIN_UPDATE=1 writes the SQL anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "base/yaml.h"
#include "store/query_sql.h"

namespace tocsin::store {
namespace {

constexpr char kFolder[] = TOCSIN_SOURCE_DIR "/tests/data/query/";

std::string file_text(const std::string& name) {
  std::ifstream in(kFolder + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<YamlNode> cases_of(const std::string& text) {
  auto documents = parse_yaml(text);
  if (!documents || documents->empty()) return {};
  return documents->front().items;
}

/// With `bytes`, a character below U+0100 stands for the byte of that number: YAML cannot hold broken UTF-8.
std::string query_of(const YamlNode& node) {
  const std::string_view text = node.text("query");
  if (node.find("bytes") == nullptr) return std::string(text);
  std::string query;
  for (std::size_t i = 0; i < text.size(); i += char_at(text, i).size)
    query += static_cast<char>(char_at(text, i).code);
  return query;
}

TEST(QueryData, MistakesPointAtTheirPlace) {
  const std::vector<YamlNode> cases = cases_of(file_text("mistakes.yml"));
  ASSERT_GT(cases.size(), 40u);
  for (const YamlNode& node : cases) {
    const std::string query = query_of(node);
    const auto parsed = parse_query(query);
    ASSERT_FALSE(parsed) << query;
    const QueryMistake& mistake = parsed.error();
    const std::string shown = format_mistake(query, mistake);
    EXPECT_EQ(std::to_string(mistake.at.begin), node.find("at")->items[0].scalar) << shown;
    EXPECT_EQ(std::to_string(mistake.at.end), node.find("at")->items[1].scalar) << shown;
    EXPECT_NE(mistake.message.find(node.text("says")), std::string::npos) << shown;
  }
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// The case as the file should have it.
std::string written(std::string_view query) {
  std::string out = "- query: " + in_quotes(query) + "\n";
  const auto parsed = parse_query(query);
  if (!parsed) return out + "  refused: " + in_quotes(parsed.error().message) + "\n";
  const CompiledQuery compiled = compile_query(*parsed, {});
  std::string sql = compiled.sql;
  // All columns are said once, at the top of the file.
  const std::string all = compile_query({}, {}).sql;
  const std::string everything = all.substr(0, all.find(" FROM "));
  if (sql.starts_with(everything)) sql = "SELECT ALL" + sql.substr(everything.size());
  out += "  sql: " + in_quotes(sql) + "\n";
  std::string parameters;
  for (const SqlParameter& parameter : compiled.parameters) {
    parameters += (parameters.empty() ? "" : ", ") + describe_parameter(parameter);
  }
  if (!parameters.empty()) out += "  parameters: " + in_quotes(parameters) + "\n";
  return out;
}

TEST(QueryData, SqlIsAsItWas) {
  const std::string text = file_text("sql.yml");
  const std::vector<YamlNode> cases = cases_of(text);
  ASSERT_GT(cases.size(), 30u);
  std::string now = text.substr(0, text.find("\n- ") + 1);
  for (const YamlNode& node : cases) now += written(node.text("query"));
  if (std::getenv("TOCSIN_UPDATE") != nullptr) {
    std::ofstream(std::string(kFolder) + "sql.yml", std::ios::binary) << now;
    GTEST_SKIP() << "skipped: tests/data/query/sql.yml was written anew";
  }
  EXPECT_EQ(now, text);
}

}  // namespace
}  // namespace tocsin::store
