// The table of acts on incidents, as state.cc makes it with its own.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kCaseTables =
    "CREATE TABLE IF NOT EXISTS case_acts (n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, incident TEXT NOT NULL,"
    " other TEXT NOT NULL, assignee TEXT NOT NULL, status TEXT NOT NULL, verdict TEXT NOT NULL, text TEXT NOT NULL, of INTEGER NOT NULL, alerts TEXT NOT NULL, seen TEXT NOT NULL,"
    " seen_other TEXT NOT NULL);";

}  // namespace tocsin
