// What the lines of an HTTP head and of a chunked body have in common: which of them are refused, and which headers are used here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace tocsin {

/// Headers that are used here, each at most once in a request and never behind a body.
enum UsedHeader : std::uint8_t {
  kHost, kLength, kCoding, kAuthorization, kEncoding, kExpect, kChannel, kCookie, kOrigin, kType, kLastEventId, kGuard, kUsedHeaders
};
inline constexpr std::array<std::string_view, kUsedHeaders> kUsedHeaderNames = {
    "host",   "content-length",           "transfer-encoding", "authorization", "content-encoding", "expect",
    "x-splunk-request-channel", "cookie", "origin",            "content-type",  "last-event-id",    "x-tocsin-request"};

/// `word` is in lower case.
inline bool same_http_word(std::string_view text, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(text.begin(), text.end(), word.begin(), word.end(), [&](char a, char b) { return lower(a) == b; });
}

/// A control character other than a tab, or a line end that is no CR LF.
inline bool has_control(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

/// Up to the colon; the whole line if it has none.
inline std::string_view http_header_name(std::string_view line) { return line.substr(0, line.find(':')); }

}  // namespace tocsin
