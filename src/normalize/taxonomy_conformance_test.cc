// Every log source of the public rule set must be one that some mapping yields, and real events must be recognised.
// Skipped where the data is absent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/env.h"
#include "base/yaml.h"
#include "normalize/json.h"
#include "normalize/taxonomy.h"

namespace tocsin {
namespace {

std::string data_folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

/// What the rules below `folder` ask for, each with one file that asks.
void gather_wanted(const std::string& folder, std::map<LogSource, std::string>& wanted) {
  std::vector<Error> errors;
  for (const FoundFile& file : find_files(Env::system(), folder, errors)) {
    if (!file.path.ends_with(".yml")) continue;
    const auto text = Env::system().read_file(file.path, 1 << 20);
    const auto documents = parse_yaml(text ? *text : "");
    if (!documents) continue;
    for (const YamlNode& document : *documents) {
      const YamlNode* const source = document.is_mapping() ? document.find("logsource") : nullptr;
      if (source == nullptr || document.find("detection") == nullptr) continue;
      wanted.try_emplace({std::string(source->text("product")), std::string(source->text("category")),
                          std::string(source->text("service"))},
                         file.path);
    }
  }
}

void expect_all_known(const std::map<LogSource, std::string>& wanted) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy);
  const LogSourceClass known{(*taxonomy)->known_log_sources(), {}};
  for (const auto& [source, file] : wanted) {
    EXPECT_NE(known.fits(source), nullptr)
        << source.product << "/" << source.category << "/" << source.service << " in " << file;
  }
}

TEST(TaxonomyConformance, EveryLogSourceOfThePublicRulesIsReachable) {
  Env& env = Env::system();
  std::map<LogSource, std::string> wanted;
  for (const char* folder :
       {"rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"}) {
    if (env.is_folder(data_folder() + "/sigma/" + folder)) gather_wanted(data_folder() + "/sigma/" + folder, wanted);
  }
  if (wanted.empty()) GTEST_SKIP() << "skipped: no public rules";
  EXPECT_GE(wanted.size(), 138u);
  expect_all_known(wanted);
}

TEST(TaxonomyConformance, EveryLogSourceOfTheShippedRulesIsReachable) {
  std::map<LogSource, std::string> wanted;
  gather_wanted(TOCSIN_SOURCE_DIR "/content/rules", wanted);
  EXPECT_FALSE(wanted.empty());
  expect_all_known(wanted);
}

/// Nothing of the regression set is left without class or time, and each event is what its rule is about.
TEST(TaxonomyConformance, RegressionEventsAreRecognised) {
  std::vector<Error> errors;
  const std::string folder = data_folder() + "/sigma/regression_data";
  if (!Env::system().is_folder(folder)) GTEST_SKIP() << "skipped: no regression data";
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy);
  LogSourceTable log_sources;
  PathTable paths(**taxonomy);
  Classifier classifier(**taxonomy, log_sources, paths);
  JsonParser parser(paths);
  Event event;
  std::size_t events = 0;
  for (const FoundFile& file : find_files(Env::system(), folder, errors)) {
    if (!file.path.ends_with(".json")) continue;
    auto text = Env::system().read_file(file.path, 16 << 20);
    ASSERT_TRUE(text);
    const std::size_t size = text->size();
    text->append(kJsonPadding, ' ');
    if (!parser.parse(std::string_view(*text).substr(0, size), event)) continue;  // several objects in one file
    classifier.classify(event);
    EXPECT_NE(event.log_source, LogSourceTable::kUnknown) << file.path;
    EXPECT_NE(event.time, kNoTime) << file.path;
    ++events;
  }
  EXPECT_GT(events, 100u);
}

}  // namespace
}  // namespace tocsin
