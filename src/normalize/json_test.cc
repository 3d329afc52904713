#include "normalize/json.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "base/text.h"

namespace tocsin {
namespace {

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

std::vector<JsonScanner> scanners() {
  std::vector<JsonScanner> all = {json_scan_portable};
#if defined(__x86_64__)
  all.push_back(json_scan_sse2);
  if (__builtin_cpu_supports("avx2")) all.push_back(json_scan_avx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2")) all.push_back(json_scan_avx512);
#endif
  return all;
}

std::string padded(std::string_view text, char filler) { return std::string(text) + std::string(kJsonPadding, filler); }

using Flat = std::vector<std::pair<std::string, std::string>>;  // path, value as canonical text with its kind

Flat ours(std::string_view text, JsonScanner scanner, bool& good) {
  const PlainNaming naming;
  PathTable paths(naming);
  JsonParser parser(paths, scanner);
  Event event;
  const std::string bytes = padded(text, '}');  // what follows must not matter
  good = parser.parse({bytes.data(), text.size()}, event).has_value();
  Flat flat;
  for (const Value& value : event.values) {
    std::string shown;
    append_value_text(shown, value);
    flat.emplace_back(paths.name(value.path), std::to_string(value.kind == ValueKind::kNull) + shown);
  }
  return flat;
}

void walk(simdjson::dom::element element, const std::string& path, Flat& flat) {
  const auto put = [&](std::string_view text) { flat.emplace_back(path, "0" + std::string(text)); };
  switch (element.type()) {
    case simdjson::dom::element_type::OBJECT:
      for (const simdjson::dom::object object = element.get_object().value(); const auto field : object) {
        walk(field.value, path.empty() ? std::string(field.key) : path + "." + std::string(field.key), flat);
      }
      break;
    case simdjson::dom::element_type::ARRAY:
      for (const simdjson::dom::array array = element.get_array().value(); const auto each : array) walk(each, path, flat);
      break;
    case simdjson::dom::element_type::STRING: put(element.get_string().value()); break;
    case simdjson::dom::element_type::BOOL: put(element.get_bool().value() ? "true" : "false"); break;
    case simdjson::dom::element_type::NULL_VALUE: flat.emplace_back(path, "1"); break;
    default: put("#"); break;  // numbers: only that there is one; their text is tested below
  }
}

void hide_numbers(Flat& flat, const Flat& like) {
  for (std::size_t i = 0; i < std::min(flat.size(), like.size()); ++i) {
    if (like[i].second == "0#") flat[i].second = "0#";
  }
}

/// simdjson's DOM parser is the slow twin: same verdict, same values.
void compare(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::padded_string copy(text);
  const bool expected_good = parser.parse(copy).get(element) == simdjson::SUCCESS;
  Flat expected;
  if (expected_good) walk(element, "", expected);
  for (const JsonScanner scanner : scanners()) {
    bool good = false;
    Flat got = ours(text, scanner, good);
    ASSERT_EQ(good, expected_good) << text;
    if (!good) continue;
    hide_numbers(got, expected);
    ASSERT_EQ(got, expected) << text;
  }
}

/// What a first look finds, as text.
std::string look(const std::string& text, JsonScanner scanner) {
  const std::string bytes = padded(text, '}');
  std::vector<std::uint32_t> index(text.size() + 64);
  const JsonScan scan = scanner(bytes.data(), text.size(), index.data());
  std::string found = std::to_string(scan.non_ascii) + std::to_string(scan.unicode_escape) + std::to_string(scan.bad_string) + std::to_string(scan.open_string);
  for (std::size_t i = 0; i < scan.count; ++i) found += ' ' + std::to_string(index[i]);
  return found;
}

TEST(JsonScan, OfEveryByteAllKernelsSayTheSame) {
  for (const std::string before : {"", "\"", "\"\\"}) {
    for (std::size_t at = 0; at < 130; at += 13) {
      for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string(at, '1') + before + static_cast<char>(byte) + "2\" :[";
        for (const JsonScanner scanner : scanners()) ASSERT_EQ(look(text, scanner), look(text, json_scan_portable)) << byte << " at " << at << " behind " << before;
      }
    }
  }
}

TEST(Json, ValuesAndPaths) {
  bool good = false;
  const Flat flat = ours(R"({"a":{"b":[1,{"c":"x\\y"}],"d":null},"a.b":true})", best_json_scanner(), good);
  EXPECT_TRUE(good);
  EXPECT_EQ(flat, (Flat{{"a.b", "01"}, {"a.b.c", "0x\\y"}, {"a.d", "1"}, {"a.b", "0true"}}));
}

TEST(Json, EscapedKeysAreUndone) {
  bool good = false;
  EXPECT_EQ(ours(R"({"\u0061b":"c"})", best_json_scanner(), good), (Flat{{"ab", "0c"}}));
}

TEST(Json, ALoneSurrogateIsReplaced) {
  bool good = false;
  EXPECT_EQ(ours(R"({"a":"\ud83d","b":"\ud83d\ude00"})", best_json_scanner(), good),
            (Flat{{"a", "0\xEF\xBF\xBD"}, {"b", "0\xF0\x9F\x98\x80"}}));
  EXPECT_TRUE(good);
}

TEST(Json, DepthHasALimit) {
  bool good = true;
  ours(std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']'), best_json_scanner(), good);
  EXPECT_TRUE(good);
  ours(std::string(kJsonDepthMax + 1, '[') + std::string(kJsonDepthMax + 1, ']'), best_json_scanner(), good);
  EXPECT_FALSE(good);
  ours(std::string(100'000, '['), best_json_scanner(), good);
  EXPECT_FALSE(good);
}

TEST(Json, WhatStandsBehindAnUnfinishedTextIsNotRead) {
  const PlainNaming naming;
  PathTable paths(naming);
  JsonParser parser(paths);
  Event event;
  for (const char filler : {'"', '1', ']', '}', ',', ':', '\n', ' ', '{', '['}) {
    for (const std::string_view text : {"[", "[1,", "[1, ", "{", "{\"a\"", "{\"a\":", "[[1]", "{\"a\":1", "{\"a\":1,", "[[[{\"a\":[["}) {
      const std::string bytes = padded(text, filler);
      EXPECT_FALSE(parser.parse({bytes.data(), text.size()}, event)) << text << filler;
    }
  }
}

TEST(Json, MutatedDocumentsAgreeWithSimdjson) {
  const std::string seed = R"( {"k\"ey" : "va\\l\nue \u00e9\u20ac", "n":[-1.5E-3,0,true , false,null,""],"o":{"a":{}}, "é":"ü"} )";
  std::mt19937 random(99);
  static constexpr std::string_view kBytes = "\"\\{}[],:0-.eEutrfn/ \x01\x80\xC3\n\t1";
  for (int round = 0; round < 30'000; ++round) {
    std::string text = seed;
    if (random() % 2 == 0) text.insert(random() % text.size(), std::string(random() % 80, ' '));  // other block borders
    for (std::size_t i = 0, edits = random() % 4; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      if (random() % 3 == 0) {
        text.erase(at, 1);
      } else if (random() % 2 == 0) {
        text.insert(at, 1, byte);
      } else {
        text[at] = byte;
      }
    }
    compare(text);
    if (HasFatalFailure()) return;
  }
}

std::filesystem::path suite() {
  const char* data = std::getenv("TOCSIN_DATA");
  return std::filesystem::path(data != nullptr ? data : TOCSIN_SOURCE_DIR "/../shared/data") / "json-test-suite";
}

TEST(JsonConformance, JSONTestSuite) {
  if (!std::filesystem::exists(suite())) GTEST_SKIP() << "skipped: no " << suite();
  int yes = 0, no = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(suite())) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.size() < 2 || name[1] != '_') continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    for (const JsonScanner scanner : scanners()) {
      bool good = false;
      ours(content.str(), scanner, good);
      if (name[0] == 'y') {
        EXPECT_TRUE(good) << name;
      } else if (name[0] == 'n') {
        EXPECT_FALSE(good) << name;
      }
    }
    yes += name[0] == 'y';
    no += name[0] == 'n';
  }
  EXPECT_GT(yes, 90);
  EXPECT_GT(no, 180);
}

}  // namespace
}  // namespace tocsin
