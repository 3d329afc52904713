// How long events are kept, by the source that they came from or by what produced them (product, category, service). Those with limits of their own make a
// retention group: their events are stored in files apart (docs/formats/segments.md), so that what is too old or too much goes by deleting files. A group is
// named in the file's name by what the setting says of it; a file whose setting is gone is kept as all others. Plain values and pure functions, but for
// RetentionGroups: one thread.
//
//   RetentionGroups groups(limits.rules);
//   groups.of("syslog/fw", log_source)     // 0: no group; else 1 + the place of the rule
//   group_of(segment) == group_name(rule)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/log_source.h"
#include "store/segment.h"
#include "store/text_pattern.h"

namespace tocsin::store {

/// Groups: each costs a pass over what is stored, and files of its own.
inline constexpr std::size_t kRetentionRulesMax = 16;

/// Bytes of what names the sources of a group: it becomes a part of a file's name, three bytes for some of one.
inline constexpr std::size_t kRetentionSourcesBytesMax = 64;

struct RetentionRule {
  std::string sources;      // a source, or several by * and ?, as in a query; or product:…, category:… or service:…, of any source
  std::int64_t age_us = 0;  // since receipt; 0: as long as others
  std::uint64_t bytes = 0;  // of all files of the group; 0: no limit of its own
  bool operator==(const RetentionRule&) const = default;
};

struct KeepLimits {
  std::int64_t age_us = 0;  // since receipt; 0: for ever
  std::uint64_t bytes = 0;  // of all files; 0: as many as there are
  std::vector<RetentionRule> rules = {};  // the first that fits an event counts
};

/// Of letters, digits, '-' and '_': as it stands in the name of a file.
std::string group_name(const RetentionRule& rule);
/// "" without one.
std::string_view group_of(const Segment& segment);

class RetentionGroups {
 public:
  explicit RetentionGroups(const std::vector<RetentionRule>& rules);
  /// `log_source` is one of a table, which never moves.
  std::size_t of(std::string_view source, const LogSourceClass& log_source);

 private:
  /// What it is asked of: the name of the source, or a part of the log source.
  enum class About : std::uint8_t { kSource, kProduct, kCategory, kService };
  struct Asked {
    About about = About::kSource;
    TextPattern pattern;
  };
  using Fits = std::uint32_t;  // a bit for each rule

  Fits fits(std::string_view source);
  Fits fits(const LogSourceClass& log_source);
  static Asked read(std::string_view sources);

  std::vector<Asked> asked_;
  std::unordered_map<std::string, Fits> sources_;
  std::unordered_map<const LogSourceClass*, Fits> log_sources_;
  std::string scratch_;
};

}  // namespace tocsin::store
