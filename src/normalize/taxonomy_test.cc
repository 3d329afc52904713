#include "normalize/taxonomy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "normalize/taxonomy_load.h"
#include "normalize/taxonomy_memo.h"
#include "normalize/taxonomy_testing.h"

namespace tocsin {

extern std::atomic<std::size_t> allocations;  // allocations_test.cc

namespace {

TEST(TaxonomyNaming, MostSpecificNameFirstAndThePathLast) {
  const auto taxonomy = load(
      "naming:\n"
      "  envelopes: [result.]\n"
      "  tails: [.#text]\n"
      "  strip: [Data., User.*., flat_]\n"
      "  capitalise: [win.]\n"
      "  rename: {System.Id: [EventID, Id], '*.Name': AnyName}\n"
      "  gather: [request]\n"
      "  spaces: ['', '_']\n");
  EXPECT_EQ(names_of(*taxonomy, "Data.Image"), (Names{"Image", "Data.Image"}));
  EXPECT_EQ(names_of(*taxonomy, "User.Any.Image"), (Names{"Image", "User.Any.Image"}));
  EXPECT_EQ(names_of(*taxonomy, "User.Image"), (Names{"User.Image"}));
  EXPECT_EQ(names_of(*taxonomy, "flat_Image"), (Names{"Image", "flat_Image"}));
  EXPECT_EQ(names_of(*taxonomy, "win.image"), (Names{"Image", "win.image"}));
  EXPECT_EQ(names_of(*taxonomy, "System.Id"), (Names{"EventID", "Id", "System.Id"}));
  EXPECT_EQ(names_of(*taxonomy, "A.Name"), (Names{"AnyName", "A.Name"}));
  EXPECT_EQ(names_of(*taxonomy, "A.B.Name"), (Names{"A.B.Name"}));
  EXPECT_EQ(names_of(*taxonomy, "result.Data.Image.#text"),
            (Names{"Image", "Data.Image", "result.Data.Image", "Image.#text", "Data.Image.#text",
                   "result.Data.Image.#text"}));
  EXPECT_EQ(names_of(*taxonomy, "request.a.b"), (Names{"request.a.b", "request"}));
  EXPECT_EQ(names_of(*taxonomy, "requested.a"), (Names{"requested.a"}));
  EXPECT_EQ(
      names_of(*taxonomy, "Data.Threat Name"),
      (Names{"ThreatName", "Threat_Name", "Threat Name", "Data.ThreatName", "Data.Threat_Name", "Data.Threat Name"}));
}

TEST(TaxonomyNaming, NamesOfTheHeaderAmongTheDataTellNothing) {
  Bench bench(
      "naming: {data: [data.], capitalise: [small.], header: [Channel]}\n"
      "log_sources: [{product: p, when: {Channel: x}}, {service: s, when: {Kind: x}}]\n");
  EXPECT_EQ(bench.classify({{"data.Channel", "x"}, {"small.channel", "x"}, {"data.Kind", "x"}}).sources,
            (Sources{{"", "", "s"}}));
  EXPECT_EQ(bench.plainly().sources.size(), 1u);
  EXPECT_EQ(bench.classify({{"Channel", "x"}}).sources, (Sources{{"p", "", ""}}));
  const auto taxonomy = load("naming: {data: [data.], header: [Channel]}\n");
  EXPECT_EQ(names_of(*taxonomy, "data.Channel"), (Names{"Channel", "data.Channel"}));
}

TEST(TaxonomyClass, APathPastTheTableIsNotTheRecord) {
  const auto taxonomy =
      load("naming: {rename: {'': record}}\nlog_sources: [{product: p, when: {record: {exists: true}}}]\n");
  LogSourceTable log_sources;
  PathTable paths(*taxonomy);
  Classifier classifier(*taxonomy, log_sources, paths);
  Event event;
  for (const PathId path : {PathTable::kOverflow, PathTable::kRoot}) {
    event.clear();
    event.values.push_back({"x", 1, path, ValueKind::kText});
    classifier.classify(event);
    const std::size_t known = path == PathTable::kRoot ? 1 : 0;
    EXPECT_EQ(log_sources.get(event.log_source).sources.size(), known);
    EXPECT_EQ(classify_plainly(taxonomy->tables(), paths, event).sources.size(), known);
  }
}

TEST(TaxonomyNaming, DepthAndNumberOfNamesEnd) {
  const auto taxonomy = load("naming: {envelopes: [a., a.a., '*.'], strip: [a.]}\n");
  std::string path;
  for (int i = 0; i < 200; ++i) path += "a.";
  EXPECT_LE(names_of(*taxonomy, path + "x").size(), kPathNamesMax);
  const auto one = load("naming: {envelopes: [e.]}\n");
  EXPECT_EQ(names_of(*one, "e.e.e.e.x").front(), "x");
  EXPECT_EQ(names_of(*one, "e.e.e.e.e.x").front(), "e.x");
  static_assert(kEnvelopeDepthMax == 4);
}

TEST(TaxonomyMeaning, EntityAndSmallestRankOfAnyName) {
  const auto taxonomy =
      load("naming: {rename: {a.b: [User, When]}}\nentities: {user: [User]}\ntime: {When: 7, a.b: 3}\n");
  EXPECT_EQ(taxonomy->meaning("a.b").entity, EntityType::kUser);
  EXPECT_EQ(taxonomy->meaning("a.b").time_rank, 3);
  EXPECT_EQ(taxonomy->meaning("User").time_rank, 0);
}

TEST(TaxonomyClass, UnionOfWhatHoldsWithoutWhatIsSaidMoreExactly) {
  Bench bench(
      "log_sources:\n"
      "  - product: windows\n"
      "    when: {Channel: '*'}\n"
      "    cases:\n"
      "      - service: sysmon\n"
      "        when: {Channel: Sysmon}\n"
      "        fields: {X: Y}\n"
      "        cases:\n"
      "          - {category: one, when: {EventID: 1}, fields: {A: [B, C]}}\n"
      "          - {category: few, when: {EventID: [1, 2]}}\n");
  EXPECT_EQ(bench.classify({{"Channel", "Other"}}).sources, (Sources{{"windows", "", ""}}));
  const LogSourceClass& both = bench.classify({{"Channel", "SYSMON"}, {"EventID", "1"}});
  EXPECT_EQ(both.sources, (Sources{{"windows", "few", "sysmon"}, {"windows", "one", "sysmon"}}));
  EXPECT_EQ(both.aliases, (std::vector<std::pair<std::string, std::string>>{{"A", "B"}, {"A", "C"}, {"X", "Y"}}));
  EXPECT_EQ(bench.classify({{"EventID", "1"}}).sources, Sources{});
  EXPECT_EQ(bench.classify({{"Channel", "Sysmon"}, {"EventID", "3"}}).sources, (Sources{{"windows", "", "sysmon"}}));
}

TEST(TaxonomyClass, ConditionsOfEveryKind) {
  Bench bench(
      "log_sources:\n"
      "  - {product: exists, when: {a: {exists: true}}}\n"
      "  - {product: absent, when: {a: {exists: false}}}\n"
      "  - {product: not, when: {a: {exists: true}, b: {not: [x, 'y*']}}}\n"
      "  - {product: wild, when: {a: ['m*n*o', '*end', 'start*']}}\n"
      "  - {product: either, when: [{b: x}, {c: x}]}\n");
  const auto products = [&](std::vector<std::pair<std::string, std::string>> fields) {
    std::string all;
    for (const LogSource& source : bench.classify(std::move(fields)).sources) all += source.product + " ";
    return all;
  };
  EXPECT_EQ(products({{"a", "1"}}), "exists not ");
  EXPECT_EQ(products({{"c", "x"}}), "absent either ");
  EXPECT_EQ(products({{"a", "1"}, {"b", "X"}}), "either exists ");
  EXPECT_EQ(products({{"a", "1"}, {"b", "yes"}}), "exists ");
  EXPECT_EQ(products({{"a", "M1n2O"}}), "exists not wild ");
  EXPECT_EQ(products({{"a", "mno"}}), "exists not wild ");
  EXPECT_EQ(products({{"a", "mo"}}), "exists not ");
  EXPECT_EQ(products({{"a", "the END"}}), "exists not wild ");
  EXPECT_EQ(products({{"a", "start"}}), "exists not wild ");
}

TEST(TaxonomyClass, NullIsAbsentAndAnyOfSeveralValuesCounts) {
  Bench bench("log_sources: [{product: p, when: {a: x}}, {product: there, when: {a: {exists: true}}}]\n");
  EXPECT_EQ(bench.classify({{"a", ""}}, ValueKind::kNull).sources, Sources{});
  EXPECT_EQ(bench.classify({{"a", "y"}, {"a", "x"}}).sources, (Sources{{"p", "", ""}, {"there", "", ""}}));
  EXPECT_EQ(bench.classify({{"a", R"(\u0078)"}}, ValueKind::kJsonText).sources.size(), 2u);
  EXPECT_EQ(bench.classify({{"a", R"(\u0078)"}}, ValueKind::kText).sources.size(), 1u);
}

TEST(TaxonomyClass, LongValuesAreLookedUpToo) {
  const std::string exact(500, 'v');
  Bench bench("log_sources: [{product: p, when: {a: " + exact + "}}]\n");
  EXPECT_EQ(bench.classify({{"a", exact}}).sources.size(), 1u);
  EXPECT_EQ(bench.classify({{"a", exact + "v"}}).sources.size(), 0u);
}

TEST(TaxonomyClass, FreeTextIsAskedOnlyWhereAnEntryWaits) {
  Bench bench(
      "free_text: [message]\n"
      "log_sources:\n"
      "  - {product: unix, when: {program: {exists: true}, message: {not: '*%*-*'}}}\n"
      "  - {product: router, when: {program: {exists: true}, message: '*%*-*'}}\n"
      "  - {product: any, when: {message: {exists: true}}}\n");
  EXPECT_EQ(bench.classify({{"message", "a %SYS-5: b"}}).sources, (Sources{{"any", "", ""}}));
  EXPECT_EQ(bench.classify({{"message", "a %SYS-5: b"}, {"program", "x"}}).sources,
            (Sources{{"any", "", ""}, {"router", "", ""}}));
  EXPECT_EQ(bench.classify({{"program", "x"}, {"message", "hello"}}).sources,
            (Sources{{"any", "", ""}, {"unix", "", ""}}));
  EXPECT_EQ(bench.classify({{"program", "x"}}).sources, (Sources{{"unix", "", ""}}));
}

TEST(TaxonomyTime, BestRankThatIsATime) {
  Bench bench("time: {first: 1, second: 2, third: 3}\n");
  const auto time = [&](std::vector<std::pair<std::string, std::string>> fields,
                        ValueKind kind = ValueKind::kJsonText) {
    bench.classify(std::move(fields), kind);
    return format_time(bench.event().time);
  };
  const std::string iso = "2026-03-02T08:15:30.120000Z";
  EXPECT_EQ(time({{"second", "2020-01-01T00:00:00Z"}, {"first", "2026-03-02T08:15:30.12Z"}}), iso);
  EXPECT_EQ(time({{"first", "not a time"}, {"third", "2020-01-01T00:00:00Z"}, {"second", "2026-03-02 08:15:30.12"}}),
            iso);
  EXPECT_EQ(time({{"first", "08:15:30"}}), "");
  EXPECT_EQ(time({{"first", "1772439330.12"}}, ValueKind::kNumber), iso);
  EXPECT_EQ(time({{"first", "1772439330120"}}), iso);
  EXPECT_EQ(time({{"first", "1.77243933012e9"}}, ValueKind::kNumber), iso);
  EXPECT_EQ(time({{"first", "0.25"}, {"second", "1772439330.12"}}, ValueKind::kNumber), iso);  // a duration is no time
  EXPECT_EQ(time({{"first", R"(\/Date(1772439330120)\/)"}}), iso);
  EXPECT_EQ(time({{"first", R"(2026-03-02T08:15:30.12\u005a)"}}), iso);
  EXPECT_EQ(time({{"first", "true"}}, ValueKind::kBool), "");
  EXPECT_EQ(time({{"other", "2026-03-02T08:15:30.12Z"}}), "");
}

TEST(TaxonomyTime, WhatTheParserSetStays) {
  Bench bench("time: {t: 1}\n");
  bench.classify({{"t", "2026-03-02T08:15:30Z"}});
  ASSERT_NE(bench.event().time, kNoTime);
  bench.event().time = 5;
  bench.classify_event();
  EXPECT_EQ(bench.event().time, 5);
}

TEST(TaxonomyTime, GivesUpAfterSomeThatAreNoTimes) {
  Bench bench("time: {bad: 1, good: 2}\n");
  std::vector<std::pair<std::string, std::string>> fields(7, {"bad", "x"});
  fields.emplace_back("good", "2026-03-02T08:15:30Z");
  bench.classify(fields);
  EXPECT_NE(bench.event().time, kNoTime);
  fields.insert(fields.begin(), {"bad", "x"});
  bench.classify(fields);
  EXPECT_EQ(bench.event().time, kNoTime);
}

TEST(TaxonomyLoad, MistakesHaveTheirPlace) {
  EXPECT_EQ(error_of("nameing: {}\n").substr(0, 10), "m.yml:1:1:");
  EXPECT_EQ(error_of("time: {a: 0}\n").substr(0, 11), "m.yml:1:11:");
  EXPECT_EQ(error_of("time: {a: 256}\n"), error_of("time: {a: 0}\n"));
  EXPECT_EQ(error_of("entities: {person: [a]}\n").substr(0, 12), "m.yml:1:12: ");
  EXPECT_NE(error_of("entities: {user: [a], host: [a]}\n").find("already"), std::string::npos);
  EXPECT_EQ(error_of("log_sources:\n  - {product: p}\n").substr(0, 10), "m.yml:2:5:");
  EXPECT_NE(error_of("log_sources: [{when: {a: b}}]\n").find("neither"), std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, when: {a: {exist: true}}}]\n").find("exists"), std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, when: {a: {exists: maybe}}}]\n").find("true or false"),
            std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, where: {a: b}}]\n").find("'where'"), std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, when: {a: []}}]\n").find("list of texts"), std::string::npos);
  EXPECT_NE(error_of("log_sources: [{product: p, when: {a: b}, fields: [x]}]\n").find("fields"), std::string::npos);
  EXPECT_NE(error_of("a: &x 1\nb: *x\n").find("m.yml:1:"), std::string::npos);
  EXPECT_NE(error_of("- 1\n").find("YAML mapping"), std::string::npos);
  EXPECT_EQ(error_of(""), "loaded");
}

TEST(TaxonomyLoad, ManyMistakesAtOnceButNotAFlood) {
  const std::string two = error_of("time: {a: 0, b: 0}\n");
  EXPECT_EQ(std::ranges::count(two, '\n'), 1);
  std::string flood = "time:\n";
  for (int i = 0; i < 100; ++i) flood += "  k" + std::to_string(i) + ": 0\n";
  EXPECT_EQ(std::ranges::count(error_of(flood), '\n') + 1, static_cast<std::ptrdiff_t>(kMappingErrorsMax));
}

TEST(TaxonomyLoad, LimitsAreHit) {
  std::string fields = "log_sources:\n  - product: p\n    when:\n";
  for (std::size_t i = 0; i <= kRoutingFieldsMax; ++i) fields += "      - {f" + std::to_string(i) + ": x}\n";
  EXPECT_NE(error_of(fields).find("more than 4096 fields"), std::string::npos);
  std::string entries = "log_sources:\n  - product: p\n    when:\n";
  for (std::size_t i = 0; i <= kTaxonomyEntriesMax; ++i) entries += "      - {f: x}\n";
  EXPECT_NE(error_of(entries).find("more than 16384 log sources"), std::string::npos);
  std::string values = "log_sources:\n  - product: p\n    when:\n      f:\n";
  for (std::size_t i = 0; i <= kPredicatesMax; ++i) values += "        - v" + std::to_string(i) + "\n";
  EXPECT_NE(error_of(values).find("more than 65536 values"), std::string::npos);
}

/// Many more values than there are places for them, and no value may be taken for another.
TEST(TaxonomyMemory, ValuesThatShareAPlaceAreToldApart) {
  Bench bench(
      "log_sources: [{product: odd, when: {a: ['*1', '*3', '*5', '*7', '*9']}}, {product: even, when: {a: ['*0', '*2', "
      "'*4', '*6', '*8']}}]\n");
  for (int round = 0; round < 2; ++round) {
    for (int i = 10'000; i < 20'000; ++i) {
      ASSERT_EQ(bench.classify({{"a", std::to_string(i)}}).sources, (Sources{{i % 2 == 0 ? "even" : "odd", "", ""}}));
    }
  }
}

/// Every event satisfies another set of predicates: more sets than are remembered, and the answer stays exact.
TEST(TaxonomyMemory, PastItsLimitsTheAnswerIsTheSame) {
  constexpr int kFields = 14;
  static_assert((1u << kFields) > 8'192);
  std::string yaml = "log_sources:\n";
  for (int i = 0; i < kFields; ++i) {
    yaml +=
        "  - {product: p" + std::to_string(i) + ", when: {f" + std::to_string(i) + ": {exists: true}, g: {not: x}}}\n";
  }
  Bench bench(yaml);
  for (unsigned set = 0; set < (1u << kFields); set += 1 + set % 3) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (int i = 0; i < kFields; ++i) {
      if ((set >> i & 1u) != 0) fields.emplace_back("f" + std::to_string(i), "v");
    }
    ASSERT_EQ(bench.classify(fields).sources.size(), static_cast<std::size_t>(__builtin_popcount(set)));
    ASSERT_EQ(bench.again(), bench.plainly());
  }
}

TEST(TaxonomyMemory, WarmItAllocatesNothing) {
  Bench bench(
      "free_text: [message]\ntime: {t: 1}\n"
      "log_sources: [{product: p, when: {a: x, b: {exists: true}}}, {service: s, when: {b: {exists: true}, message: "
      "'*word*'}, values: {c: {from: [a, b], join: '-'}, d: {from: b, hex: '##'}}}]\n");
  const std::string message(300, 'w');
  bench.classify({{"a", "x"}, {"b", "1"}, {"message", message + "word"}, {"t", "2026-03-02T08:15:30Z"}});
  bench.again();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) bench.again();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(bench.again().sources.size(), 2u);
  EXPECT_EQ(bench.derived(), (Names{"c=x-1", "d=01"}));
}

/// Mappings and events made at random from few words, so that they meet: the classifier and the plain way agree.
class RandomTaxonomy {
 public:
  explicit RandomTaxonomy(unsigned seed) : random_(seed) {}

  std::string mapping() {
    std::string yaml = "free_text: [f0, f1]\nnaming: {rename: {p0: [f0, f2], p1: [f3], 'p2': [f1]}}\nlog_sources:\n";
    for (int i = 0; i < 12; ++i) {
      yaml += "  - {product: s" + std::to_string(pick(5)) + ", category: c" + std::to_string(pick(3)) + ", when: {";
      const int conditions = 1 + pick(3);
      for (int c = 0, from = pick(6); c < conditions; ++c) {
        yaml += (c == 0 ? "f" : ", f") + std::to_string((from + c) % 6) + ": " + condition();
      }
      yaml += "}, fields: {a" + std::to_string(pick(3)) + ": b}" + values() + "}\n";
    }
    return yaml;
  }
  std::vector<std::pair<std::string, std::string>> event() {
    std::vector<std::pair<std::string, std::string>> fields;
    for (int i = pick(6); i > 0; --i) fields.emplace_back((pick(3) == 0 ? "p" : "f") + std::to_string(pick(6)), word());
    return fields;
  }
  ValueKind kind() { return pick(8) == 0 ? ValueKind::kNull : ValueKind::kJsonText; }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::string word() {
    constexpr const char* kWords[] = {"x", "X", "y", "xy", "yx", "xyx", "long enough to be no short string of anybody",
                                      ""};
    return kWords[pick(8)];
  }
  std::string values() {
    if (pick(3) != 0) return "";
    constexpr const char* kWays[] = {"from: f1, translate: {x: one, '': none}", "from: f2, replace_start: {'X': z}",
                                     "from: [f3, f4], join: '/'", "from: [f0, f3], join: '', replace_start: {xy: w}",
                                     "from: f1, replace_start: {'': all}"};
    return ", values: {f" + std::to_string(pick(6)) + ": {" + kWays[pick(5)] + "}}";
  }
  std::string condition() {
    constexpr const char* kConditions[] = {
        "x", "'x*'", "'*x'", "'*y*'", "[x, y]", "{exists: true}", "{exists: false}", "{not: x}", "{not: ['*y', xyx]}",
        "''"};
    return kConditions[pick(10)];
  }
  std::mt19937 random_;
};

TEST(TaxonomyTwin, AgreesWithThePlainWay) {
  std::size_t values = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomTaxonomy random(seed);
    Bench bench(random.mapping());
    for (int i = 0; i < 300; ++i) {
      const LogSourceClass found = bench.classify(random.event(), random.kind());
      const Names derived = bench.derived();
      ASSERT_EQ(found, bench.plainly()) << "seed " << seed << " event " << i;
      ASSERT_EQ(derived, bench.derived_plainly()) << "seed " << seed << " event " << i;
      ASSERT_EQ(bench.again(), found);
      ASSERT_EQ(bench.derived(), derived);
      values += derived.size();
    }
  }
  EXPECT_GT(values, 1'000u);
}

TEST(TaxonomyShipped, LoadsAndKnowsWhatItCanYield) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  const std::vector<LogSource> known = (*taxonomy)->known_log_sources();
  EXPECT_TRUE(std::ranges::is_sorted(known));
  EXPECT_GT(known.size(), 200u);
  EXPECT_GT((*taxonomy)->routing_slots(), 50u);
  // A tenth of what mappings may ask, as taxonomy_tables.h says.
  EXPECT_LT((*taxonomy)->tables().fields.size(), kRoutingFieldsMax / 10);
  EXPECT_LT((*taxonomy)->tables().predicates.size(), kPredicatesMax / 10);
  EXPECT_LT((*taxonomy)->tables().entries.size(), kTaxonomyEntriesMax / 10);
  EXPECT_LT((*taxonomy)->tables().derivations.size(), kDerivationsMax / 10);
  EXPECT_LT((*taxonomy)->tables().source_field_ids.size(), kSourceFieldsMax / 2);
}

}  // namespace
}  // namespace tocsin
