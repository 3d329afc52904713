// Who may use the service: users, their sessions, API tokens, one-time links, and the lines of what was changed by whom. It lives in the state's
// database and works on its connection; every change is written together with its line, all or nothing. What clients show comes in as SHA-256,
// passwords as the string that Argon2id made: nothing here knows a secret.
//
// Safe from any thread. Fails as State does; kInvalid or kNotFound with words for whoever asked.
//
//   Accounts accounts(*state);
//   TRY(accounts.add_user({.name = "ada", .role = "analyst", .added = now}, {.who = "root", .time = now}));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/state.h"

namespace tocsin {

/// Users, and tokens, of one service: a team of people and its programs.
inline constexpr std::size_t kUsersMax = 1'000;
inline constexpr std::size_t kApiTokensMax = 1'000;
/// Open sessions of one user; the oldest goes. Browsers and machines of one person.
inline constexpr std::size_t kUserSessionsMax = 16;
/// One-time links that wait; more are refused until some were used or are too old.
inline constexpr std::size_t kLinksMax = 1'000;

/// Who does something, from where, and when.
struct Actor {
  std::string who;      // "user ada", "token ci", "command line"
  std::string address = {};  // of the client; "" without one
  TimeUs time = 0;
};

struct UserRecord {
  std::string name, role;
  std::string password = {};  // Argon2id; "": none was set yet
  std::string totp = {};      // sealed; "": no second factor
  std::int64_t totp_used = 0; // the last time step of which a code was taken
  TimeUs added = 0;
  std::string issuer = {}, subject = {};  // who vouches for this user, and under what name (OpenID Connect); "": a password does
  bool disabled = false;      // may not log in

  bool is_local() const { return issuer.empty(); }
};

/// Somebody for whom a provider vouches.
struct ProviderUser {
  std::string issuer, subject;  // never given to another one (OpenID Connect Core, section 2)
  std::string name, role;
};

struct SessionRecord {
  std::string user, role;  // the role that the user has now
  TimeUs made = 0, seen = 0;
};

struct ApiTokenRecord {
  std::string name, digest, scopes;  // words with a space between
  TimeUs made = 0, expires = 0;
  std::string made_by = {};
};

struct LinkRecord {
  std::string digest;
  std::string user;  // "": the first admin, who chooses a name
  std::string role;
  TimeUs expires = 0;
};

struct AuditLine {
  std::int64_t number = 0;
  TimeUs time = 0;
  std::string who, address, action, object, detail;
};

class Accounts {
 public:
  explicit Accounts(State& state) : state_(state) {}

  Result<std::vector<UserRecord>> users();
  Result<std::optional<UserRecord>> user(std::string_view name);
  /// Without a password: a link sets it.
  Status add_user(const UserRecord& user, const Actor& by);
  /// Of a user with a password; a provider's users get theirs when they log in.
  Status set_role(std::string_view name, std::string_view role, const Actor& by);
  /// Of a disabled user no session is left, and none is made. The last admin stays.
  Status set_disabled(std::string_view name, bool disabled, const Actor& by);
  /// Adds the user or, if there is one of this subject, gives the role, and says what it is called here: the name that it was added under. kInvalid if another user
  /// has that name, kDenied if it is disabled.
  Result<std::string> see_provider_user(const ProviderUser& user, const Actor& by);
  /// Of all users for whom a provider vouches.
  Status end_provider_sessions();
  /// With sessions and links. The last admin stays. A user of a provider who logs in again is added again.
  Status remove_user(std::string_view name, const Actor& by);
  /// Ends all of the user's sessions but for `but`, and all links.
  Status set_password(std::string_view name, std::string_view password, std::string_view but, const Actor& by);
  /// "": no second factor from now on.
  Status set_totp(std::string_view name, std::string_view sealed, const Actor& by);
  /// False if a code of this or a later time step was taken before.
  Result<bool> use_totp(std::string_view name, std::int64_t step);

  /// Links of the same user from before go.
  Status add_link(const LinkRecord& link, const Actor& by);
  Result<std::optional<LinkRecord>> link(std::string_view digest, TimeUs now);
  /// Sets a password and uses the link up; `name` is the user's, chosen by the first admin. The second factor goes: whoever has lost it asks for a link.
  Status redeem(const LinkRecord& link, std::string_view name, std::string_view password, const Actor& by);

  Status add_session(std::string_view digest, const SessionRecord& session);
  Result<std::optional<SessionRecord>> session(std::string_view digest);
  Status see_session(std::string_view digest, TimeUs now);
  Status remove_session(std::string_view digest);
  /// Those made, and those last seen, before.
  Status expire_sessions(TimeUs made_before, TimeUs seen_before);

  Status add_token(const ApiTokenRecord& token, const Actor& by);
  Status remove_token(std::string_view name, const Actor& by);
  Result<std::vector<ApiTokenRecord>> tokens();
  Result<std::optional<ApiTokenRecord>> token(std::string_view digest);

  /// Of something that is not a change in here.
  Status note(const Actor& by, std::string_view action, std::string_view object, std::string_view detail);
  /// Newest first, those before the one of this number; 0: from the newest.
  Result<std::vector<AuditLine>> audit(std::size_t limit, std::int64_t before);

 private:
  friend class CaseLog;  // these write their lines in transactions of their own
  friend class Suppressions;
  friend class PlaybookTrust;
  Status add_line(const Actor& by, std::string_view action, std::string_view object, std::string_view detail);
  Result<std::int64_t> count(const char* sql);
  Status must_change(std::string_view name);
  Status must_be_local(std::string_view name);
  Status add_provider_user(const ProviderUser& user, const Actor& by);
  Status room_for_user();
  Status keep_an_admin();

  State& state_;
};

}  // namespace tocsin
