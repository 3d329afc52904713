// tocsin demo: writes the attack that ships with the program to a folder, scans it with the built-in rules, and explains.
#include <fmt/format.h>
#include <cstdlib>

#include "base/content.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

constexpr std::string_view kScenario = "scenarios/intrusion/";

/// When the last event of the scenario was written; kNoTime if its description does not say, which a test would show.
TimeUs end_of_scenario() {
  for (const ContentFile& file : content_files()) {
    if (file.name != std::string(kScenario) + "scenario.yml") continue;
    const auto documents = parse_yaml(file.text);
    if (!documents || documents->empty()) return kNoTime;
    return parse_time(documents->front().text("ends")).value_or(kNoTime);
  }
  return kNoTime;
}

/// The files get the time at which they would have been left, since lines without a year take it from there.
Status write_scenario(Env& env, const std::string& folder) {
  TRY(env.make_folder(folder));
  const TimeUs end = end_of_scenario();
  for (const ContentFile& file : content_files()) {
    if (!file.name.starts_with(kScenario) || file.name.ends_with(".yml")) continue;
    const std::string path = folder + "/" + std::string(file.name.substr(kScenario.size()));
    TRY(env.write_file(path, file.text));
    if (end != kNoTime) TRY(env.set_modified_us(path, end));
  }
  return {};
}

}  // namespace

int run_demo(Env& env, const std::vector<std::string>& arguments) {
  std::string folder = "tocsin-demo";
  CLI::App app("Writes a small, realistic attack to a folder and scans it with the built-in rules.", "tocsin demo");
  app.add_option("FOLDER", folder, "where to write the logs (default: tocsin-demo)");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (const Status status = write_scenario(env, folder); !status) {
    complain(status.error().message);
    return kUsage;
  }
  fmt::print("Two hours of a small network, with an intrusion in it, are now in {}/.\n"
             "  tocsin scan --format table {}\n\n", terminal_safe(folder), terminal_safe(folder));
  std::fflush(stdout);
  const int exit = run_scan(env, {"--format", "table", folder});
  fmt::print("\nEvery alert with its reasons, one JSON object a line:\n  tocsin scan --format ndjson {0}\n"
             "Why did a rule fire on an event?\n  tocsin explain rule RULE_ID --event {0}/windows.ndjson:INDEX\n", terminal_safe(folder));
  return exit;
}

}  // namespace tocsin::cli
