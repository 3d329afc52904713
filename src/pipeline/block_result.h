// What a worker makes of one block: alerts as text with holes (the final index of an event is known only when all blocks
// before it are counted), correlation hits, damage. Owned by one thread at a time; reused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/alert.h"
#include "pipeline/packed_hits.h"
#include "report/alert_writer.h"

namespace tocsin {

struct PendingAlert {
  std::uint32_t card = 0;          // Engine::card index of the rule
  std::uint64_t local_index = 0;   // of the event within the block
  std::size_t text_end = 0;        // in `text.text`; it begins where the one before ends
  std::size_t holes_end = 0;       // in `text.holes`
  TimeUs time = kNoTime;           // of the event
};

/// One thing that could not be read, for people.
struct Damage {
  bool by_line = false;      // `at` counts lines from 1 within the block; else bytes within it
  std::uint64_t at = 0;
  std::string what;
};

struct BlockResult {
  /// Of the damage of a block only this many places are described; the rest is counted.
  static constexpr std::size_t kDamageShownMax = 4;

  std::uint64_t sequence = 0;      // position among all blocks of the scan
  std::uint32_t source = 0;        // position among the sources
  std::uint64_t offset = 0;        // of the block in its input
  std::uint64_t events = 0;        // indexes taken
  std::uint64_t lines = 0;         // line ends, for the line numbers of later blocks
  std::uint64_t damaged = 0;
  AlertText text;
  std::vector<PendingAlert> alerts;
  std::vector<Damage> damage;
  PackedHits hits;                 // without source, their indexes local

  void clear() {
    events = lines = damaged = 0;
    text.clear();
    alerts.clear();
    damage.clear();
    hits.clear();
  }
};

}  // namespace tocsin
