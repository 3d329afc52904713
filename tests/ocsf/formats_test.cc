// Events of every named format (tests/data/normalize/formats, a file each): what class they become, that they are valid and lose nothing, that rules
// see their fields, and that of a usual stream nine tenths have a class.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "format_table.h"
#include "normalize/case_testing.h"
#include "projection_testing.h"

namespace tocsin::ocsf {
namespace {

constexpr const char* kFolder = "tests/data/normalize/formats";
/// Of a usual stream, in percent, with a class other than Base Event.
constexpr double kShareMin = 90;

std::size_t weight_of(const YamlNode& node) {
  const std::string_view text = node.text("weight");
  return text.empty() ? 1 : std::stoul(std::string(text));
}

/// The first value that rules see under a name, by its path or by the log source; "" if there is none.
std::string value_under(const Event& event, const LogSourceClass& log_source, const PathTable& paths, const std::string& name) {
  for (const Value& value : event.values) {
    if (value.kind == ValueKind::kNull) continue;
    const std::vector<std::string>& names = paths.meaning(value.path).names;
    const auto is_named = [&](const std::string& one) { return std::ranges::find(names, one) != names.end(); };
    const bool seen = is_named(name) || std::ranges::any_of(log_source.aliases, [&](const auto& alias) { return alias.first == name && is_named(alias.second); });
    if (!seen) continue;
    std::string text;
    append_value_text(text, value);
    return text;
  }
  return "";
}

void check_fields(const YamlNode& node, const Event& event, const LogSourceClass& log_source, const PathTable& paths) {
  const YamlNode* const fields = node.find("fields");
  if (fields == nullptr) return;
  for (const auto& [name, wanted] : fields->entries) EXPECT_EQ(value_under(event, log_source, paths, name.scalar), wanted.scalar) << name.scalar;
}

/// All formats, through `visit`.
void for_each_event(const std::function<void(const std::string& format, const YamlNode&, const Event&, const Projection&)>& visit) {
  PathTable paths(shipped());
  LogSourceTable log_sources;
  Classifier classifier(shipped(), log_sources, paths);
  Projection projection(shipped(), paths, log_sources);
  for_each_named_case(kFolder, [&](const std::string& format, const YamlNode& node) {
    visit_event(node, paths, shipped().formats(), [&](Event& event) {
      classifier.classify(event);
      EXPECT_EQ(projection.check(event), "");
      visit(format, node, event, projection);
      check_fields(node, event, log_sources.get(event.log_source), paths);
    });
  });
}

TEST(OcsfFormats, EveryKindOfEventIsWhatItsCaseSays) {
  for_each_event([](const std::string&, const YamlNode& node, const Event&, const Projection& projection) {
    check_wanted(node, projection.line(), projection.projector().taken());
  });
}

FormatTable table() {
  FormatTable table;
  for_each_event([&](const std::string& format, const YamlNode& node, const Event& event, const Projection& projection) {
    table.add(format, weight_of(node), event, projection.projector());
  });
  return table;
}

TEST(OcsfFormats, NineTenthsOfAUsualStreamHaveAClass) {
  const FormatTable formats = table();
  EXPECT_GE(formats.rows().size(), 43u);
  for (const auto& [name, row] : formats.rows()) {
    EXPECT_GE(row.kinds, 8u) << name;
    EXPECT_GE(row.share(), kShareMin) << name;
  }
}

TEST(OcsfFormats, ThePageIsMadeOfTheCases) {
  const std::string path = TOCSIN_SOURCE_DIR "/docs/ocsf.md";
  auto page = Env::system().read_file(path, 1 << 20);
  ASSERT_TRUE(page);
  const std::string wanted = table().put_into(*page);
  if (std::getenv("TOCSIN_UPDATE") != nullptr) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_TRUE(*page == wanted) << "TOCSIN_UPDATE=1 makes the table of docs/ocsf.md anew";
}

}  // namespace
}  // namespace tocsin::ocsf
