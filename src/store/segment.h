// Segments: what is stored of a stretch of the journal, as one Parquet file (docs/formats/segments.md). Written once, whole, and never changed; the
// catalogue in the state (state.h) says which files there are, and a file that it does not name is not there.
//
//   TRY(check_segment(env, data.segments(), segment));   // its bytes are those that were written
#pragma once

#include <cstdint>
#include <string>

#include "base/env.h"
#include "base/time.h"

namespace tocsin::store {

struct Segment {
  std::string file;                            // below the folder: day/name
  std::uint64_t first_sequence = 0, last_sequence = 0;
  std::uint64_t rows = 0, raw_bytes = 0, bytes = 0;
  TimeUs first_time = 0, last_time = 0;        // of its events
  TimeUs first_received = 0, last_received = 0;
  std::string sha256;                          // of the file; 32 bytes

  bool operator==(const Segment&) const = default;
};

struct FileDigest {
  std::uint64_t bytes = 0;
  std::string sha256;
};
Result<FileDigest> digest_of(Env& env, const std::string& path);

/// kInvalid if the file is not what the catalogue says, kNotFound or kIo if it cannot be read.
Status check_segment(Env& env, const std::string& folder, const Segment& segment);

}  // namespace tocsin::store
