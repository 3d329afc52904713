// The tables of what hides alerts, as state.cc makes them with its own. A row of hidden_alerts goes with its alert.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kSuppressionTables =
    "CREATE TABLE IF NOT EXISTS suppressions (n INTEGER PRIMARY KEY AUTOINCREMENT, made INTEGER NOT NULL, who TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, type TEXT NOT NULL,"
    " entity TEXT NOT NULL, level_max INTEGER NOT NULL, window INTEGER NOT NULL, until INTEGER NOT NULL, taken_back INTEGER, taken_back_by TEXT NOT NULL DEFAULT '', taken_back_why TEXT NOT NULL DEFAULT '',"
    " hidden INTEGER NOT NULL DEFAULT 0, first_ones INTEGER NOT NULL DEFAULT 0, too_grave INTEGER NOT NULL DEFAULT 0, watched INTEGER NOT NULL DEFAULT 0, first INTEGER, last INTEGER);"
    "CREATE TABLE IF NOT EXISTS hidden_alerts (id TEXT PRIMARY KEY REFERENCES alerts (id) ON DELETE CASCADE, by INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS hidden_alerts_by ON hidden_alerts (by);"
    "CREATE TABLE IF NOT EXISTS suppression_hosts (n INTEGER NOT NULL, host TEXT NOT NULL, PRIMARY KEY (n, host)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS suppression_windows (n INTEGER NOT NULL, rule TEXT NOT NULL, entity TEXT NOT NULL, start INTEGER NOT NULL, PRIMARY KEY (n, rule, entity)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS watched_entities (type TEXT NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (type, key)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS promoted_rules (rule TEXT PRIMARY KEY, who TEXT NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS known_rules (rule TEXT PRIMARY KEY, since INTEGER NOT NULL, trial INTEGER NOT NULL) WITHOUT ROWID;";

}  // namespace tocsin
