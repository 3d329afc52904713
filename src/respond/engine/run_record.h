// The records of the log of runs, by their first byte (docs/formats/runs.md); for those who write and read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/sha256.h"

namespace tocsin::respond {

enum class RecordKind : std::uint8_t {
  kInput = 1,
  kStanding,  // the last number of a run, and whether everything is stopped
  kCarried,   // a run that is there already, anew and whole
  kOver,      // a run that was put away
  kSwitch,    // as kStanding, and somebody has just stopped everything, or lifted it
};

/// Where the number of the run stands in an input's bytes.
inline constexpr std::size_t kRunAt = 3;

inline std::string hex_of(const Sha256& hash) {
  std::string text;
  append_hex(text, hash, hash.size());
  return text;
}

}  // namespace tocsin::respond
