#include "pipeline/rule_alerts.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "normalize/taxonomy.h"

namespace tocsin {
namespace {

/// "a.b" is a field of that name and of its last part; of the host it names one.
class LastPart : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override {
    PathMeaning meaning;
    const std::size_t dot = path.rfind('.');
    if (dot != std::string_view::npos) meaning.names.emplace_back(path.substr(dot + 1));
    meaning.names.emplace_back(path);
    if (path == "Computer") meaning.entity = EntityType::kHost;
    return meaning;
  }
};

TEST(RuleAlerts, AFieldHasTheNameOfRulesAndAllThatARuleSeesThere) {
  const LastPart naming;
  PathTable paths(naming);
  const PathId data = paths.child(PathTable::kRoot, "data");
  Event event;
  const auto add = [&](PathId path, std::string_view text, ValueKind kind = ValueKind::kText) {
    event.values.push_back({text.data(), static_cast<std::uint32_t>(text.size()), path, kind});
  };
  add(paths.child(data, "NewProcessName"), "a.exe");
  add(paths.child(PathTable::kRoot, "NewProcessName"), "b.exe");
  add(paths.child(PathTable::kRoot, "Computer"), "ws-07");
  add(paths.child(PathTable::kRoot, "Computer"), "", ValueKind::kNull);
  add(paths.child(PathTable::kRoot, "EventID"), "1.0", ValueKind::kNumber);
  const LogSourceClass log_source{{{"windows", "process_creation", ""}}, {{"Image", "NewProcessName"}}};
  const std::vector<AlertField> wanted = {{"Computer", EntityType::kHost, {"ws-07", std::nullopt}}, {"EventID", EntityType::kNone, {"1"}}, {"Image", EntityType::kNone, {"a.exe", "b.exe"}}};
  EXPECT_EQ(alert_fields(event, paths, log_source), wanted);
}

constexpr const char* kRule = R"(title: T
id: r1
level: low
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '.exe'}, condition: s}
)";

std::string process(int number) {
  return R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Computer":"ws-07","Image":"C:\\x\\)" + std::to_string(number) + ".exe\"}\n";
}

TEST(RuleAlerts, OfManyOnlySomeThatNobodyAskedForAreKept) {
  MemoryEnv env;
  std::string log;
  const int events = static_cast<int>(RuleAlerts::kOthersMax) + 100;
  for (int i = 0; i < events; ++i) log += process(i);
  ASSERT_TRUE(env.write_file("/log.json", log));
  Engine engine(sigma::load({{"rule.yml", kRule, false}}, {}).set, std::move(*Taxonomy::load(Taxonomy::shipped())));
  const std::string last = alert_id("r1", {{"log.json", static_cast<std::uint64_t>(events - 1)}});
  RuleAlerts alerts(env, engine, {{last}, [](const AlertField& field) { return field.name == "Computer"; }});
  ASSERT_TRUE(alerts.of_files({{"/log.json", "log.json"}}, {}));
  ASSERT_EQ(alerts.found().size(), RuleAlerts::kOthersMax + 1);
  const AlertFields& wanted = alerts.found().back();
  EXPECT_EQ(wanted.alert, last);
  EXPECT_EQ(wanted.index, static_cast<std::uint64_t>(events - 1));
  EXPECT_EQ(wanted.find("Computer"), nullptr);
  ASSERT_NE(wanted.find("Image"), nullptr);
  EXPECT_EQ(wanted.find("Image")->values.front(), "C:\\x\\" + std::to_string(events - 1) + ".exe");
  EXPECT_TRUE(alerts.names().contains("Image"));
}

}  // namespace
}  // namespace tocsin
