// Checks everything in a data folder that a bit could flip in: journal, segments, state, certificates, attachments. Reads all of it; changes nothing. What is wrong is given, with
// its place, to whoever asks; the rest is counted. One thread.
//
//   const Verified all = verify_data(env, data, master, [](const std::string& what) { … });
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/env.h"
#include "base/seal.h"
#include "store/data_folder.h"

namespace tocsin {

struct Verified {
  std::uint64_t segments = 0, segment_events = 0, segment_bytes = 0;  // that are what was written
  std::uint64_t journal_records = 0;                                   // that open
  std::uint64_t attachments = 0;                                       // that are what was attached
  std::uint64_t wrong = 0;
};

/// `master` null: the journal cannot be read, which is wrong too if there is one.
Verified verify_data(Env& env, const DataFolder& data, Seal* master, const std::function<void(const std::string&)>& wrong);

/// Whether a service has the folder, and may be writing what is read.
bool service_runs(Env& env, const DataFolder& data);

}  // namespace tocsin
