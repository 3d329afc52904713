#include "cli/setting_options.h"

#include <fmt/format.h>

namespace tocsin::cli {

void SettingOptions::add_to(CLI::App& app) {
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    const Setting& setting = kSettings[id];
    std::string meaning(setting.meaning);
    if (!setting.preset.empty()) meaning += fmt::format(" (default: {})", setting.preset);
    CLI::Option* const option = app.add_option(std::string(setting.option), texts[id], meaning);
    option->type_name(std::string(setting.placeholder))->allow_extra_args(false);
    if (!takes_several(setting)) option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

void SettingOptions::give(Settings& settings, std::vector<std::string>& mistakes) const {
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    if (!texts[id].empty()) settings.set(static_cast<SettingId>(id), texts[id], std::string(kSettings[id].option), mistakes);
  }
}

std::vector<std::string> words_for(const Settings& settings, std::span<const SettingId> wanted) {
  std::vector<std::string> words;
  for (const SettingId id : wanted) {
    const Settings::Value& value = settings.value(id);
    if (value.source == "default") continue;
    for (const std::string& text : value.texts) words.push_back(fmt::format("{}={}", kSettings[id].option, text));
  }
  return words;
}

}  // namespace tocsin::cli
