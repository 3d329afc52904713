// Addresses in text: of mailboxes, of machines on the Internet (RFC 4291, RFC 6943) and on a local network (IEEE 802), and places on the Earth. Each function looks at one place, where the
// finder saw what such an address has, and a little around it; nothing is allocated. Pure.
//
//   if (const auto mail = email_around(text, text.find('@'))) …
#pragma once

#include <optional>
#include <string_view>

#include "protect/finding.h"

namespace tocsin::protect {

/// `at` is an '@': RFC 5321, without quoted names; the domain has a dot and ends in letters. Names of files and of systemd's units are none.
std::optional<Finding> email_around(std::string_view text, std::size_t at);
/// Four numbers with dots begin at `at`, a digit where a word begins. Its port and its prefix do not belong to it; a version is none.
std::optional<Finding> ipv4_at(std::string_view text, std::size_t at);
/// `at` is a ':' with another one, or hexadecimal digits, beside it: an IPv6 address, or six pairs of a hardware address.
std::optional<Finding> colons_around(std::string_view text, std::size_t at);
/// A hardware address with hyphens or dots (00-00-5e-00-53-01, 0000.5e00.5301) begins at `at`, where a word begins.
std::optional<Finding> mac_at(std::string_view text, std::size_t at);
/// A latitude or a longitude begins at `at`, a digit: next to its name, or next to the other one and to a word for places.
std::optional<Finding> coordinates_at(std::string_view text, std::size_t at);

}  // namespace tocsin::protect
