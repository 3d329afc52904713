// For tests: a log as a service writes it, and entries of which each says something else.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "report/audit/audit_log.h"
#include "report/audit/checkpoints.h"

namespace tocsin::audit {

inline constexpr TimeUs kTestStart = 1'790'000'000'000'000;

/// Number `position` of `source`, done a second after the one before it.
inline AuditEntry test_entry(const std::string& source, std::uint64_t position) {
  return {.time = kTestStart + static_cast<TimeUs>(position) * 1'000'000,
          .who = "user ada",
          .address = "192.0.2.7",
          .what = "rule.disable",
          .object = fmt::format("rule {}", position),
          .why = {.reason = "too \"loud\" — é"},
          .source = source,
          .position = position};
}

inline std::vector<AuditEntry> test_entries(std::uint64_t from, std::uint64_t count, const std::string& source = "accounts") {
  std::vector<AuditEntry> entries;
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back(test_entry(source, from + i));
  return entries;
}

inline SigningKey test_key() { return *SigningKey::from_seed(std::string(kSeedBytes, 'k')); }

}  // namespace tocsin::audit
