// Events as OCSF: the cases of tests/data/normalize, which have a realistic event of every product, and real recordings where they are there.
// Each must be valid by the schema's source, have a place for every value, and be of the class that its case says.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "normalize/case_testing.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "pipeline/event_walk.h"
#include "projection_table.h"
#include "projection_testing.h"

namespace tocsin::ocsf {
namespace {

/// The blocks of docs/mappings.md that are a mapping: the last is a whole one.
TEST(OcsfProjection, TheDocumentedMappingDoesWhatItSays) {
  const auto page = Env::system().read_file(TOCSIN_SOURCE_DIR "/docs/mappings.md", 1 << 20);
  ASSERT_TRUE(page);
  constexpr std::string_view kOpen = "```yaml\n", kClose = "```\n";
  const std::size_t from = page->rfind(kOpen) + kOpen.size();
  const std::string mapping = page->substr(from, page->find(kClose, from) - from);
  const auto taxonomy = Taxonomy::load({{"docs/mappings.md", mapping}});
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  PathTable paths(**taxonomy);
  LogSourceTable log_sources;
  Classifier classifier(**taxonomy, log_sources, paths);
  Projection projection(**taxonomy, paths, log_sources);
  const auto door = parse_yaml("event: '{\"kind\": \"door\", \"evt\": {\"who\": \"m\", \"reader\": \"north\", \"result\": \"denied\"}, \"at\": 1772439330}'\n"
                               "class: authentication\nhas: {activity_id: '1', status_id: '2', user.name: m, service.name: north, time: '1772439330000'}\n");
  ASSERT_TRUE(door);
  visit_event(door->front(), paths, (*taxonomy)->formats(), [&](Event& event) {
    classifier.classify(event);
    EXPECT_EQ(projection.check(event), "");
    check_wanted(door->front(), projection.line(), projection.projector().taken());
  });
}

TEST(OcsfProjection, EveryCaseIsValidAndLosesNothing) {
  std::size_t projected = 0;
  for (const char* folder : {"taxonomy", "columns", "ocsf"}) {
    for_each_case(std::string("tests/data/normalize/") + folder, [&](const YamlNode& node) {
      PathTable paths(shipped());
      LogSourceTable log_sources;
      Classifier classifier(shipped(), log_sources, paths);
      Projection projection(shipped(), paths, log_sources);
      visit_event(node, paths, shipped().formats(), [&](Event& event) {
        classifier.classify(event);
        EXPECT_EQ(projection.check(event), "");
        if (node.find("class") != nullptr) check_wanted(node, projection.line(), projection.projector().taken());
        ++projected;
      });
    });
  }
  EXPECT_GE(projected, 230u);
}

/// One row of the table in docs/ocsf.md for each kind of log source of the cases.
TEST(OcsfProjection, ThePageIsMadeOfTheCases) {
  ProjectionTable table;
  for (const char* folder : {"columns", "ocsf"}) {
    for_each_case(std::string("tests/data/normalize/") + folder, [&](const YamlNode& node) {
      PathTable paths(shipped());
      LogSourceTable log_sources;
      Classifier classifier(shipped(), log_sources, paths);
      OcsfProjector projector(shipped(), log_sources, paths);
      visit_event(node, paths, shipped().formats(), [&](Event& event) {
        classifier.classify(event);
        std::string line;
        projector.append(event, line);
        table.add(log_sources.get(event.log_source), event, projector);
      });
    });
  }
  const std::string path = TOCSIN_SOURCE_DIR "/docs/ocsf.md";
  auto page = Env::system().read_file(path, 1 << 20);
  ASSERT_TRUE(page);
  const std::string wanted = table.put_into(*page);
  if (std::getenv("TOCSIN_UPDATE") != nullptr) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_TRUE(*page == wanted) << "TOCSIN_UPDATE=1 makes the table of docs/ocsf.md anew";
}

struct Recording {
  const char* folder;
  double least;  // share of events that are no Base Event
};
/// Formats that have classes. What daemons of no kind say in loghub is counted and asked for nothing.
constexpr Recording kRecordings[] = {{"windows-events", 0.9}, {"evtx-mitre", 0.9},          {"evtx-odd", 0},       {"cloudtrail", 0.9},
                                     {"sigma/regression_data", 0.9}, {"loghub/OpenSSH", 0.9}, {"loghub/Apache", 0.9}, {"loghub/Linux", 0.5},
                                     {"loghub", 0}};

/// Licences and descriptions lie among them.
bool is_log(const std::string& path) {
  return std::ranges::any_of(std::initializer_list<const char*>{".evtx", ".json", ".ndjson", ".zst", ".log"}, [&](const char* end) { return path.ends_with(end); });
}

TEST(OcsfProjection, RealRecordingsAreValidAllOfThem) {
  if (schema_source() == nullptr) GTEST_SKIP() << kNoSchema;
  for (const Recording& recording : kRecordings) {
    std::vector<Error> unreadable;
    std::vector<FoundFile> files = find_files(Env::system(), data_folder() + "/" + recording.folder, unreadable);
    std::erase_if(files, [](const FoundFile& file) { return !is_log(file.path); });
    if (files.empty()) continue;
    Engine engine(sigma::RuleSet{}, std::move(*Taxonomy::load(Taxonomy::shipped(true))));
    std::unique_ptr<Projection> projection;
    std::size_t events = 0, base = 0, wrong = 0;
    EventWalk(Env::system(), engine).run(files, [&](std::string_view source, const Event& event, const PathTable& paths) {
      if (projection == nullptr) projection = std::make_unique<Projection>(engine.taxonomy(), paths, engine.log_sources());
      const std::string mistakes = projection->check(event);
      if (!mistakes.empty() && wrong++ < 3) ADD_FAILURE() << source << ": " << mistakes;
      ++events;
      if (projection->projector().taken().shape->uid == 0) ++base;
      return true;
    });
    const double share = 1 - static_cast<double>(base) / static_cast<double>(events);
    std::printf("%-24s %7zu events, %5.1f %% no Base Event, %zu invalid\n", recording.folder, events, 100 * share, wrong);
    EXPECT_EQ(wrong, 0u) << recording.folder;
    EXPECT_GE(share, recording.least) << recording.folder;
  }
}

}  // namespace
}  // namespace tocsin::ocsf
