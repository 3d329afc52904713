// The tables of runs of playbooks that are over, and of playbooks that may change something, as state.cc makes it with its own. What a run did, and to whom, stands there sealed (run_archive.h).
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kRunTables =
    "CREATE TABLE IF NOT EXISTS playbook_runs (run INTEGER PRIMARY KEY, playbook TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, who TEXT NOT NULL, dry_run INTEGER NOT NULL,"
    " started INTEGER NOT NULL, ended INTEGER NOT NULL, actions INTEGER NOT NULL, packed BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS playbooks_enabled (sha256 TEXT PRIMARY KEY, playbook TEXT NOT NULL, who TEXT NOT NULL, time INTEGER NOT NULL);";

}  // namespace tocsin
