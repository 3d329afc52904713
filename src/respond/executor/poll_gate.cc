#include "respond/executor/poll_gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "oidc/url.h"

namespace tocsin::executor {

namespace {

Error denied(std::string message) { return {Code::kDenied, "a request that is not made: " + std::move(message)}; }

/// What two readers of a path could understand differently.
bool is_odd(std::string_view path) {
  const std::string lower = folded(path) + "/";
  const auto has = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  return has("/../") || has("/./") || has("%2e") || has("%2f") || has("%5c") || has("%00") || has("%0a") || has("%0d") || has(";") || path.find("//") != std::string_view::npos;
}

bool is_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

/// Next pages of GitHub name an organization by its number.
bool is_github_path(const PollerSettings& settings, std::string_view path) {
  if (path == fmt::format("/orgs/{}/audit-log", settings.value("org"))) return true;
  constexpr std::string_view kBegin = "/organizations/", kEnd = "/audit-log";
  return path.starts_with(kBegin) && path.ends_with(kEnd) && path.size() > kBegin.size() + kEnd.size() &&
         is_digits(path.substr(kBegin.size(), path.size() - kBegin.size() - kEnd.size()));
}

/// Discovery, the API root, its collections, and the objects of the one that is polled (TAXII 2.1, 4.1, 4.2, 5.1, 5.4).
bool is_taxii_path(const PollerSettings& settings, std::string_view path) {
  const std::string root = fmt::format("/{}/", settings.value("api_root"));
  return path == "/taxii2/" || path == root || path == root + "collections/" || path == fmt::format("{}collections/{}/objects/", root, settings.value("collection"));
}

bool is_allowed(const PollerSettings& settings, bool post, std::string_view path) {
  const std::string feed = fmt::format("/api/v1.0/{}/activity/feed", settings.value("tenant"));
  if (post) return settings.kind() == PollKind::kM365 && path == feed + "/subscriptions/start";
  switch (settings.kind()) {
    case PollKind::kGithub: return is_github_path(settings, path);
    case PollKind::kOkta: return path == "/api/v1/logs";
    case PollKind::kEntraSignIns: return path == "/v1.0/auditLogs/signIns";
    case PollKind::kEntraAudits: return path == "/v1.0/auditLogs/directoryAudits";
    case PollKind::kM365: return path == feed + "/subscriptions/content" || path.starts_with(feed + "/audit/");
    case PollKind::kGoogle: return path == "/admin/reports/v1/activity/users/all/applications/" + settings.value("application");
    case PollKind::kCloudTrail: return path == "/" + settings.value("bucket") || path.starts_with(fmt::format("/{}/{}", settings.value("bucket"), settings.value("prefix")));
    case PollKind::kTaxii: return is_taxii_path(settings, path);
  }
  return false;
}

}  // namespace

Result<std::string> allowed_url(const PollerSettings& settings, const PollRequest& request) {
  const oidc::Url own = TRY(oidc::read_safe_url(settings.url));
  const Result<oidc::Url> wanted = oidc::read_safe_url(request.url.starts_with('/') ? own.origin() + request.url : request.url);
  if (!wanted) return denied(wanted.error().message);
  if (wanted->origin() != own.origin()) return denied(fmt::format("the API gave an address at {}, and this poller asks {} alone", wanted->origin(), own.origin()));
  const std::string_view path = std::string_view(wanted->target).substr(0, wanted->target.find('?'));
  if (is_odd(path) || !is_allowed(settings, request.post, path)) return denied(fmt::format("'{}' is no address that a poller of kind '{}' asks", path.substr(0, 200), settings.facts->name));
  return own.origin() + wanted->target;
}

}  // namespace tocsin::executor
