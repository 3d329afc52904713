// Pieces of JSON that more than one output writes: strings, the parts of a log source, why a rule matched. Each appends to
// `out`; none can fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/alert.h"

namespace tocsin {

/// A JSON string with its quotes.
void append_string(std::string& out, std::string_view text);
void append_strings(std::string& out, const std::vector<std::string>& texts);
/// "name":"text", or "name":null for an empty text: a part that is not said.
void append_part(std::string& out, std::string_view name, const std::string& text);
void append_log_source(std::string& out, const LogSource& source);
void append_matched(std::string& out, const std::vector<Matched>& matched);
/// {"type":…,"group_by":[{"field","value"}],"value":…,…}
void append_correlation(std::string& out, const AlertCorrelation& correlation);
/// RFC 3339 in quotes, or null.
void append_time_or_null(std::string& out, TimeUs time);

}  // namespace tocsin
