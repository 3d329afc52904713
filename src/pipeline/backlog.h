// What is safe in the journal and in no segment yet, in bytes, shared out fairly among the sources (collect/fair_shares.h): where the store is behind, those wait who
// sent much, and who sends little goes on. Counted from the start of the service on.
//
//   if (!backlog.has_room(source, bytes)) return busy();
//   backlog.add(source, writer.committed(), bytes);     // once they are safe
//   backlog.stored(below);                              // they are in segments
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "collect/fair_shares.h"
#include "store/journal_format.h"

namespace tocsin {

class Backlog {
 public:
  explicit Backlog(std::uint64_t bytes_max) : shares_(bytes_max) {}

  bool has_room(std::uint32_t source, std::uint64_t bytes) const { return shares_.has_room(source, bytes); }
  /// `end`: the number behind its last record, never less than at the call before.
  void add(std::uint32_t source, journal::Sequence end, std::uint64_t bytes);
  void stored(journal::Sequence below);
  /// Whether there is a source that has to wait.
  bool is_full() const { return shares_.is_full_for_some(); }

 private:
  /// Of one source, in a row. What came in small parts is stored in parts of this size, so that the list of them stays short.
  static constexpr std::uint64_t kSpanBytes = 1 << 20;
  struct Span {
    journal::Sequence end = 0;
    std::uint64_t bytes = 0;
  };

  FairShares shares_;
  std::unordered_map<std::uint32_t, std::deque<Span>> spans_;  // by source; none is empty
};

}  // namespace tocsin
