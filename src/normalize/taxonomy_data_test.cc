// The cases of tests/data/normalize/taxonomy: one realistic event of each product, and what it must be.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "normalize/case_testing.h"
#include "normalize/taxonomy.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {
namespace {

std::string written(const LogSource& source) { return source.product + "/" + source.category + "/" + source.service; }

std::set<std::string> texts_of(const YamlNode& list) {
  std::set<std::string> texts;
  for (const YamlNode& item : list.items) texts.insert(item.scalar);
  return texts;
}

std::string text_of(const Value& value) {
  std::string text;
  append_value_text(text, value);
  return text;
}

class Case {
 public:
  Case(const Taxonomy& taxonomy, const YamlNode& node)
      : node_(node), taxonomy_(taxonomy), paths_(taxonomy), classifier_(taxonomy, log_sources_, paths_) {}

  void run() {
    visit_event(node_, paths_, taxonomy_.formats(), [this](Event& event) { check(event); });
  }

 private:
  void check(Event& event) {
    classifier_.classify(event);
    check_class(event);
    check_time(event);
    check_entities(event);
    check_fields(event);
  }

  void check_class(const Event& event) {
    const LogSourceClass& found = log_sources_.get(event.log_source);
    std::set<std::string> sources;
    for (const LogSource& source : found.sources) sources.insert(written(source));
    const YamlNode* const wanted = node_.find("is");
    ASSERT_NE(wanted, nullptr);
    EXPECT_EQ(sources, texts_of(*wanted));
    EXPECT_EQ(found, classify_plainly(taxonomy_.tables(), paths_, event));
  }

  void check_time(const Event& event) {
    const std::string_view wanted = node_.text("time");
    EXPECT_EQ(format_time(event.time), wanted.empty() ? "" : format_time(parse_time(wanted).value()));
  }

  void check_entities(const Event& event) {
    const YamlNode* const wanted = node_.find("entities");
    if (wanted == nullptr) return;
    std::map<std::string, std::set<std::string>> found, expected;
    for (const Value& value : event.values) {
      const EntityType type = paths_.meaning(value.path).entity;
      if (type != EntityType::kNone && value.kind != ValueKind::kNull && !value.derived)
        found[std::string(entity_name(type))].insert(text_of(value));
    }
    for (const auto& [type, values] : wanted->entries) expected[type.scalar] = texts_of(values);
    EXPECT_EQ(found, expected);
  }

  void check_fields(const Event& event) {
    const YamlNode* const wanted = node_.find("fields");
    if (wanted == nullptr) return;
    for (const auto& [name, values] : wanted->entries) {
      std::vector<std::string> expected;
      for (const YamlNode& value : values.items) expected.push_back(value.scalar);
      EXPECT_EQ(values_under(event, name.scalar), expected) << "field " << name.scalar;
    }
  }

  /// As a rule sees them: by the names of the path, or by the class.
  std::vector<std::string> values_under(const Event& event, const std::string& name) const {
    std::vector<std::string> values;
    const LogSourceClass& log_source = log_sources_.get(event.log_source);
    for (const Value& value : event.values) {
      const std::vector<std::string>& names = paths_.meaning(value.path).names;
      bool seen = std::ranges::find(names, name) != names.end();
      for (const auto& [rule_name, event_name] : log_source.aliases) {
        seen = seen || (rule_name == name && std::ranges::find(names, event_name) != names.end());
      }
      if (seen) values.push_back(text_of(value));
    }
    return values;
  }

  const YamlNode& node_;
  const Taxonomy& taxonomy_;
  LogSourceTable log_sources_;
  PathTable paths_;
  Classifier classifier_;
};

/// The blocks of YAML in docs/mappings.md; the first only shows the parts.
std::vector<std::string> documented_mappings() {
  const auto page = Env::system().read_file(TOCSIN_SOURCE_DIR "/docs/mappings.md", 1 << 20);
  std::vector<std::string> blocks;
  constexpr std::string_view kOpen = "```yaml\n", kClose = "```\n";
  for (std::size_t at = page->find(kOpen); at != std::string::npos; at = page->find(kOpen, at)) {
    at += kOpen.size();
    blocks.push_back(page->substr(at, page->find(kClose, at) - at));
  }
  if (!blocks.empty()) blocks.erase(blocks.begin());
  return blocks;
}

TEST(TaxonomyData, MappingsOfTheDocumentLoadAndDoWhatItSays) {
  const std::vector<std::string> blocks = documented_mappings();
  ASSERT_GE(blocks.size(), 4u);
  for (const std::string& block : blocks) {
    const auto taxonomy = Taxonomy::load({{"docs/mappings.md", block}});
    EXPECT_TRUE(taxonomy) << taxonomy.error().message << "\n" << block;
  }
  const auto doors = Taxonomy::load({{"docs/mappings.md", blocks.back()}});
  ASSERT_TRUE(doors);
  const auto door = parse_yaml(
      "event: '{\"kind\": \"door\", \"evt\": {\"who\": \"m\", \"result\": \"denied\"}, \"at\": 1772439330}'\n"
      "is: [doorking//access]\n"
      "time: 2026-03-02T08:15:30Z\n"
      "entities: {user: [m]}\n"
      "fields: {User: [m], who: [m], evt.who: [m]}\n");
  ASSERT_TRUE(door);
  Case(**doors, door->front()).run();
}

TEST(TaxonomyData, EveryCase) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  const std::size_t cases = for_each_case(
      "tests/data/normalize/taxonomy", [&](const YamlNode& document) { Case(**taxonomy, document).run(); });
  EXPECT_GE(cases, 100u);
}

}  // namespace
}  // namespace tocsin
