// The table of acts on incidents, as state.cc makes it with its own.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kCaseTables =
    "CREATE TABLE IF NOT EXISTS case_acts (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, incident TEXT NOT NULL,"
    " other TEXT NOT NULL, assignee TEXT NOT NULL, status TEXT NOT NULL, verdict TEXT NOT NULL, text TEXT NOT NULL, of INTEGER NOT NULL, alerts TEXT NOT NULL, seen TEXT NOT NULL,"
    " seen_other TEXT NOT NULL, value REAL NOT NULL DEFAULT 0);";
/// Of acts that format 8 kept.
inline constexpr std::string_view kCaseActsOfFormat8 = "SELECT 1 FROM sqlite_schema WHERE name = 'case_acts' AND sql NOT LIKE '% value %'";
inline constexpr std::string_view kCaseActsSince9 = "ALTER TABLE case_acts ADD COLUMN value REAL NOT NULL DEFAULT 0;";

}  // namespace tocsin
