#include "api/sign_in.h"

#include <fmt/format.h>

#include "api/secret.h"
#include "collect/http_auth.h"

namespace tocsin::api {

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<Who> by_session(std::string_view secret, Accounts& accounts, TimeUs now) {
  Who who;
  const std::string digest = secret_digest(secret);
  const std::optional<SessionRecord> session = TRY(accounts.session(digest));
  if (!session || now - session->made > kSessionUs || now - session->seen > kSessionIdleUs) return who;
  if (now - session->seen > kSessionSeenUs) TRY(accounts.see_session(digest, now));
  who.kind = Who::Kind::kUser;
  who.name = session->user;
  who.role = role_of(session->role);
  who.session = digest;
  return who;
}

Result<Who> by_token(std::string_view secret, Accounts& accounts, TimeUs now) {
  Who who;
  const std::optional<ApiTokenRecord> token = TRY(accounts.token(secret_digest(secret)));
  if (!token || now >= token->expires) return who;
  who.kind = Who::Kind::kToken;
  who.name = token->name;
  who.scopes = words_of(token->scopes);
  return who;
}

}  // namespace

std::string session_cookie(std::string_view secret) {
  return fmt::format("Set-Cookie: {}={}; Path=/; Secure; HttpOnly; SameSite=Strict\r\n", kSessionCookie, secret);
}

std::string session_cookie_gone() {
  return fmt::format("Set-Cookie: {}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0\r\n", kSessionCookie);
}

std::string_view cookie_value(std::string_view header, std::string_view name) {
  std::string_view found;
  bool seen = false;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=') continue;
    if (std::exchange(seen, true)) return {};
    found = pair.substr(name.size() + 1);
  }
  return found;
}

/// A token goes before a cookie: who shows one means it.
Result<Who> identify(const HttpHead& head, Accounts& accounts, TimeUs now) {
  if (std::string token; !head.authorization.empty()) {
    if (!read_auth_word(head.authorization, "bearer", token)) return Who();
    return by_token(token, accounts, now);
  }
  const std::string_view cookie = cookie_value(head.cookie, kSessionCookie);
  if (cookie.empty()) return Who();
  return by_session(cookie, accounts, now);
}

bool is_own_page(const HttpHead& head, std::string_view scheme) {
  return head.guard == "1" && head.origin == std::string(scheme) + "://" + head.host;
}

}  // namespace tocsin::api
