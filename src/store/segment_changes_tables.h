// The table of what became of segments, for the audit log (audit_outbox.h), as state.cc makes it with its own.
#pragma once

#include <string_view>

namespace tocsin {

inline constexpr std::string_view kSegmentChangesTable =
    "CREATE TABLE IF NOT EXISTS segment_changes (n INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, file TEXT NOT NULL, sha256 BLOB NOT NULL, detail TEXT NOT NULL);";

/// Those that an older file has are in the audit log from now on.
inline constexpr std::string_view kSegmentChangesSince11 =
    "INSERT INTO segment_changes (what, file, sha256, detail) SELECT 'segment.store', file, sha256, 'stored before there was an audit log' FROM segments ORDER BY first_sequence;";

}  // namespace tocsin
