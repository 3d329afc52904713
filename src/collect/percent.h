// Percent-encoding in the paths and queries of requests (RFC 3986, section 2.1), for the readers of HTTP protocols here. Pure
// functions, safe from any thread. What is malformed is refused and not guessed at: two readers that guess differently are a way
// around a check.
//
//   if (!percent_decode(segment, false, name)) return bad_request();
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

/// Decodes `text` into `out`, which is overwritten. With `plus`, a plus sign is a space, as in a query that a form made. False if an escape
/// is malformed, or stands for a control character: no name has one, and a log line or header must not get one.
bool percent_decode(std::string_view text, bool plus, std::string& out);

}  // namespace tocsin
