#include "api/provider_login.h"

#include <fmt/format.h>

#include "api/account_rules.h"
#include "base/seal.h"

namespace tocsin::api {

namespace {

/// The first that can be a name here: people know the first two, the last one there always is.
std::string name_of(const oidc::IdToken& token) {
  for (const std::string_view claim : {"preferred_username", "email", "sub"}) {
    const auto texts = oidc::texts_of_claim(token.claims, claim);
    if (texts && texts->size() == 1 && is_account_name(texts->front())) return texts->front();
  }
  return {};
}

}  // namespace

/// The highest role that one of the values stands for. Who has none is not let in.
Vouched vouched_for(const ProviderLoginSettings& settings, const oidc::IdToken& token) {
  Vouched who{.name = name_of(token), .role = {}};
  const auto values = oidc::texts_of_claim(token.claims, settings.roles_claim);
  Role role = Role::kNone;
  for (const std::string& value : values.value_or(std::vector<std::string>())) {
    if (const auto mapped = settings.roles.find(value); mapped != settings.roles.end()) role = std::max(role, role_of(mapped->second));
  }
  if (role != Role::kNone) who.role = kRoleWords[static_cast<std::size_t>(role) - 1];
  if (who.name.empty()) {
    who.refused = "no_name";
    who.why = "none of preferred_username, email and sub can be a name here";
  } else if (!values) {
    who.refused = "no_claim";
    who.why = fmt::format("the ID token has no claim '{}'", settings.roles_claim);
  } else if (role == Role::kNone) {
    who.refused = "no_role";
    who.why = fmt::format("no value of '{}' stands for a role; it has {}", settings.roles_claim, values->size());
    for (std::size_t i = 0; i < values->size() && i < 5; ++i) who.why += fmt::format("{}'{}'", i == 0 ? ": " : ", ", (*values)[i].substr(0, 64));
  }
  return who;
}

ProviderLogin::ProviderLogin(ProviderLoginSettings settings, std::unique_ptr<oidc::Fetch> own, oidc::Fetch& fetch, Env& env, std::string key)
    : settings_(std::move(settings)), own_(std::move(own)), fetch_(fetch), env_(env), provider_(settings_.provider, fetch_, env), tickets_(std::move(key)) {}

bool ProviderLogin::may_tell() {
  const std::int64_t now_ns = env_.monotonic_ns();
  std::int64_t told_ns = told_ns_;
  return now_ns - told_ns >= 1'000'000'000 && told_ns_.compare_exchange_strong(told_ns, now_ns);
}

Result<std::unique_ptr<ProviderLogin>> ProviderLogin::open(ProviderLoginSettings settings, Env& env, oidc::Fetch* fetch) {
  std::string key(32, '\0');
  TRY(random_bytes(reinterpret_cast<std::uint8_t*>(key.data()), key.size()));
  std::unique_ptr<oidc::Fetch> own;
  if (fetch == nullptr) {
    own = TRY(oidc::HttpsFetch::open(settings.authorities));
    fetch = own.get();
  }
  return std::unique_ptr<ProviderLogin>(new ProviderLogin(std::move(settings), std::move(own), *fetch, env, std::move(key)));
}

}  // namespace tocsin::api
