// What is decided or done, as a leaf of the audit log has it: one object of canonical JSON (RFC 8785) on one line, schema tocsin.audit/1 (docs/formats/audit.md). What is not known is left out.
// Plain values and pure functions, any thread. kInvalid with what is wrong, for lines that may be anybody's.
//
//   const std::string line = TRY(leaf_of({.time = now, .who = "user ada", .what = "rule.disable", .object = id, .source = "accounts", .position = 17}, 41, now));
//   const LeafFacts facts = TRY(read_leaf(line));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin::audit {

inline constexpr std::string_view kLeafSchema = "tocsin.audit/1";
/// Of one text in a leaf, bytes: a command line, a reason. Of what is longer its beginning stands there, its length and its SHA-256.
inline constexpr std::size_t kLeafTextBytesMax = 2'048;
/// Pieces of evidence that one leaf names, and the bytes of each.
inline constexpr std::size_t kLeafEvidenceMax = 32;
inline constexpr std::size_t kLeafEvidenceBytesMax = 256;
/// A whole leaf: all its texts at their longest, each byte of them written as six.
inline constexpr std::size_t kLeafBytesMax = 256 << 10;
/// Numbers in a leaf: what every reader of JSON takes exactly (RFC 7493, section 2.2).
inline constexpr std::uint64_t kLeafNumberMax = (std::uint64_t{1} << 53) - 1;

/// Why something was decided.
struct AuditReason {
  std::optional<double> confidence = {};    // 0 to 1; four digits of it are written down
  std::vector<std::string> evidence = {};   // ids
  std::string policy = {};                  // name and version of what decided
  std::string reason = {};                  // as somebody gave it
};

/// "": not known, and left out. Personal data stands here as tokens already, but for who did it and from where; secrets are masked.
struct AuditEntry {
  TimeUs time = kNoTime;      // when it was done
  std::string who = {};       // "user ada", "token ci", "command line", "service"
  std::string auth = {};      // how that was known: "session", "token", "local"
  std::string address = {};   // from where
  std::string what = {};      // "user.add"
  std::string object = {};    // to what
  std::string detail = {};
  std::string from = {}, to = {};
  AuditReason why = {};
  std::string command = {};
  std::string result = {};
  std::string undo = {};      // what it is undone by
  std::string source = {};    // the list that this comes from
  std::uint64_t position = 0; // in that list, from 1, one more each time
};

/// `number` of the leaf in the log, and when it is written there.
Result<std::string> leaf_of(const AuditEntry& entry, std::uint64_t number, TimeUs logged);

/// What a check of the log needs of a leaf.
struct LeafFacts {
  std::uint64_t number = 0;
  TimeUs logged = kNoTime, time = kNoTime;
  std::string source;
  std::uint64_t position = 0;
  std::string who, address, what, object, detail, from, to, reason, command, result;
  std::vector<std::string> evidence;
};

/// kInvalid unless the line is canonical JSON and a leaf.
Result<LeafFacts> read_leaf(std::string_view line);

}  // namespace tocsin::audit
