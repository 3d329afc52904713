#include "normalize/named_lists.h"

#include <fmt/format.h>

#include <atomic>
#include <random>

#include "normalize/json.h"
#include "normalize/taxonomy_testing.h"

namespace tocsin {
extern std::atomic<std::size_t> allocations;
namespace {

constexpr std::string_view kLists =
    "naming:\n"
    "  envelopes: [records.]\n"
    "  lists:\n"
    "    - {at: p.list, name: name, value: [value, many], also: old, others: type}\n"
    "    - {at: q.*.list, name: k, value: v, unquote: true}\n";

/// What the lists of one JSON text say, as "path=text".
class Lists {
 public:
  explicit Lists(std::string_view yaml = kLists) : taxonomy_(load(yaml)), paths_(*taxonomy_), classifier_(*taxonomy_, log_sources_, paths_), parser_(paths_) {}

  Names of(std::string json) {
    json_ = std::move(json);
    const std::size_t size = json_.size();
    json_.append(kJsonPadding, ' ');
    const Status status = parser_.parse(std::string_view(json_).substr(0, size), event);
    EXPECT_TRUE(status) << json_;
    return again();
  }
  Names again() {
    classifier_.classify(event);
    Names all;
    for (const Value& value : event.values) {
      if (!value.derived) continue;
      std::string& text = all.emplace_back(paths_.name(value.path) + "=");
      append_value_text(text, value);
    }
    return all;
  }
  void classify() { classifier_.classify(event); }
  const Taxonomy& taxonomy() const { return *taxonomy_; }

  Event event;

 private:
  std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  PathTable paths_;
  Classifier classifier_;
  JsonParser parser_;
  std::string json_;
};

TEST(NamedLists, AValueGoesByTheNameBesideIt) {
  Lists lists;
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A","value":"x"},{"name":"B","many":["y",2,true]}]}})"),
            (Names{"p.list.A=x", "p.list.B=y", "p.list.B=2", "p.list.B=true"}));
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A","value":"x","old":"w"}]}})"), (Names{"p.list.A=x", "p.list.A.old=w"}));
  EXPECT_EQ(lists.of(R"({"p":{"list":{"name":"A","value":"x"}}})"), (Names{"p.list.A=x"}));  // a list of one, as some shippers write it
  EXPECT_EQ(lists.of(R"({"records":[{"p":{"list":[{"name":"A","value":null}]}}]})"), (Names{"records.p.list.A="}));
  EXPECT_EQ(lists.of(R"({"other":{"list":[{"name":"A","value":"x"}]},"name":"p","value":"q"})"), Names{});
}

TEST(NamedLists, ObjectsNeverMix) {
  Lists lists;
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"value":"x","name":"A"},{"value":"y","name":"B"}]}})"), (Names{"p.list.A=x", "p.list.B=y"}));
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A","value":"x"},{"value":"y","name":"B"},{"value":"z"},{"name":"C"}]}})"), (Names{"p.list.A=x", "p.list.B=y"}));
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A","value":[]},{"value":"y"}]}})"), Names{});
  // Braces and quotes in texts, keys and objects between are none of the list's.
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A}{","k}\"}{":"}","deep":{"a":{"b":["}"]}},"value":"x}"},{"deep":{},"value":"y"}]}})"), (Names{"p.list.A}{=x}"}));
  EXPECT_EQ(lists.of(R"({"p":[{"list":[{"name":"A"}]},{"list":[{"value":"y"}]}]})"), Names{});
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"A"}]},"records":{"p":{"list":[{"value":"y"}]}}})"), Names{});
}

TEST(NamedLists, NamesAreTextsOfAKnownLength) {
  Lists lists;
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"a\u0062\n","value":"x\t"}]}})"), (Names{"p.list.ab\n=x\t"}));
  EXPECT_EQ(lists.of(R"({"p":{"list":[{"name":"","value":"x"},{"name":7,"value":"y"},{"name":null,"value":"z"}]}})"), Names{});
  for (const std::size_t size : {kListedNameBytesMax, kListedNameBytesMax + 1}) {
    EXPECT_EQ(lists.of(fmt::format(R"({{"p":{{"list":[{{"name":"{}","value":"x"}}]}}}})", std::string(size, 'n'))).size(), size == kListedNameBytesMax ? 1u : 0u);
  }
}

TEST(NamedLists, QuotesWithinATextAreTakenOff) {
  Lists lists;
  const auto of = [&](const char* value) { return lists.of(fmt::format(R"({{"q":{{"any":{{"list":[{{"k":"A","v":{}}}]}}}}}})", value)); };
  EXPECT_EQ(of(R"("\"False\"")"), (Names{"q.any.list.A=False"}));
  for (const char* kept : {R"("False")", R"("\"a\\\"b\"")", R"("\"")", R"("[\"a\"]")", R"(7)"}) {
    std::string text;
    const std::string_view json = kept;
    append_value_text(text, {json.data() + (json[0] == '"'), static_cast<std::uint32_t>(json.size() - (json[0] == '"' ? 2 : 0)), 0, json[0] == '"' ? ValueKind::kJsonText : ValueKind::kNumber});
    EXPECT_EQ(of(kept), (Names{"q.any.list.A=" + text})) << kept;
  }
}

TEST(NamedLists, RulesAskForTheNameAndForItsPath) {
  Lists lists;
  EXPECT_EQ(names_of(lists.taxonomy(), "p.list.A"), (Names{"A", "p.list.A"}));
  EXPECT_EQ(names_of(lists.taxonomy(), "records.p.list.A.b"), (Names{"A.b", "p.list.A.b", "records.p.list.A.b"}));
  EXPECT_EQ(names_of(lists.taxonomy(), "q.x.list.A"), (Names{"A", "q.x.list.A"}));
  for (const char* own : {"p.list.name", "p.list.value", "p.list.many", "p.list.old", "p.list.type", "p.list", "p.lists.A"})
    EXPECT_EQ(names_of(lists.taxonomy(), own), (Names{own}));
}

/// They tell no log source apart, fields of rules can be made of them, and an event classified again is the same.
TEST(NamedLists, AreDerived) {
  Lists lists(
      "naming: {lists: [{at: l, name: n, value: v}]}\n"
      "log_sources:\n"
      "  - {product: p, when: {l.v: {exists: true}}, values: {Made: {from: A, translate: {x: y}}}}\n"
      "  - {product: q, when: {A: {exists: true}}}\n");
  const Names wanted = {"l.A=x", "Made=y"};
  EXPECT_EQ(lists.of(R"({"l":[{"n":"A","v":"x"}]})"), wanted);
  EXPECT_EQ(lists.again(), wanted);
  EXPECT_EQ(lists.event.log_source, LogSourceId{1});
}

TEST(NamedLists, NoMoreThanTheirLimit) {
  Lists lists;
  std::string json = R"({"p":{"list":[)";
  for (std::size_t i = 0; i <= kListedValuesMax; ++i) json += R"({"name":"A","value":1},)";
  EXPECT_EQ(lists.of(json + "0]}}").size(), kListedValuesMax);
  json = R"({"p":{"list":[{"name":"A","many":[)";
  for (std::size_t i = 0; i <= kListedValuesMax; ++i) json += "1,";
  EXPECT_EQ(lists.of(json + "0]}]}}").size(), kListedValuesMax);
}

TEST(NamedLists, AllocateNothingOnceWarm) {
  Lists lists;
  lists.of(R"({"p":{"list":[{"name":"A","value":"x"},{"name":"B","many":["y",2,true],"old":"z"}]}})");
  lists.classify();  // looks at the paths that the first time made
  const std::size_t before = allocations;
  for (int i = 0; i < 3; ++i) lists.classify();
  EXPECT_EQ(allocations - before, 0u);
}

/// The twin: whoever writes the text knows which name stands beside which value.
TEST(NamedLists, SayWhatTheWriterMeant) {
  Lists lists;
  std::mt19937 random(4);
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const char* const texts[] = {R"("a")", R"("}")", R"("{\"")", R"("\\")", "1", "true", "null", R"("]}")"};
  const auto text_of = [](const char* json) {
    const std::string_view all = json;
    if (all == "null") return std::string();
    if (all.front() != '"') return std::string(all);
    std::string text;
    append_value_text(text, {all.data() + 1, static_cast<std::uint32_t>(all.size() - 2), 0, ValueKind::kJsonText});
    return text;
  };
  for (int round = 0; round < 2'000; ++round) {
    Names wanted;
    std::string json = R"({"p":{"list":[)";
    for (unsigned element = 0, elements = below(5); element < elements; ++element) {
      Names parts;
      const char* const name = below(4) == 0 ? nullptr : texts[below(4)];
      if (name != nullptr) parts.push_back(fmt::format(R"("name":{})", name));
      for (const char* key : {"value", "old", "many"}) {
        if (below(2) == 0) continue;
        const char* const value = texts[below(8)];
        const bool in_array = below(2) == 0;
        parts.push_back(fmt::format(R"("{}":{}{}{})", key, in_array ? "[" : "", value, in_array ? "]" : ""));
        if (name != nullptr) wanted.push_back(fmt::format("p.list.{}{}={}", text_of(name), key == std::string_view("old") ? ".old" : "", text_of(value)));
      }
      if (below(3) == 0) parts.push_back(fmt::format(R"("x{{{}":{{"name":{},"y":[{{}}]}})", element, texts[below(8)]));
      std::ranges::shuffle(parts, random);
      json += fmt::format("{}{{{}}}", element == 0 ? "" : ",", fmt::join(parts, below(2) == 0 ? "," : " , "));
    }
    Names found = lists.of(json + "]}}");
    std::ranges::sort(found);
    std::ranges::sort(wanted);
    ASSERT_EQ(found, wanted) << json;
  }
}

TEST(NamedLists, MistakesInAMapping) {
  EXPECT_EQ(error_of("naming: {lists: {at: p}}"), "m.yml:1:17: lists must be a list of {at: path, name: key, value: key}");
  EXPECT_EQ(error_of("naming: {lists: [p]}"), "m.yml:1:18: a list must be a mapping of at, name, value, also, others and unquote");
  EXPECT_EQ(error_of("naming: {lists: [{at: p, name: n}]}"), "m.yml:1:18: a list needs 'at' (its path), 'name' (the key of the name) and 'value' (the keys of values)");
  EXPECT_EQ(error_of("naming: {lists: [{at: p, name: n, value: v, x: y}]}"), "m.yml:1:45: 'x' is not a part of a list (at, name, value, also, others, unquote)");
  EXPECT_EQ(error_of("naming: {lists: [{at: p, name: n, value: v, unquote: 1}]}"), "m.yml:1:54: unquote must be true or false");
  std::string many = "naming: {lists: [";
  for (std::size_t i = 0; i < kNamedListsMax; ++i) many += "{at: p, name: n, value: v}, ";
  EXPECT_EQ(error_of(many + "]}"), "loaded");
  EXPECT_TRUE(error_of(many + "{at: p, name: n, value: v}]}").ends_with("more than 256 lists in naming"));
}

}  // namespace
}  // namespace tocsin
