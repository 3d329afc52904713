#include "store/accounts.h"

#include <fmt/format.h>

#include "store/state_statement.h"

namespace tocsin {

namespace {

constexpr const char* kUserColumns = "SELECT name, role, password, totp, totp_used, added, issuer, subject, disabled FROM users";
constexpr const char* kTokenColumns = "SELECT name, digest, scopes, made, expires, made_by FROM api_tokens";

template <class Statement>
UserRecord read_user(Statement& statement) {
  UserRecord user;
  for (std::string* const text : {&user.name, &user.role, &user.password, &user.totp}) *text = statement.next_text();
  user.totp_used = statement.next_number();
  user.added = statement.next_number();
  user.issuer = statement.next_text();
  user.subject = statement.next_text();
  user.disabled = statement.next_number() != 0;
  return user;
}

template <class Statement>
ApiTokenRecord read_token(Statement& statement) {
  ApiTokenRecord token;
  for (std::string* const text : {&token.name, &token.digest, &token.scopes}) *text = statement.next_text();
  token.made = statement.next_number();
  token.expires = statement.next_number();
  token.made_by = statement.next_text();
  return token;
}

}  // namespace

Status Accounts::add_line(const Actor& by, std::string_view action, std::string_view object, std::string_view detail) {
  State::Statement add(state_, "INSERT INTO audit (time, who, address, action, object, detail) VALUES (?, ?, ?, ?, ?, ?)");
  return add.number(by.time).text(by.who).text(by.address).text(action).text(object).text(detail).run();
}

Result<std::int64_t> Accounts::count(const char* sql) {
  State::Statement statement(state_, sql);
  TRY(statement.row());
  return statement.next_number();
}

/// The statement before has met the user.
Status Accounts::must_change(std::string_view name) {
  if (sqlite3_changes(state_.database_) > 0) return {};
  return Error{Code::kNotFound, fmt::format("there is no user named '{}'", name)};
}

/// Role, password and second factor of the others are the provider's.
Status Accounts::must_be_local(std::string_view name) {
  State::Statement find(state_, "SELECT 1 FROM users WHERE name = ? AND issuer <> ''");
  if (!TRY(find.text(name).row())) return {};
  return Error{Code::kInvalid, fmt::format("'{}' logs in through a provider, where role, password and second factor are looked after", name)};
}

Status Accounts::room_for_user() {
  if (TRY(count("SELECT count(*) FROM users")) < static_cast<std::int64_t>(kUsersMax)) return {};
  return Error{Code::kLimit, fmt::format("there are {} users already, which is the most", kUsersMax)};
}

Status Accounts::keep_an_admin() {
  if (TRY(count("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0")) > 0) return {};
  return Error{Code::kInvalid, "this is the last admin; make another user admin first"};
}

Result<std::vector<UserRecord>> Accounts::users() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  const std::string sql = std::string(kUserColumns) + " ORDER BY name";
  State::Statement statement(state_, sql.c_str());
  std::vector<UserRecord> users;
  while (TRY(statement.row())) users.push_back(read_user(statement));
  return users;
}

Result<std::optional<UserRecord>> Accounts::user(std::string_view name) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  const std::string sql = std::string(kUserColumns) + " WHERE name = ?";
  State::Statement statement(state_, sql.c_str());
  if (!TRY(statement.text(name).row())) return std::optional<UserRecord>();
  return std::optional<UserRecord>(read_user(statement));
}

Status Accounts::add_user(const UserRecord& user, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(room_for_user());
    State::Statement find(state_, "SELECT 1 FROM users WHERE name = ?");
    if (TRY(find.text(user.name).row())) {
      return Error{Code::kInvalid, fmt::format("there is a user named '{}'; remove it first, or choose another name", user.name)};
    }
    State::Statement add(state_, "INSERT INTO users VALUES (?, ?, ?, ?, 0, ?, '', '', 0)");
    TRY(add.text(user.name).text(user.role).text(user.password).blob(user.totp).number(user.added).run());
    return add_line(by, "user.add", user.name, "role " + user.role);
  });
}

Status Accounts::set_role(std::string_view name, std::string_view role, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(must_be_local(name));
    TRY(State::Statement(state_, "UPDATE users SET role = ? WHERE name = ?").text(role).text(name).run());
    TRY(must_change(name));
    TRY(keep_an_admin());
    return add_line(by, "user.role", name, "role " + std::string(role));
  });
}

Status Accounts::set_disabled(std::string_view name, bool disabled, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "UPDATE users SET disabled = ? WHERE name = ?").number(disabled ? 1 : 0).text(name).run());
    TRY(must_change(name));
    TRY(keep_an_admin());
    if (disabled) TRY(State::Statement(state_, "DELETE FROM sessions WHERE user = ?").text(name).run());
    return add_line(by, disabled ? "user.disable" : "user.enable", name, "");
  });
}

/// A role that the provider takes away is gone, even if it was the last admin's: the command line makes another one.
Result<std::string> Accounts::see_provider_user(const ProviderUser& user, const Actor& by) {
  std::string name = user.name;
  const Status seen = state_.change([&]() -> Status {
    State::Statement find(state_, "SELECT name, role, disabled FROM users WHERE issuer = ? AND subject = ?");
    if (!TRY(find.text(user.issuer).text(user.subject).row())) return add_provider_user(user, by);
    name = find.next_text();
    const std::string role = find.next_text();
    if (find.next_number() != 0) return Error{Code::kDenied, fmt::format("the user '{}' is disabled", name)};
    if (role == user.role) return {};
    TRY(State::Statement(state_, "UPDATE users SET role = ? WHERE name = ?").text(user.role).text(name).run());
    return add_line(by, "user.role", name, "role " + user.role + ", by the provider");
  });
  if (!seen) return seen.error();
  return name;
}

Status Accounts::add_provider_user(const ProviderUser& user, const Actor& by) {
  TRY(room_for_user());
  State::Statement find(state_, "SELECT 1 FROM users WHERE name = ?");
  if (TRY(find.text(user.name).row())) return Error{Code::kInvalid, fmt::format("there is another user named '{}'", user.name)};
  State::Statement add(state_, "INSERT INTO users VALUES (?, ?, '', x'', 0, ?, ?, ?, 0)");
  TRY(add.text(user.name).text(user.role).number(by.time).text(user.issuer).text(user.subject).run());
  return add_line(by, "user.add", user.name, "role " + user.role + ", by the provider, as " + user.subject);
}

Status Accounts::end_provider_sessions() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return state_.execute("DELETE FROM sessions WHERE user IN (SELECT name FROM users WHERE issuer <> '')");
}

Status Accounts::remove_user(std::string_view name, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "DELETE FROM users WHERE name = ?").text(name).run());
    TRY(must_change(name));
    TRY(keep_an_admin());
    TRY(State::Statement(state_, "DELETE FROM sessions WHERE user = ?").text(name).run());
    TRY(State::Statement(state_, "DELETE FROM links WHERE user = ?").text(name).run());
    return add_line(by, "user.remove", name, "");
  });
}

Status Accounts::set_password(std::string_view name, std::string_view password, std::string_view but, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(must_be_local(name));
    TRY(State::Statement(state_, "UPDATE users SET password = ? WHERE name = ?").text(password).text(name).run());
    TRY(must_change(name));
    TRY(State::Statement(state_, "DELETE FROM sessions WHERE user = ? AND digest <> ?").text(name).blob(but).run());
    TRY(State::Statement(state_, "DELETE FROM links WHERE user = ?").text(name).run());
    return add_line(by, "user.password", name, "");
  });
}

Status Accounts::set_totp(std::string_view name, std::string_view sealed, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(must_be_local(name));
    TRY(State::Statement(state_, "UPDATE users SET totp = ? WHERE name = ?").blob(sealed).text(name).run());
    TRY(must_change(name));
    return add_line(by, sealed.empty() ? "user.totp_remove" : "user.totp_set", name, "");
  });
}

Result<bool> Accounts::use_totp(std::string_view name, std::int64_t step) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement use(state_, "UPDATE users SET totp_used = ? WHERE name = ? AND totp_used < ?");
  TRY(use.number(step).text(name).number(step).run());
  return sqlite3_changes(state_.database_) > 0;
}

Status Accounts::add_link(const LinkRecord& link, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(must_be_local(link.user));
    TRY(State::Statement(state_, "DELETE FROM links WHERE user = ? OR expires < ?").text(link.user).number(by.time).run());
    if (TRY(count("SELECT count(*) FROM links")) >= static_cast<std::int64_t>(kLinksMax)) {
      return Error{Code::kLimit, fmt::format("{} links wait to be used, which is the most", kLinksMax)};
    }
    if (!link.user.empty()) {
      State::Statement find(state_, "SELECT 1 FROM users WHERE name = ?");
      if (!TRY(find.text(link.user).row())) return Error{Code::kNotFound, fmt::format("there is no user named '{}'", link.user)};
    }
    State::Statement add(state_, "INSERT INTO links VALUES (?, ?, ?, ?)");
    TRY(add.blob(link.digest).text(link.user).text(link.role).number(link.expires).run());
    return add_line(by, "link.add", link.user, link.user.empty() ? "for the first admin" : "");
  });
}

Result<std::optional<LinkRecord>> Accounts::link(std::string_view digest, TimeUs now) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT digest, user, role, expires FROM links WHERE digest = ? AND expires >= ?");
  if (!TRY(find.blob(digest).number(now).row())) return std::optional<LinkRecord>();
  LinkRecord link;
  for (std::string* const text : {&link.digest, &link.user, &link.role}) *text = find.next_text();
  link.expires = find.next_number();
  return std::optional<LinkRecord>(std::move(link));
}

Status Accounts::redeem(const LinkRecord& link, std::string_view name, std::string_view password, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "DELETE FROM links WHERE digest = ?").blob(link.digest).run());
    if (sqlite3_changes(state_.database_) == 0) return Error{Code::kNotFound, "this link was used already"};
    if (link.user.empty()) {
      if (TRY(count("SELECT count(*) FROM users WHERE role = 'admin'")) > 0) return Error{Code::kInvalid, "there is a first admin already; ask for a link of your own"};
      State::Statement find(state_, "SELECT 1 FROM users WHERE name = ?");
      if (TRY(find.text(name).row())) return Error{Code::kInvalid, fmt::format("there is a user named '{}' already; choose another name", name)};
      State::Statement add(state_, "INSERT INTO users VALUES (?, ?, ?, x'', 0, ?, '', '', 0)");
      TRY(add.text(name).text(link.role).text(password).number(by.time).run());
      return add_line(by, "user.add", name, "role " + link.role + ", the first");
    }
    TRY(must_be_local(name));
    State::Statement set(state_, "UPDATE users SET password = ?, totp = x'' WHERE name = ?");
    TRY(set.text(password).text(name).run());
    TRY(must_change(name));
    TRY(State::Statement(state_, "DELETE FROM sessions WHERE user = ?").text(name).run());
    return add_line(by, "user.password", name, "by a link");
  });
}

Status Accounts::add_session(std::string_view digest, const SessionRecord& session) {
  return state_.change([&]() -> Status {
    State::Statement add(state_, "INSERT INTO sessions VALUES (?, ?, ?, ?)");
    TRY(add.blob(digest).text(session.user).number(session.made).number(session.seen).run());
    State::Statement cut(state_, "DELETE FROM sessions WHERE user = ?1 AND digest NOT IN (SELECT digest FROM sessions WHERE user = ?1 ORDER BY made DESC, rowid DESC LIMIT ?2)");
    return cut.text(session.user).number(static_cast<std::int64_t>(kUserSessionsMax)).run();
  });
}

Result<std::optional<SessionRecord>> Accounts::session(std::string_view digest) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT user, role, made, seen FROM sessions JOIN users ON user = name WHERE digest = ? AND disabled = 0");
  if (!TRY(find.blob(digest).row())) return std::optional<SessionRecord>();
  SessionRecord session;
  session.user = find.next_text();
  session.role = find.next_text();
  session.made = find.next_number();
  session.seen = find.next_number();
  return std::optional<SessionRecord>(std::move(session));
}

Status Accounts::see_session(std::string_view digest, TimeUs now) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return State::Statement(state_, "UPDATE sessions SET seen = ? WHERE digest = ?").number(now).blob(digest).run();
}

Status Accounts::remove_session(std::string_view digest) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return State::Statement(state_, "DELETE FROM sessions WHERE digest = ?").blob(digest).run();
}

Status Accounts::expire_sessions(TimeUs made_before, TimeUs seen_before) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return State::Statement(state_, "DELETE FROM sessions WHERE made < ? OR seen < ?").number(made_before).number(seen_before).run();
}

Status Accounts::add_token(const ApiTokenRecord& token, const Actor& by) {
  return state_.change([&]() -> Status {
    if (TRY(count("SELECT count(*) FROM api_tokens")) >= static_cast<std::int64_t>(kApiTokensMax)) {
      return Error{Code::kLimit, fmt::format("there are {} tokens already, which is the most", kApiTokensMax)};
    }
    State::Statement find(state_, "SELECT 1 FROM api_tokens WHERE name = ?");
    if (TRY(find.text(token.name).row())) {
      return Error{Code::kInvalid, fmt::format("there is a token named '{}'; remove it first, or choose another name", token.name)};
    }
    State::Statement add(state_, "INSERT INTO api_tokens VALUES (?, ?, ?, ?, ?, ?)");
    TRY(add.text(token.name).blob(token.digest).text(token.scopes).number(token.made).number(token.expires).text(by.who).run());
    return add_line(by, "token.add", token.name, "scopes " + token.scopes);
  });
}

Status Accounts::remove_token(std::string_view name, const Actor& by) {
  return state_.change([&]() -> Status {
    TRY(State::Statement(state_, "DELETE FROM api_tokens WHERE name = ?").text(name).run());
    if (sqlite3_changes(state_.database_) == 0) return Error{Code::kNotFound, fmt::format("there is no token named '{}'", name)};
    return add_line(by, "token.remove", name, "");
  });
}

Result<std::vector<ApiTokenRecord>> Accounts::tokens() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  const std::string sql = std::string(kTokenColumns) + " ORDER BY name";
  State::Statement statement(state_, sql.c_str());
  std::vector<ApiTokenRecord> tokens;
  while (TRY(statement.row())) tokens.push_back(read_token(statement));
  return tokens;
}

Result<std::optional<ApiTokenRecord>> Accounts::token(std::string_view digest) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  const std::string sql = std::string(kTokenColumns) + " WHERE digest = ?";
  State::Statement statement(state_, sql.c_str());
  if (!TRY(statement.blob(digest).row())) return std::optional<ApiTokenRecord>();
  return std::optional<ApiTokenRecord>(read_token(statement));
}

Status Accounts::note(const Actor& by, std::string_view action, std::string_view object, std::string_view detail) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return add_line(by, action, object, detail);
}

Result<std::vector<AuditLine>> Accounts::audit(std::size_t limit, std::int64_t before) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement statement(state_, "SELECT n, time, who, address, action, object, detail FROM audit WHERE n < ? ORDER BY n DESC LIMIT ?");
  statement.number(before == 0 ? INT64_MAX : before).number(static_cast<std::int64_t>(limit));
  std::vector<AuditLine> lines;
  while (TRY(statement.row())) {
    AuditLine& line = lines.emplace_back();
    line.number = statement.next_number();
    line.time = statement.next_number();
    for (std::string* const text : {&line.who, &line.address, &line.action, &line.object, &line.detail}) *text = statement.next_text();
  }
  return lines;
}

}  // namespace tocsin
