// The commands behind the bars of a query. Used by query_parse.cc alone; a pure function of what the scanner has left.
#pragma once

#include <vector>

#include "store/query_scan.h"

namespace tocsin::store {

/// Everything from here to the end, which must be commands, each behind a bar.
Parsed<std::vector<Command>> parse_commands(QueryScanner& scan);

/// True if both name the same thing.
bool same_field(const QueryField& a, const QueryField& b);
/// What a command leaves to name for those after it; nothing: whatever could be named before.
std::optional<std::vector<QueryField>> fields_left_by(const Command& command);

}  // namespace tocsin::store
