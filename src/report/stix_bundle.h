// An incident as a bundle of STIX 2.1, for those who share what they saw: the incident, what was observed (addresses, names, accounts, attached files), the techniques its rules name as attack patterns, that they were sighted, and what people
// wrote, as notes. No indicators: which of the addresses is the attacker's, a person must say. Ids are UUIDv5, so the same incident gives the same bytes: of observables as section 2.9 says, of all else in a namespace of Tocsin's own. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "report/incident_report.h"

namespace tocsin {

/// Observables of one bundle; beyond, the rest are left out, and the incident's description says how many.
inline constexpr std::size_t kStixObservablesMax = 1'000;

/// The marking of all objects, by the TLP that STIX 2.1 defines (section 7.2.1.4).
enum class StixTlp : std::uint8_t { kWhite, kGreen, kAmber, kRed };
inline constexpr std::array<std::string_view, 4> kStixTlpWords = {"white", "green", "amber", "red"};

/// One object and a line end.
std::string stix_bundle(const IncidentReport& report, StixTlp tlp);

/// RFC 9562, section 5.5: of a namespace, as 16 bytes, and a name; in its text form.
std::string uuid_v5(const std::array<std::uint8_t, 16>& space, std::string_view name);

}  // namespace tocsin
