// The table of acts on incidents, as state.cc makes it with its own.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kCaseTables =
    "CREATE TABLE IF NOT EXISTS case_acts (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, incident TEXT NOT NULL,"
    " other TEXT NOT NULL, assignee TEXT NOT NULL, status TEXT NOT NULL, verdict TEXT NOT NULL, text TEXT NOT NULL, of INTEGER NOT NULL, alerts TEXT NOT NULL, seen TEXT NOT NULL,"
    " seen_other TEXT NOT NULL, value REAL NOT NULL DEFAULT 0, place TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL DEFAULT '', bytes INTEGER NOT NULL DEFAULT 0);";
/// Of acts that format 8 kept.
inline constexpr std::string_view kCaseActsOfFormat8 = "SELECT 1 FROM sqlite_schema WHERE name = 'case_acts' AND sql NOT LIKE '% value %'";
inline constexpr std::string_view kCaseActsSince9 = "ALTER TABLE case_acts ADD COLUMN value REAL NOT NULL DEFAULT 0;";
/// Of acts that format 9 and those before kept.
inline constexpr std::string_view kCaseActsOfFormat9 = "SELECT 1 FROM sqlite_schema WHERE name = 'case_acts' AND sql NOT LIKE '% place %'";
inline constexpr std::string_view kCaseActsSince10 =
    "ALTER TABLE case_acts ADD COLUMN place TEXT NOT NULL DEFAULT ''; ALTER TABLE case_acts ADD COLUMN name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE case_acts ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''; ALTER TABLE case_acts ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;";

}  // namespace tocsin
