// The settings of the service as options of a command line, and as words for that of a process which gets some of them.
//
//   SettingOptions given;
//   given.add_to(app);
//   …                                  // the command line is read
//   given.give(settings, mistakes);
//   const std::vector<std::string> words = words_for(settings, kSettingsOfApi);
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "cli/parse.h"
#include "cli/settings.h"

namespace tocsin::cli {

struct SettingOptions {
  std::array<std::vector<std::string>, kSettingIds> texts;

  void add_to(CLI::App& app);
  void give(Settings& settings, std::vector<std::string>& mistakes) const;
};

/// What the process that answers the API has to know.
inline constexpr SettingId kSettingsOfApi[] = {kApiHosts, kApiUrl, kApiMcp, kOidcIssuer, kOidcClientId, kOidcSecretFile, kOidcName, kOidcScopes, kOidcRolesClaim, kOidcRoles, kOidcAuthorities};

/// But for defaults.
std::vector<std::string> words_for(const Settings& settings, std::span<const SettingId> wanted);

}  // namespace tocsin::cli
