// tocsin playbook simulate: a playbook without anything being done.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/playbook.h"
#include "cli/playbook_files.h"
#include "cli/verb.h"
#include "respond/connector/connector_list.h"
#include "respond/engine/simulation.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kScenarioFileBytesMax = 4u << 20;

/// "block.json" has its scenarios in "block.scenarios.yml".
std::string scenarios_beside(const std::string& file) {
  const std::string stem = file.ends_with(".json") ? file.substr(0, file.size() - 5) : file;
  return stem + ".scenarios.yml";
}

Result<std::vector<respond::Scenario>> scenarios(Env& env, const std::string& file, const std::string& given) {
  const std::string path = given.empty() ? scenarios_beside(file) : given;
  if (given.empty() && !env.exists(path)) return std::vector<respond::Scenario>{{.name = "all goes well"}};
  return respond::read_scenarios(path, TRY(env.read_file(path, kScenarioFileBytesMax)));
}

void print_story(const respond::RunState& run) {
  for (const respond::StoryLine& line : run.story) fmt::print("    {}\n", terminal_safe(respond::story_text(run, line, respond::kDreamBegin)));
}

}  // namespace

int simulate_playbook(Env& env, const std::vector<std::string>& arguments) {
  PlaybookFiles files;
  std::string scenario_file;
  bool story = false, all_ways = false;
  CLI::App app("Walks through a playbook with stated answers; nothing is done (docs/playbooks.md).", "tocsin playbook simulate");
  files.add_to(app);
  app.add_option("--scenarios", scenario_file, "what comes back, and what is expected, YAML (default: FILE without .json, with .scenarios.yml, if it is there)")->type_name("FILE");
  app.add_flag("--story", story, "show what happens, line by line (it is, where there is one scenario)");
  app.add_flag("--all-ways", all_ways, "a way that no scenario goes is a failure");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::vector<std::shared_ptr<const respond::Book>>> books = files.read(env);
  if (!books) return complain(books.error().message), kUsage;
  const Result<std::vector<respond::Scenario>> all = scenarios(env, files.file, scenario_file);
  if (!all) return complain(all.error().message), kUsage;

  const respond::Book& book = *books->front();
  std::set<std::string> ways = respond::ways_of(book.playbook);
  const std::size_t ways_total = ways.size();
  std::size_t wrong = 0;
  fmt::print("{}: \"{}\"\n", terminal_safe(files.file), terminal_safe(book.playbook.name));
  for (const respond::Scenario& scenario : *all) {
    std::map<std::string, std::string> values = respond::sample_values(book);
    for (const auto& [name, value] : scenario.values) values[name] = value;
    if (const Status fits = respond::check_start(book, values); !fits) {
      fmt::print("  {}: cannot begin: {}\n", terminal_safe(scenario.name), terminal_safe(fits.error().message));
      ++wrong;
      continue;
    }
    const respond::Simulation simulation = respond::simulate(*books, scenario, respond::all_actions());
    const respond::RunState& run = simulation.run.state();
    fmt::print("  {}: {}{}{}\n", terminal_safe(scenario.name), word_of(run.status), run.failure.empty() ? "" : ": ", terminal_safe(run.failure));
    for (const auto& [way, times] : run.ways) ways.erase(way);
    if (story || all->size() == 1) print_story(run);
    for (const std::string& mistake : simulation.mistakes) fmt::print("    NOT as expected: {}\n", terminal_safe(mistake));
    if (!simulation.mistakes.empty()) ++wrong;
  }
  fmt::print("{} {}, {} not as expected; {} of {} ways gone\n", all->size(), all->size() == 1 ? "scenario" : "scenarios", wrong, ways_total - ways.size(), ways_total);
  for (const std::string& way : ways) fmt::print("  no scenario goes where {}\n", terminal_safe(respond::way_text(book.playbook, way)));
  return wrong > 0 || (all_ways && !ways.empty()) ? kAlerts : kDone;
}

}  // namespace tocsin::cli
