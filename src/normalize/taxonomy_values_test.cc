#include "normalize/taxonomy_values.h"

#include "normalize/taxonomy_testing.h"

namespace tocsin {
namespace {

TEST(TaxonomyValues, TranslatedJoinedReplacedAndInHexadecimal) {
  Bench bench(
      "naming: {data: [data.]}\n"
      "log_sources:\n"
      "  - product: p\n"
      "    when: {id: {exists: true}}\n"
      "    values:\n"
      "      Initiated: {from: Direction, translate: {'%%1': 'true', OUT: 'true', in: 'false'}}\n"
      "      Target: {from: [Key, Name], join: '\\', replace_start: {'\\reg\\set*\\': 'S\\', '\\REG\\': 'R\\'}}\n"
      "      Image: {from: App, replace_start: {'\\device\\volume*\\': 'C:\\'}}\n"
      "      Details: [{from: New, hex: 'D (0x####)'}, {from: New, translate: {'': (Empty)}}]\n");
  const auto derived = [&](std::vector<std::pair<std::string, std::string>> fields, ValueKind kind = ValueKind::kText) {
    fields.emplace_back("id", "1");
    bench.classify(std::move(fields), kind);
    return bench.derived();
  };
  EXPECT_EQ(derived({{"Direction", "%%1"}}), (Names{"Initiated=true"}));
  EXPECT_EQ(derived({{"Direction", "Out"}, {"data.Direction", "IN"}}), (Names{"Initiated=true", "Initiated=false"}));
  EXPECT_EQ(derived({{"Direction", "%%2"}, {"Other", "in"}}), Names{});
  EXPECT_EQ(derived({{"Name", "n"}, {"Key", R"(\REG\Set001\k)"}}), (Names{R"(Target=S\k\n)"}));
  EXPECT_EQ(derived({{"Key", R"(\reg\k)"}}), (Names{R"(Target=R\k)"}));
  EXPECT_EQ(derived({{"Key", "k"}, {"Name", "n"}, {"Name", "m"}}), (Names{R"(Target=k\n)"}));
  EXPECT_EQ(derived({{"Key", R"(\reg\set\k)"}}), (Names{R"(Target=R\set\k)"}));  // '*' is one character at least
  EXPECT_EQ(derived({{"Name", "n"}}), Names{});
  EXPECT_EQ(derived({{"App", R"(\Device\Volume3\x\y)"}}), (Names{R"(Image=C:\x\y)"}));
  EXPECT_EQ(derived({{"App", R"(\u005cdevice\\volume3\\x)"}}, ValueKind::kJsonText), (Names{R"(Image=C:\x)"}));
  EXPECT_EQ(derived({{"App", R"(\device\volume3)"}}), Names{});  // unchanged: the event says it already
  EXPECT_EQ(derived({{"New", "255"}}, ValueKind::kNumber), (Names{"Details=D (0x00ff)"}));
  EXPECT_EQ(derived({{"New", "0xABCD"}}), (Names{"Details=D (0xabcd)"}));
  for (const char* none : {"65536", "-1", "+1", "1.5", "x", "0x", "0x10000", "18446744073709551616", "1 "})
    EXPECT_EQ(derived({{"New", none}}), Names{}) << none;
  EXPECT_EQ(derived({{"New", ""}}), (Names{"Details=(Empty)"}));
}

TEST(TaxonomyValues, NullIsTheEmptyTextAndAnUnknownEventHasNone) {
  Bench bench(
      "log_sources:\n"
      "  - {product: p, when: {id: 1}}\n"
      "  - {when: {any: {exists: false}}, values: {B: {from: a, translate: {'': none}}}}\n");
  bench.classify({{"id", "1"}});
  bench.event().values.push_back(bench.event().values.front());
  EXPECT_EQ(bench.derived(), Names{});
  bench.classify({{"id", "1"}, {"a", ""}});
  EXPECT_EQ(bench.derived(), (Names{"B=none"}));
  bench.event().values[1].kind = ValueKind::kNull;
  bench.again();
  EXPECT_EQ(bench.derived(), (Names{"B=none"}));
  bench.classify({{"id", "2"}, {"a", ""}});
  EXPECT_EQ(bench.derived(), Names{});
}

/// Derived values never make an event something else, however often it is classified.
TEST(TaxonomyValues, TellNoLogSourceApart) {
  Bench bench(
      "time: {b: 1}\n"
      "log_sources:\n"
      "  - {product: p, when: {a: {exists: true}}, values: {b: {from: a, translate: {x: '2026-03-02T08:15:30Z'}}}}\n"
      "  - {product: q, when: {b: {exists: true}}}\n");
  bench.classify({{"a", "x"}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.again().sources, (Sources{{"p", "", ""}}));
    EXPECT_EQ(bench.plainly().sources, (Sources{{"p", "", ""}}));
    EXPECT_EQ(bench.event().time, kNoTime);
    EXPECT_EQ(bench.event().values.size(), 2u);
  }
}

TEST(TaxonomyValues, InnerEntriesInheritAndOnlyLend) {
  Bench bench(
      "log_sources:\n"
      "  - product: p\n"
      "    when: {a: {exists: true}}\n"
      "    values: {A: {from: a, replace_start: {'': 'a-'}}}\n"
      "    cases:\n"
      "      - {category: c, when: {b: {exists: true}}}\n"
      "      - {when: {b: 2}, values: {B: {from: b, replace_start: {'': 'b-'}}}}\n");
  EXPECT_EQ(bench.classify({{"a", "1"}, {"b", "2"}}).sources, (Sources{{"p", "c", ""}}));
  EXPECT_EQ(bench.derived(), (Names{"A=a-1", "B=b-2"}));
  bench.classify({{"a", "1"}, {"b", "3"}});
  EXPECT_EQ(bench.derived(), (Names{"A=a-1"}));
}

constexpr std::string_view kCopies =
    "log_sources: [{product: p, when: {id: {exists: true}}, values: {b: {from: [a, c], join: '-'}, d: {from: e, "
    "replace_start: {'': ''}}}}]\n";

TEST(TaxonomyValues, BytesHaveALimitAndPadding) {
  Bench bench(kCopies);
  bench.classify(
      {{"id", "1"}, {"a", std::string(kDerivedBytesMax - 10, 'a')}, {"c", "12345"}, {"e", "1234"}, {"e", "12"}});
  EXPECT_EQ(bench.derived().size(), 2u);  // of the second field the text that still has room
  EXPECT_EQ(bench.derived().back(), "d=1234");
  const Value& last = bench.event().values.back();
  for (std::size_t i = 0; i < TextArena::kPadding; ++i) EXPECT_EQ(last.data[last.size + i], '\0');  // readable
  bench.classify({{"id", "1"}, {"a", std::string(kDerivedBytesMax, 'a')}, {"c", "1"}, {"e", "12"}});
  EXPECT_EQ(bench.derived(), (Names{"d=12"}));
  bench.classify({{"id", "1"}, {"a", "1"}, {"c", std::string(kDerivedBytesMax + 1, 'c')}});
  EXPECT_EQ(bench.derived(), Names{});  // half of a path would be another path
}

TEST(TaxonomyValues, TheirNumberHasALimit) {
  Bench bench(kCopies);
  std::vector<std::pair<std::string, std::string>> fields(kDerivedValuesMax + 1, {"e", "x"});
  fields.emplace_back("id", "1");
  bench.classify(fields);
  EXPECT_EQ(bench.derived().size(), kDerivedValuesMax);
}

/// The table of paths is full of names from hostile JSON, and what mappings derive still has its place.
TEST(TaxonomyValues, HaveTheirPathsWhenTheTableIsFull) {
  const auto taxonomy = load("log_sources: [{product: p, when: {a: x}, values: {B: {from: a, translate: {x: y}}}}]\n");
  LogSourceTable log_sources;
  PathTable paths(*taxonomy);
  Classifier classifier(*taxonomy, log_sources, paths);
  Event event;
  event.values.push_back({"x", 1, paths.child(PathTable::kRoot, "a"), ValueKind::kText});
  for (std::size_t i = 0; paths.overflowed() == 0; ++i) paths.child(PathTable::kRoot, "k" + std::to_string(i));
  classifier.classify(event);
  ASSERT_EQ(event.values.size(), 2u);
  EXPECT_EQ(paths.name(event.values.back().path), "B");
}

TEST(TaxonomyLoad, MistakesInValuesHaveTheirPlace) {
  const auto error = [](std::string_view value) {
    return error_of("log_sources:\n  - when: {a: b}\n    product: p\n    values:\n      F: " + std::string(value) +
                    "\n");
  };
  EXPECT_EQ(error("{from: a, translate: {x: y}}"), "loaded");
  EXPECT_EQ(error("{translate: {x: y}}").substr(0, 10), "m.yml:5:10");
  EXPECT_NE(error("{translate: {x: y}}").find("'from'"), std::string::npos);
  EXPECT_NE(error("{from: a}").find("use 'fields'"), std::string::npos);
  EXPECT_NE(error("{from: [a, b]}").find("'join'"), std::string::npos);
  EXPECT_NE(error("{from: a, join: x, hex: '#'}").find("'join'"), std::string::npos);
  EXPECT_NE(error("{from: a, hex: '#', translate: {x: y}}").find("only one"), std::string::npos);
  EXPECT_EQ(error("{from: a, translate: {x: y, X: z}}").substr(0, 11), "m.yml:5:38:");
  EXPECT_NE(error("{from: a, translate: {x: [y]}}").find("must be a text"), std::string::npos);
  EXPECT_NE(error("{from: a, translate: x}").find("must be a mapping"), std::string::npos);
  EXPECT_NE(error("{from: a, replace_start: {}}").find("must be a mapping"), std::string::npos);
  EXPECT_NE(error("{from: a, replace_start: {x: {}}}").find("must be a text"), std::string::npos);
  EXPECT_NE(error("{from: {}, hex: '#'}").find("list of texts"), std::string::npos);
  for (const char* form : {"x", "'#-#'", "'#################'", "[x]"})
    EXPECT_NE(error("{from: a, hex: " + std::string(form) + "}").find("1 to 16 '#'"), std::string::npos) << form;
  EXPECT_NE(error("{from: a, table: {x: y}}").find("'table'"), std::string::npos);
  EXPECT_NE(error("text").find("what it is made of"), std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, when: {a: b}, values: x}]\n").find("values must be"),
            std::string::npos);
}

TEST(TaxonomyLoad, LimitsOfValuesAreHit) {
  const std::string head = "log_sources:\n  - product: p\n    when: {a: b}\n    values:\n";
  std::string fields = head, values = head;
  for (std::size_t i = 0; i <= kSourceFieldsMax; ++i)
    fields += "      F" + std::to_string(i) + ": {from: f" + std::to_string(i) + ", hex: '#'}\n";
  for (std::size_t i = 0; i <= kDerivationsMax; ++i)
    values += "      F" + std::to_string(i) + ": {from: f, hex: '#'}\n";
  EXPECT_NE(error_of(fields).find("more than 64 fields"), std::string::npos);
  EXPECT_NE(error_of(values).find("more than 4096 fields"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
