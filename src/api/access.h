// Who asks, and what that one may do. Roles stand in an order: each may what those before it may. A token has no role but scopes, one for each kind of
// route, and a route without a scope is closed to every token. Pure; what is not allowed somewhere is denied.
//
//   if (!is_allowed(who, route.need)) return problem(who.is_known() ? 403 : 401, …);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::api {

/// kTokensOnly is of a route alone: no user has it, so that only tokens get there.
enum class Role : std::uint8_t { kNone, kViewer, kAnalyst, kResponder, kApprover, kAdmin, kTokensOnly };
inline constexpr std::array<std::string_view, 5> kRoleWords = {"viewer", "analyst", "responder", "approver", "admin"};
/// kNone for a word that is no role.
Role role_of(std::string_view word);

/// What a token may be for.
inline constexpr std::array<std::string_view, 9> kScopeWords = {"alerts:read", "attachments:read", "incidents:write", "metrics", "rules:read", "search", "senders:write", "status:read", "suppressions:write"};
bool is_scope(std::string_view word);

/// What a route asks for.
struct Need {
  Role role = Role::kAdmin;    // at least; kNone: nobody has to log in
  std::string_view scope = {};  // of a token; "": no token will do; kAnyScope: any will
};
inline constexpr std::string_view kAnyScope = "*";

struct Who {
  enum class Kind : std::uint8_t { kNobody, kUser, kToken };
  Kind kind = Kind::kNobody;
  std::string name;                 // of the user or the token
  Role role = Role::kNone;
  std::vector<std::string> scopes;
  std::string session;              // its digest
  bool model = false;               // a token's owner lets a model ask (MCP)

  bool is_known() const { return kind != Kind::kNobody; }
  /// As the audit log names it.
  std::string text() const;
};

bool is_allowed(const Who& who, const Need& need);

}  // namespace tocsin::api
