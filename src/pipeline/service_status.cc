#include "pipeline/service_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tocsin {

double ServiceStatus::lag(const SourceStatus& source) const {
  return looked_at >= safe || source.seen.last_seen == kNoTime ? 0 : static_cast<double>(now - source.seen.last_seen) / 1e6;
}

Result<ServiceStatus> make_service_status(const std::vector<journal::SourceCounts>& ledger, const std::vector<SourceSeen>& seen, State& state) {
  ServiceStatus status;
  status.alerts = TRY(state.alert_count());
  const State::Stored stored = TRY(state.stored());
  status.stored = stored.position;
  status.segment_files = stored.segments.size();
  for (const store::Segment& segment : stored.segments) status.segment_bytes += segment.bytes;
  for (const journal::SourceCounts& source : ledger) {
    SourceStatus& row = status.sources.emplace_back();
    row.source = source.name;
    row.input = source.name.substr(0, source.name.find('/'));
    row.counts = source.counts;
    const auto found = std::ranges::find(seen, source.name, &SourceSeen::name);
    if (found != seen.end()) row.seen = *found;
  }
  return status;
}

Result<ServiceStatus> read_service_status(Env& env, const DataFolder& data, const std::string& key_file) {
  const SealKey key = TRY(read_key(env, key_file));
  Seal master(key);
  const journal::Standing standing = TRY(journal::read_standing(env, data.journal(), master));
  const std::unique_ptr<State> state = TRY(State::open(data.state(), State::IfMissing::kFail));
  const std::vector<SourceSeen> seen = TRY(state->sources());
  ServiceStatus status = TRY(make_service_status(standing.ledger, seen, *state));
  status.safe = standing.next;
  status.looked_at = TRY(state->position());
  status.now = env.now_us();
  return status;
}

std::string status_json(const ServiceStatus& status) {
  std::string text = R"({"schema":"tocsin.status/1","sources":[)";
  for (const SourceStatus& row : status.sources) {
    if (&row != status.sources.data()) text += ',';
    text += "{\"source\":\"";
    append_json_escaped(text, row.source);
    text += "\",\"input\":\"";
    append_json_escaped(text, row.input);
    text += fmt::format(R"(","received":{},"stored":{},"refused":{},"dropped":{},"parse_failures":{},"lag_seconds":{:.3f},"last_seen":{}}})",
                        row.received(), row.counts.stored, row.counts.refused, row.counts.dropped, row.seen.parse_failures, status.lag(row),
                        row.seen.last_seen == kNoTime ? "null" : '"' + format_time(row.seen.last_seen) + '"');
  }
  return text + fmt::format(R"(],"records":{{"safe":{},"looked_at":{},"stored":{}}},"segments":{{"files":{},"bytes":{}}},"alerts":{}}})", status.safe,
                            status.looked_at, status.stored, status.segment_files, status.segment_bytes, status.alerts);
}

}  // namespace tocsin
