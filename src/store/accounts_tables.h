// The tables of users and what belongs to them, as state.cc makes them with its own. Passwords stand there as Argon2id strings, everything that a client
// shows (session, token, link) as its SHA-256, so nobody who reads the file can log in with it.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kAccountsTables =
    "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, totp BLOB NOT NULL,"
    " totp_used INTEGER NOT NULL, added INTEGER NOT NULL, issuer TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',"
    " disabled INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS sessions (digest BLOB PRIMARY KEY, user TEXT NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user, made);"
    "CREATE TABLE IF NOT EXISTS api_tokens (name TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, scopes TEXT NOT NULL, made INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, made_by TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS links (digest BLOB PRIMARY KEY, user TEXT NOT NULL, role TEXT NOT NULL, expires INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS audit (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL,"
    " action TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL);";

/// What users of format 4 did not have.
inline constexpr const char* kUsersOfFormat4 = "SELECT 1 FROM sqlite_schema WHERE name = 'users' AND sql NOT LIKE '%issuer%'";
inline constexpr std::string_view kUsersSince4 =
    "ALTER TABLE users ADD COLUMN issuer TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE users ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;";
/// Behind both.
inline constexpr std::string_view kAccountsIndexes = "CREATE UNIQUE INDEX IF NOT EXISTS users_by_subject ON users (issuer, subject) WHERE issuer <> '';";

}  // namespace tocsin
