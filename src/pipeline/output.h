// Where finished alert lines go, in the order of the contract: by source, index, rule id; a correlation's alert stands
// where its last event stands. Lines of single events arrive in that order and are passed on at once. If correlations
// are loaded their alerts are known only at the end, and in another order, so all lines wait in scratch files and are merged
// then: those of events as they are, those of correlations by a sorted list of where each stands.
//
// One thread at a time. A failed write (disk full, reader gone) is remembered and ends the scan's output, not the scan.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/record_file.h"
#include "base/sorted_spool.h"

namespace tocsin {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
};

struct LineKey {
  std::uint32_t source = 0;
  std::uint32_t rank = 0;   // of the rule id
  std::uint64_t index = 0;
  bool operator<(const LineKey& other) const {
    if (source != other.source) return source < other.source;
    if (index != other.index) return index < other.index;
    return rank < other.rank;
  }
};

class OrderedOutput {
 public:
  /// `wait_for_late`: some lines come only at finish().
  OrderedOutput(Env& env, ByteSink& sink, bool wait_for_late);

  void add(const LineKey& key, std::string_view line);
  /// In any order.
  void add_late(const LineKey& key, std::string_view line);
  /// Writes everything that waits.
  Status finish();

 private:
  /// Where the text of a late line stands, in order.
  struct Late {
    LineKey key;
    std::uint64_t from = 0, to = 0;
  };
  Status merge();
  Result<std::optional<Late>> next_late();
  Status pass_on_late(const Late& late);
  void pass_on(std::string_view line);
  void flush();

  ByteSink& sink_;
  const bool wait_for_late_;
  std::string buffer_, record_;
  RecordFile waiting_, late_text_;
  SortedSpool late_;
  Status status_;
};

}  // namespace tocsin
