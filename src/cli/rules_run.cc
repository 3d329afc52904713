// tocsin rules test: detection as code.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "cli/rules.h"
#include "pipeline/rule_tests.h"

namespace tocsin::cli {

namespace {

using Outcome = TestResult::Outcome;

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : terminal_safe(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

std::string junit(const std::vector<TestResult>& results, std::size_t failed, std::size_t skipped) {
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tocsin rules test\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
                                results.size(), failed, skipped);
  for (const TestResult& result : results) {
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" file=\"{}\"", xml_escaped(result.rule), xml_escaped(result.name),
                       xml_escaped(result.file));
    switch (result.outcome) {
      case Outcome::kPassed: out += "/>\n"; break;
      case Outcome::kNoTest: out += "><skipped/></testcase>\n"; break;
      case Outcome::kFailed: out += fmt::format("><failure message=\"{}\"/></testcase>\n", xml_escaped(result.detail)); break;
    }
  }
  return out + "</testsuite>\n";
}

}  // namespace

int run_rules_test(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  RuleArguments args;
  std::string junit_file;
  CLI::App app("Runs the tests beside rules: <rule>.test.yml, and SigmaHQ's regression data (info.yml). The rules are those below "
               "the same paths, and those of --rules. Exits 1 if a test fails.", "tocsin rules test");
  app.add_option("--junit", junit_file, "write results as JUnit XML")->type_name("FILE");
  app.add_option("--rules", args.rules, "rules that lie elsewhere")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, args.mappings);
  app.add_option("PATH", paths, "files or folders")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::vector<Error> errors;
  const std::vector<TestFile> files = find_test_files(env, paths, errors);
  for (const Error& error : errors) complain(error.message);
  if (!errors.empty()) return kUsage;
  args.rules.insert(args.rules.end(), paths.begin(), paths.end());
  std::unique_ptr<Engine> engine = make_engine(env, args);
  if (engine == nullptr) return kUsage;
  RuleTests tests(env, *engine);
  for (const TestFile& file : files) tests.run(file);
  std::size_t passed = 0, failed = 0, none = 0;
  for (const TestResult& result : tests.results()) {
    passed += result.outcome == Outcome::kPassed;
    failed += result.outcome == Outcome::kFailed;
    none += result.outcome == Outcome::kNoTest;
    if (result.outcome != Outcome::kFailed) continue;
    fmt::print("FAILED {}: {} ({}): {}\n", terminal_safe(result.file), terminal_safe(result.name), terminal_safe(result.rule),
               terminal_safe(result.detail));
  }
  fmt::print("{} passed, {} failed, {} without a test\n", passed, failed, none);
  if (!junit_file.empty()) {
    if (const Status status = env.write_file(junit_file, junit(tests.results(), failed, none)); !status) {
      complain(status.error().message);
      return kUsage;
    }
  }
  if (passed + failed == 0) {
    complain("no test was found below these paths");
    return kUsage;
  }
  return failed == 0 ? kDone : kAlerts;
}

}  // namespace tocsin::cli
