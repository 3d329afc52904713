// The cases of tests/data/normalize/columns: events of many products, and all that the store keeps of them by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "normalize/case_testing.h"
#include "normalize/column_reader.h"
#include "normalize/taxonomy.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

/// By column; hashes are a list of their own.
std::map<std::string, Texts> texts_of(const EventColumns& columns) {
  std::map<std::string, Texts> texts;
  for (std::size_t i = 0; i < kColumns; ++i) {
    if (!columns.texts[i].empty()) texts[std::string(kColumnNames[i])] = {columns.texts[i]};
  }
  if (!columns.hashes.empty()) texts["hash"] = columns.hashes;
  if (columns.source_port != EventColumns::kNoPort) texts["source_port"] = {std::to_string(columns.source_port)};
  if (columns.destination_port != EventColumns::kNoPort)
    texts["destination_port"] = {std::to_string(columns.destination_port)};
  return texts;
}

std::map<std::string, Texts> expected_of(const YamlNode& columns) {
  std::map<std::string, Texts> texts;
  for (const auto& [name, value] : columns.entries) {
    Texts& of = texts[name.scalar];
    if (value.is_scalar()) of.push_back(value.scalar);
    for (const YamlNode& item : value.items) of.push_back(item.scalar);
  }
  return texts;
}

TEST(ColumnData, EveryCase) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  EventColumns columns;  // one for all: nothing of one event stays for the next
  std::set<std::string> filled;
  const std::size_t cases = for_each_case("tests/data/normalize/columns", [&](const YamlNode& node) {
    LogSourceTable log_sources;
    PathTable paths(**taxonomy);
    Classifier classifier(**taxonomy, log_sources, paths);
    ColumnReader reader(**taxonomy, paths);
    visit_event(node, paths, (*taxonomy)->formats(), [&](Event& event) {
      classifier.classify(event);
      reader.read(event, columns);
      const YamlNode* const wanted = node.find("columns");
      ASSERT_NE(wanted, nullptr);
      EXPECT_EQ(texts_of(columns), expected_of(*wanted));
      EXPECT_EQ(columns.time, event.time);
      EXPECT_EQ(columns.log_source, event.log_source);
      for (const auto& [name, value] : wanted->entries) filled.insert(name.scalar);
    });
  });
  EXPECT_GE(cases, 60u);
  EXPECT_EQ(filled, std::set<std::string>(kColumnNames.begin(), kColumnNames.end()));
}

/// Each column has fields, and none stands twice where the second would not be reached.
TEST(ColumnData, ShippedColumnsAreFilled) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  const ColumnTables& tables = (*taxonomy)->tables().columns;
  for (std::size_t i = 0; i < kColumns; ++i) {
    std::set<std::string> seen;
    for (const ColumnEntry& entry : tables.entries[i]) {
      const std::string& name = tables.fields[static_cast<std::size_t>(entry.field)].name;
      EXPECT_TRUE(!entry.when.empty() || seen.insert(name).second) << kColumnNames[i] << " has " << name << " twice";
    }
    EXPECT_GE(seen.size(), 3u) << kColumnNames[i];
  }
}

}  // namespace
}  // namespace tocsin
