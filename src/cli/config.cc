// tocsin config: what the service would run with, and from where each setting comes; whether a configuration file is good.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/settings.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

void print_setting(const Setting& setting, const Settings::Value& value) {
  std::string text;
  for (const std::string& one : value.texts) text += (text.empty() ? "" : ", ") + one;
  fmt::print("{:<24} {:<18} {}\n", setting.name, text.empty() ? "-" : terminal_safe(text), terminal_safe(value.source));
  fmt::print("{:<24} {}\n", "", setting.meaning);
}

constexpr const char* kHelp =
    "The settings of `tocsin serve`.\n\n"
    "  tocsin config show [--config FILE]    every setting, its value, where that comes from, and what it means\n"
    "  tocsin config check [--config FILE]   whether the file is good; exits with 2 if it is not\n";

}  // namespace

int run_config(Env& env, const std::vector<std::string>& arguments) {
  const std::string action = arguments.empty() ? "" : arguments.front();
  if (action != "show" && action != "check") {
    const bool asked = action == "--help" || action == "-h";
    fmt::print(asked ? stdout : stderr, "{}", kHelp);
    return asked ? kDone : kUsage;
  }
  std::string file;
  CLI::App app("The settings of `tocsin serve`.", "tocsin config " + action);
  app.add_option("--config", file, "the configuration file")->type_name("FILE");
  if (const auto exit = parse_arguments(app, {arguments.begin() + 1, arguments.end()})) return *exit;
  Settings settings;
  std::vector<std::string> mistakes;
  settings.read_chosen(env, file, mistakes);
  settings.check_together(mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  const bool good = mistakes.empty();
  if (action == "show") {
    for (std::size_t id = 0; id < kSettingIds; ++id) print_setting(kSettings[id], settings.value(static_cast<SettingId>(id)));
  } else if (good) {
    fmt::print("{} is good\n", file.empty() ? default_config_file() : file);
  }
  return good ? kDone : kUsage;
}

}  // namespace tocsin::cli
