// What the state has for the audit log: the lines of what people did (accounts.h) and what became of segments, each list numbered from 1, one more each time, and written in the transaction of the deed itself. So what
// was done is in the list, and what was not is not; who feeds the log asks for what is behind the last number that it has.
//
// Safe from any thread. Fails as State does.
//
//   AuditOutbox outbox(*state);
//   for (const AuditLine& line : TRY(outbox.deeds_after(log.last_position("accounts"), 500))) …
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/accounts.h"
#include "store/state.h"

namespace tocsin {

/// What became of segments is remembered for so many behind what the log has taken, for a log that is of an older backup.
inline constexpr std::int64_t kSegmentChangesKept = 100'000;

struct SegmentChange {
  std::int64_t number = 0;
  std::string what;    // "segment.store", "segment.merge", "segment.remove"
  std::string file;
  std::string sha256;  // 32 bytes
  std::string detail;
};

class AuditOutbox {
 public:
  enum class List : std::uint8_t { kDeeds, kSegments };

  explicit AuditOutbox(State& state) : state_(state) {}

  /// In the order of their numbers, those behind it.
  Result<std::vector<AuditLine>> deeds_after(std::int64_t number, std::size_t limit);
  Result<std::vector<SegmentChange>> segments_after(std::int64_t number, std::size_t limit);
  /// The last number that was given; 0: none was.
  Result<std::int64_t> last(List list);
  /// The next is the one behind `number`, if it were not anyway: for a state that is older than its log.
  Status skip_to(List list, std::int64_t number);
  /// Forgets changes of segments that the log has taken, but for kSegmentChangesKept.
  Status forget_segments(std::int64_t taken);

 private:
  State& state_;
};

}  // namespace tocsin
