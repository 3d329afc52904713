#include "api/access.h"

#include <algorithm>

namespace tocsin::api {

Role role_of(std::string_view word) {
  const auto found = std::ranges::find(kRoleWords, word);
  return found == kRoleWords.end() ? Role::kNone : static_cast<Role>(found - kRoleWords.begin() + 1);
}

bool is_scope(std::string_view word) { return std::ranges::find(kScopeWords, word) != kScopeWords.end(); }

std::string Who::text() const {
  switch (kind) {
    case Kind::kUser: return "user " + name;
    case Kind::kToken: return "token " + name + (model ? " (model)" : "");
    case Kind::kNobody: break;
  }
  return "nobody";
}

bool is_allowed(const Who& who, const Need& need) {
  if (need.role == Role::kNone) return true;
  switch (who.kind) {
    case Who::Kind::kUser: return who.role >= need.role;
    case Who::Kind::kToken:
      if (need.scope == kAnyScope) return !who.scopes.empty();
      return !need.scope.empty() && std::ranges::find(who.scopes, need.scope) != who.scopes.end();
    case Who::Kind::kNobody: break;
  }
  return false;
}

}  // namespace tocsin::api
