// How long events are kept, by the source that they came from. Sources with limits of their own make a retention group: their events are stored in files
// apart (docs/formats/segments.md), so that what is too old or too much goes by deleting files. A group is named in the file's name by what the
// setting says of its sources; a file whose setting is gone is kept as all others. Plain values and pure functions, but for RetentionGroups: one thread.
//
//   RetentionGroups groups(limits.rules);
//   groups.of("syslog/fw")                 // 0: no group; else 1 + the place of the rule
//   group_of(segment) == group_name(rule)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/segment.h"
#include "store/text_pattern.h"

namespace tocsin::store {

/// Groups: each costs a pass over what is stored, and files of its own.
inline constexpr std::size_t kRetentionRulesMax = 16;

/// Bytes of what names the sources of a group: it becomes a part of a file's name, three bytes for some of one.
inline constexpr std::size_t kRetentionSourcesBytesMax = 64;

struct RetentionRule {
  std::string sources;      // a source, or several by * and ?, as in a query
  std::int64_t age_us = 0;  // since receipt; 0: as long as others
  std::uint64_t bytes = 0;  // of all files of the group; 0: no limit of its own
  bool operator==(const RetentionRule&) const = default;
};

struct KeepLimits {
  std::int64_t age_us = 0;  // since receipt; 0: for ever
  std::uint64_t bytes = 0;  // of all files; 0: as many as there are
  std::vector<RetentionRule> rules = {};  // the first that fits a source counts
};

/// Of letters, digits, '-' and '_': as it stands in the name of a file.
std::string group_name(const RetentionRule& rule);
/// "" without one.
std::string_view group_of(const Segment& segment);

class RetentionGroups {
 public:
  explicit RetentionGroups(const std::vector<RetentionRule>& rules);
  std::size_t of(std::string_view source);

 private:
  std::vector<TextPattern> patterns_;
  std::unordered_map<std::string, std::size_t> known_;
  std::string scratch_;
};

}  // namespace tocsin::store
