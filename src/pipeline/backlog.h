// What is safe in the journal and still to be done with, by the store or by the rules, in bytes, shared out fairly among the sources (collect/fair_shares.h): where that is
// behind, those wait who sent much, and who sends little goes on. Counted from the start of the service on.
//
//   if (!backlog.has_room(source, bytes)) return busy();
//   backlog.add(source, writer.committed(), bytes);     // once they are safe
//   backlog.done(below);                                // with all of them
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
  void done(journal::Sequence below);
  /// Whether there is a source that has to wait.
  bool is_full() const { return shares_.is_full_for_some(); }

 private:
  /// Of one source, in a row. What came in small parts is done with in parts of this size, so that the list of them stays short.
  static constexpr std::uint64_t kSpanBytes = 1 << 20;
  struct Span {
    journal::Sequence end = 0;
    std::uint64_t bytes = 0;
  };

  FairShares shares_;
  std::unordered_map<std::uint32_t, std::deque<Span>> spans_;  // by source; none is empty
};

}  // namespace tocsin
