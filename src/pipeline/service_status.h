// What came in, from whom, and what became of it: `tocsin status`, the API's status, and the metrics are this, in other shapes. Read from the data
// folder it needs no service; a service that runs gives its own (Service::status), which costs nothing. Fails as journal and state do.
//
//   const ServiceStatus status = TRY(read_service_status(env, data, key_file));
//   fmt::print("{}\n", status_json(status));
#pragma once

#include <string>
#include <vector>

#include "base/env.h"
#include "store/data_folder.h"
#include "store/journal_reader.h"
#include "store/state.h"

namespace tocsin {

struct SourceStatus {
  std::string source, input;
  journal::Counts counts;
  SourceSeen seen;
  std::uint64_t received() const { return counts.stored + counts.refused + counts.dropped; }
};

struct ServiceStatus {
  std::vector<SourceStatus> sources;
  std::uint64_t safe = 0, looked_at = 0, stored = 0;  // records
  std::uint64_t segment_files = 0, segment_bytes = 0;
  std::uint64_t alerts = 0;
  TimeUs now = 0;

  /// Seconds since the last record was received that was looked at, while others wait; 0 if none waits.
  double lag(const SourceStatus& source) const;
};

Result<ServiceStatus> read_service_status(Env& env, const DataFolder& data, const std::string& key_file);

/// Of what journal and stream count; the rest is asked of the state.
Result<ServiceStatus> make_service_status(const std::vector<journal::SourceCounts>& ledger, const std::vector<SourceSeen>& seen, State& state);

/// tocsin.status/1, without a line feed.
std::string status_json(const ServiceStatus& status);

}  // namespace tocsin
