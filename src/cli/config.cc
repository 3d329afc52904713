// tocsin config: what the service would run with, and from where each setting comes; whether a configuration file is good.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/settings.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

void print_setting(const Setting& setting, const Settings::Value& value) {
  std::string text;
  for (const std::string& one : value.texts) text += (text.empty() ? "" : ", ") + one;
  fmt::print("{:<24} {:<18} {}\n", setting.name, text.empty() ? "-" : terminal_safe(text), terminal_safe(value.source));
  fmt::print("{:<24} {}\n", "", setting.meaning);
}

struct ConfigRead {
  Settings settings;
  std::string file;
  bool good = false;
};

/// What the file says, with all that is wrong with it said; or what to exit with, if the command line was wrong.
std::optional<int> read_config(Env& env, const std::vector<std::string>& arguments, const char* name, ConfigRead& read) {
  CLI::App app("The settings of `tocsin serve`.", name);
  app.add_option("--config", read.file, "the configuration file")->type_name("FILE");
  if (const auto exit = parse_arguments(app, arguments)) return exit;
  std::vector<std::string> mistakes;
  read.settings.read_chosen(env, read.file, mistakes);
  read.settings.check_together(mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  read.good = mistakes.empty();
  return std::nullopt;
}

int show(Env& env, const std::vector<std::string>& arguments) {
  ConfigRead read;
  if (const auto exit = read_config(env, arguments, "tocsin config show", read)) return *exit;
  for (std::size_t id = 0; id < kSettingIds; ++id) print_setting(kSettings[id], read.settings.value(static_cast<SettingId>(id)));
  return read.good ? kDone : kUsage;
}

int check(Env& env, const std::vector<std::string>& arguments) {
  ConfigRead read;
  if (const auto exit = read_config(env, arguments, "tocsin config check", read)) return *exit;
  if (read.good) fmt::print("{} is good\n", read.file.empty() ? default_config_file() : read.file);
  return read.good ? kDone : kUsage;
}

constexpr const char* kHelp =
    "The settings of `tocsin serve`.\n\n"
    "  tocsin config show [--config FILE]    every setting, its value, where that comes from, and what it means\n"
    "  tocsin config check [--config FILE]   whether the file is good; exits with 2 if it is not\n";

}  // namespace

int run_config(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "config", {{"show", show}, {"check", check}}, kHelp);
}

}  // namespace tocsin::cli
