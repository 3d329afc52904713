#include "api/route.h"

#include "collect/percent.h"

namespace tocsin::api {

namespace {

constexpr Need kAnyone{Role::kNone, ""};
constexpr Need viewer(std::string_view scope) { return {Role::kViewer, scope}; }
constexpr Need analyst(std::string_view scope) { return {Role::kAnalyst, scope}; }
constexpr Need responder(std::string_view scope = "") { return {Role::kResponder, scope}; }
constexpr Need approver() { return {Role::kApprover, ""}; }
constexpr Need admin(std::string_view scope = "") { return {Role::kAdmin, scope}; }

constexpr Route kRoutes[] = {
    {"GET", "/", kAnyone, Lane::kQuick, "", get_console},
    {"GET", "/console.js", kAnyone, Lane::kQuick, "", get_console},
    {"GET", "/console.css", kAnyone, Lane::kQuick, "", get_console},
    {"GET", "/icon.svg", kAnyone, Lane::kQuick, "", get_console},
    {"GET", "/health", kAnyone, Lane::kQuick, "", get_health},
    {"GET", "/ready", kAnyone, Lane::kQuick, "", get_ready},
    {"GET", "/metrics", viewer("metrics"), Lane::kQuick, "", get_metrics},
    {"POST", "/api/v1/setup/check", kAnyone, Lane::kQuick, "", post_setup_check},
    {"POST", "/api/v1/setup", kAnyone, Lane::kPassword, "", post_setup},
    {"POST", "/api/v1/login", kAnyone, Lane::kPassword, "", post_login},
    {"GET", "/api/v1/login", kAnyone, Lane::kQuick, "", get_login},
    {"GET", "/api/v1/login/oidc", kAnyone, Lane::kProvider, "", get_oidc_login},
    {"GET", "/api/v1/login/oidc/callback", kAnyone, Lane::kProvider, "state code iss error *", get_oidc_callback},
    {"POST", "/api/v1/logout", viewer(""), Lane::kQuick, "", post_logout},
    {"GET", "/api/v1/me", viewer(""), Lane::kQuick, "", get_me},
    {"POST", "/api/v1/me/password", viewer(""), Lane::kPassword, "", post_password},
    {"POST", "/api/v1/me/totp", viewer(""), Lane::kQuick, "", post_totp},
    {"POST", "/api/v1/me/totp/confirm", viewer(""), Lane::kQuick, "", post_totp_confirm},
    {"POST", "/api/v1/me/totp/remove", viewer(""), Lane::kPassword, "", post_totp_remove},
    {"GET", "/api/v1/status", viewer("status:read"), Lane::kQuick, "", get_status},
    {"GET", "/api/v1/alerts", viewer("alerts:read"), Lane::kQuick, "level since limit cursor suppressed", get_alerts},
    {"GET", "/api/v1/alerts/stream", viewer("alerts:read"), Lane::kQuick, "level after", get_alert_stream},
    {"GET", "/api/v1/alerts/{id}", viewer("alerts:read"), Lane::kQuick, "", get_alert},
    {"GET", "/api/v1/alerts/{id}/explain", analyst("search"), Lane::kSearch, "", get_alert_explained},
    {"GET", "/api/v1/alerts/{id}/case", viewer("alerts:read"), Lane::kCase, "", get_alert_case},
    {"GET", "/api/v1/incidents", viewer("alerts:read"), Lane::kCase, "level since status assignee limit", get_incidents},
    {"GET", "/api/v1/incidents/{id}", viewer("alerts:read"), Lane::kCase, "", get_incident},
    {"POST", "/api/v1/incidents/{id}/acts", analyst("incidents:write"), Lane::kCase, "", post_incident_act},
    {"POST", "/api/v1/incidents/{id}/attachments", analyst("incidents:write"), Lane::kFiles, "name comment", nullptr, post_attachment},
    {"GET", "/api/v1/incidents/{id}/attachments/{act}", responder("attachments:read"), Lane::kFiles, "", get_attachment},
    {"DELETE", "/api/v1/incidents/{id}/attachments/{act}", analyst("incidents:write"), Lane::kFiles, "why", delete_attachment},
    {"GET", "/api/v1/verdicts", viewer("alerts:read"), Lane::kCase, "limit", get_verdicts},
    {"POST", "/api/v1/verdicts", analyst("incidents:write"), Lane::kCase, "", post_verdict},
    {"GET", "/api/v1/confidence", viewer("alerts:read"), Lane::kCase, "", get_confidence},
    {"POST", "/api/v1/confidence/calibration", analyst("incidents:write"), Lane::kCase, "", post_calibration},
    {"GET", "/api/v1/rules", viewer("rules:read"), Lane::kQuick, "", get_rules},
    {"POST", "/api/v1/rules/{id}/promotion", analyst("suppressions:write"), Lane::kCase, "", post_rule_promotion},
    {"DELETE", "/api/v1/rules/{id}/promotion", analyst("suppressions:write"), Lane::kCase, "", delete_rule_promotion},
    {"GET", "/api/v1/suppressions", viewer("alerts:read"), Lane::kCase, "", get_suppressions},
    {"POST", "/api/v1/suppressions", analyst("suppressions:write"), Lane::kCase, "", post_suppression},
    {"GET", "/api/v1/suppressions/{number}", viewer("alerts:read"), Lane::kCase, "", get_suppression},
    {"DELETE", "/api/v1/suppressions/{number}", analyst("suppressions:write"), Lane::kCase, "why", delete_suppression},
    {"POST", "/api/v1/search", analyst("search"), Lane::kSearch, "", post_search},
    {"GET", "/api/v1/senders", viewer("status:read"), Lane::kQuick, "", get_senders},
    {"POST", "/api/v1/senders", admin("senders:write"), Lane::kQuick, "", post_sender},
    {"DELETE", "/api/v1/senders/{name}", admin("senders:write"), Lane::kQuick, "", delete_sender},
    {"GET", "/api/v1/reveals", responder(), Lane::kQuick, "", get_reveals},
    {"POST", "/api/v1/reveals", responder(), Lane::kQuick, "", post_reveal},
    {"POST", "/api/v1/reveals/{token}/approve", approver(), Lane::kQuick, "", post_reveal_approval},
    {"GET", "/api/v1/users", admin(), Lane::kQuick, "", get_users},
    {"POST", "/api/v1/users", admin(), Lane::kQuick, "", post_user},
    {"PATCH", "/api/v1/users/{name}", admin(), Lane::kQuick, "", patch_user},
    {"DELETE", "/api/v1/users/{name}", admin(), Lane::kQuick, "", delete_user},
    {"POST", "/api/v1/users/{name}/link", admin(), Lane::kQuick, "", post_user_link},
    {"GET", "/api/v1/tokens", admin(), Lane::kQuick, "", get_tokens},
    {"POST", "/api/v1/tokens", admin(), Lane::kQuick, "", post_token},
    {"DELETE", "/api/v1/tokens/{name}", admin(), Lane::kQuick, "", delete_token},
    {"GET", "/api/v1/audit", admin(), Lane::kQuick, "limit before", get_audit},
    {"GET", "/mcp", {Role::kTokensOnly, kAnyScope}, Lane::kQuick, "", get_mcp},
    {"POST", "/mcp", {Role::kTokensOnly, kAnyScope}, Lane::kQuick, "", post_mcp},
};

/// Cuts the first piece off, up to `mark`.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& names) {
  names.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = cut(pattern, '/'), piece = cut(path, '/');
    if (!wanted.starts_with('{')) {
      if (wanted != piece) return false;
      continue;
    }
    std::string name;
    if (!percent_decode(piece, false, name) || name.empty()) return false;
    names.push_back(std::move(name));
  }
  return pattern.empty() && path.empty();
}

bool is_word_of(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    if (cut(words, ' ') == word) return true;
  }
  return false;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Match find_route(std::string_view method, std::string_view path) {
  Match match;
  if (path.size() > 1 && path.ends_with('/')) return match;
  std::vector<std::string> names;
  std::string_view found;
  // A path without braces stands before one with them that fits it too.
  for (const Route& route : kRoutes) {
    if (!fits(route.path, path, names) || (!found.empty() && found != route.path)) continue;
    found = route.path;
    if (route.method == method || (method == "HEAD" && route.method == "GET")) {
      match.route = &route;
      match.names = std::move(names);
      return match;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + std::string(route.method);
  }
  return match;
}

bool read_parameters(std::string_view query, std::string_view known, std::map<std::string, std::string>& parameters) {
  const bool others = known.ends_with('*');
  while (!query.empty()) {
    std::string_view value = cut(query, '&');
    std::string name, text;
    if (!percent_decode(cut(value, '='), true, name)) return false;
    if (others && (name == "*" || !is_word_of(known, name))) continue;
    if (!percent_decode(value, true, text)) return false;
    if (!is_word_of(known, name) || !parameters.emplace(std::move(name), std::move(text)).second) return false;
  }
  return true;
}

}  // namespace tocsin::api
