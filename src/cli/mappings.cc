// tocsin mappings: test those of a user with the tests in them, list what formats and log sources are known.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "normalize/mapping_tests.h"
#include "normalize/text_formats.h"

namespace tocsin::cli {

namespace {

constexpr const char* kHelp =
    "tocsin mappings test PATH...     load mapping files beside the built-in ones and run the tests in them\n"
    "tocsin mappings list [--mappings PATH]...   the formats and log sources that are known\n"
    "\ndocs/mappings.md says how a mapping is written. `tocsin mappings VERB --help` says more.\n";

int test_mappings(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  CLI::App app("Loads mapping files beside the built-in ones, and runs the tests in them; without a path those of the built-in ones. Exits 1 if one fails.", "tocsin mappings test");
  app.add_option("PATH", paths, "files or folders");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::vector<MappingFile>> files = read_mapping_files(env, paths);
  if (!files) return complain(files.error().message), kUsage;
  const Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(*files);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  std::vector<MappingText> texts;
  for (const MappingFile& file : *files) texts.push_back({file.name, file.text});
  if (texts.empty()) texts = Taxonomy::shipped();
  std::size_t tests = 0, failed = 0;
  for (const MappingText& text : texts) {
    const MappingTestRun run = run_mapping_tests(**taxonomy, text);
    tests += run.tests;
    failed += run.failures.size();
    for (const std::string& failure : run.failures) {
      for (std::size_t from = 0; from < failure.size();) {
        const std::size_t end = std::min(failure.size(), failure.find('\n', from));
        fmt::print("{}\n", terminal_safe(std::string_view(failure).substr(from, end - from)));
        from = end + 1;
      }
    }
  }
  fmt::print("{} passed, {} failed\n", tests - failed, failed);
  if (tests == 0) return complain("there is no test in these files; docs/mappings.md says how one is written"), kUsage;
  return failed == 0 ? kDone : kAlerts;
}

void list_formats(const TextFormats& formats) {
  for (const TextFormat& format : formats.formats) {
    std::string of = format.lines.empty() ? "messages of " : fmt::format("{} line{}", format.lines.size(), format.lines.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < format.programs.size(); ++i) of += (i == 0 ? "" : ", ") + format.programs[i];
    fmt::print("{:<20} {:>4} messages  {:<26} {}\n", terminal_safe(format.name), format.messages.size(), terminal_safe(format.file), terminal_safe(of));
  }
}

int list_mappings(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> mappings;
  CLI::App app("Lists the formats of lines and messages that mappings describe, and every log source that some mapping can yield.", "tocsin mappings list");
  add_mappings_option(app, mappings);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  fmt::print("Formats\n");
  list_formats((*taxonomy)->formats());
  fmt::print("\nFormats that the program knows by itself: auditd, syslog, access log, squid log, event xml, cef, key value, w3c, zeek, json, evtx\n\nLog sources (product/category/service)\n");
  for (const LogSource& source : (*taxonomy)->known_log_sources()) fmt::print("{}/{}/{}\n", terminal_safe(source.product), terminal_safe(source.category), terminal_safe(source.service));
  return kDone;
}

}  // namespace

int run_mappings(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "mappings", {{"test", test_mappings}, {"list", list_mappings}}, kHelp);
}

}  // namespace tocsin::cli
