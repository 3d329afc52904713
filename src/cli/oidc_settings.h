// The settings of log-in through a provider (oidc.*, api.url): what each may be, what belongs together, and what the API makes of them. The secret is in no setting but in a
// file of its own, or in a credential that systemd hands over. Everything fails with kInvalid and words for whoever wrote the settings.
//
//   check_oidc(settings, mistakes);
//   server.provider_login = TRY(provider_login(env, settings));   // nothing if none is wanted
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/provider_login.h"
#include "base/env.h"

namespace tocsin::cli {

class Settings;

/// https, and neither path nor query: https://logs.example.org:8443.
Status check_origin(std::string_view text);
/// https, without a query (OpenID Connect Discovery, section 3), and not the address of its description.
Status check_issuer(std::string_view text);
/// VALUE=ROLE; a value may have '=' in it.
Result<std::pair<std::string, std::string>> read_role_mapping(std::string_view text);

void check_oidc(const Settings& settings, std::vector<std::string>& mistakes);
Result<std::optional<api::ProviderLoginSettings>> provider_login(Env& env, const Settings& settings);

}  // namespace tocsin::cli
