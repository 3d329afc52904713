#include "pipeline/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/canary_intake.h"
#include "report/json_text.h"
#include "store/disk.h"

namespace tocsin {

namespace {

/// This one and the one before, whose end is told.
constexpr std::size_t kRuns = 2;

/// A folder that is not there, or a file that goes meanwhile, has none.
std::uint64_t bytes_in(Env& env, const std::string& folder) {
  std::uint64_t bytes = 0;
  const Result<std::vector<FolderEntry>> entries = env.list_folder(folder);
  if (!entries) return 0;
  for (const FolderEntry& entry : *entries) bytes += store::file_bytes(folder + "/" + entry.name).value_or(0);
  return bytes;
}

void append_silence(std::string& text, const std::optional<Silence>& silence) {
  if (!silence) {
    text += "null";
    return;
  }
  text += "{\"since\":";
  append_time_or_null(text, silence->since);
  text += fmt::format(R"(,"seconds":{:.0f},"usual_seconds":{:.0f},"bound_seconds":{:.0f},"days":{:.1f},)", silence->seconds, silence->usual_seconds, silence->bound_seconds, silence->days);
  append_part(text, "text", in_words(*silence));
  text += '}';
}

void append_source(std::string& text, const ServiceStatus& status, const ServiceStatus::Source& source) {
  const journal::Counts& counts = source.counts;
  text += "{\"source\":";
  append_string(text, source.name);
  text += ",\"input\":";
  append_string(text, source.name.substr(0, source.name.find('/')));
  text += fmt::format(R"(,"received":{},"stored":{},"refused":{},"dropped":{},"parse_failures":{},"lag_seconds":{:.3f},"last_seen":)",
                      counts.stored + counts.refused + counts.dropped, counts.stored, counts.refused, counts.dropped, source.seen.parse_failures,
                      lag_seconds(status, source.seen));
  append_time_or_null(text, source.seen.last_seen);
  text += ",\"clock_skew_seconds\":";
  text += source.seen.skew ? fmt::format("{:.0f}", -static_cast<double>(*source.seen.skew) / 1e6) : "null";
  text += ",\"silent\":";
  append_silence(text, source.silence);
  text += '}';
}

void append_pollers(std::string& text, const ServiceStatus& status) {
  text += "\"pollers\":[";
  for (const ServiceStatus::Poller& poller : status.pollers) {
    text += &poller == status.pollers.data() ? "{\"name\":" : ",{\"name\":";
    append_string(text, poller.name);
    text += ",\"kind\":";
    append_string(text, poller.kind);
    text += ",\"source\":";
    append_string(text, poller.source);
    text += ",\"last_answer\":";
    append_time_or_null(text, poller.last_answer);
    text += ",\"next\":";
    append_time_or_null(text, poller.due);
    text += ",\"read_up_to\":";
    append_time_or_null(text, poller.read_up_to);
    text += fmt::format(",\"requests\":{},", poller.requests);
    append_part(text, "trouble", poller.trouble);
    text += '}';
  }
  text += fmt::format(R"(],"executor":{{"pid":{},"starts":{},"sandbox":)", status.executor.pid, status.executor.starts);
  append_string(text, status.executor.sandbox);
  text += ",\"missing\":";
  append_string(text, status.executor.missing);
  text += "}";
}

void append_enrichment(std::string& text, const ServiceStatus& status) {
  text += "\"enrichment\":{\"files\":[";
  for (const enrich::EnrichmentFile& file : status.enrichment) {
    text += &file == status.enrichment.data() ? "{\"kind\":" : ",{\"kind\":";
    append_string(text, file.kind);
    text += ",\"name\":";
    append_string(text, file.name);
    text += ",\"file\":";
    append_string(text, file.file);
    text += ",\"built\":";
    append_time_or_null(text, file.built);
    text += fmt::format(",\"entries\":{}}}", file.entries);
  }
  text += fmt::format("],\"indicator_alerts\":{},\"warnings\":", status.indicator_alerts);
  append_strings(text, enrich::old_databases(status.enrichment, status.now));
  text += '}';
}

void append_baselines(std::string& text, const ServiceStatus::Baselines& baselines) {
  text += fmt::format(R"("baselines":{{"on":{},"alerts":)", baselines.on);
  append_strings(text, baselines.alerts);
  text += fmt::format(R"(,"log_ins":{},"log_ins_placed":{},"held_back":{}}})", baselines.log_ins, baselines.log_ins_placed, baselines.held_back);
}

/// New indicators in what is stored.
void append_retro(std::string& text, const RetroNews& retro) {
  text += fmt::format(R"("retro":{{"days":{},"searches":{},"indicators":{},"events":{},"arrived":)", retro.days, retro.searches, retro.searches ? retro.indicators : 0, retro.searches ? retro.events : 0);
  append_time_or_null(text, retro.arrived);
  text += fmt::format(R"(,"searched":{},"alerts":{},"last":)", retro.searched, retro.alerts);
  if (retro.last.ended == kNoTime) {
    text += "null";
  } else {
    text += R"({"arrived":)";
    append_time_or_null(text, retro.last.arrived);
    text += R"(,"ended":)";
    append_time_or_null(text, retro.last.ended);
    text += fmt::format(R"(,"seconds":{:.1f},"indicators":{},"events":{},"alerts":{},"repeated":{},)", retro.last.seconds, retro.last.indicators, retro.last.events, retro.last.alerts, retro.last.repeated);
    append_part(text, "limits", retro.last.limits);
    text += '}';
  }
  text += ',';
  append_part(text, "trouble", retro.trouble);
  text += '}';
}

void append_canary(std::string& text, const ServiceStatus& status) {
  const ServiceStatus::Canary& canary = status.canary;
  const CanaryBook::Snapshot& seen = canary.seen;
  text += fmt::format(R"("canary":{{"every_seconds":{},"late_seconds":{},)", canary.every.count(), canary.late.count());
  append_part(text, "to", canary.address);
  text += fmt::format(R"(,"sent":{},"out":{},"late":{},"lost":{},"imitated":{},"last_sent":)", seen.begun, seen.out, seen.late, seen.lost, seen.imitated);
  append_time_or_null(text, seen.last_begun);
  text += R"(,"last_out":)";
  append_time_or_null(text, canary.last ? canary.last->received : kNoTime);
  text += R"(,"seconds":{)";
  for (std::size_t i = 0; i < kCanaryStages; ++i) {
    if (!seen.seconds[i]) continue;
    text += fmt::format("{}\"{}\":{:.6f}", text.ends_with('{') ? "" : ",", name_of(static_cast<CanaryStage>(i)), *seen.seconds[i]);
  }
  text += "},\"alarm\":";
  if (seen.alarm) {
    text += fmt::format(R"({{"stage":"{}","since":)", name_of(seen.alarm->stage));
    append_time_or_null(text, seen.alarm->since);
    text += ',';
    append_part(text, "text", seen.alarm->text);
    text += '}';
  } else {
    text += "null";
  }
  text += '}';
}

void append_audit(std::string& text, const ServiceStatus::Audit& audit) {
  text += fmt::format(R"("audit":{{"leaves":{},"signed":{},"waiting":{},"signed_at":)", audit.leaves, audit.signed_leaves, audit.waiting);
  append_time_or_null(text, audit.signed_at);
  text += ',';
  append_part(text, "trouble", audit.trouble);
  text += '}';
}

void append_service(std::string& text, const ServiceStatus& status) {
  const ServiceRun now = status.runs.empty() ? ServiceRun{} : status.runs[0];
  const ServiceRun before = status.runs.size() < 2 ? ServiceRun{} : status.runs[1];
  text += fmt::format(R"("service":{{"running":{},"started":)", status.running);
  append_time_or_null(text, now.started);
  text += ",\"stopped\":";
  append_time_or_null(text, now.stopped);
  text += fmt::format(R"(,"uptime_seconds":{},"previous":)", status.running ? (status.now - now.started) / 1'000'000 : 0);
  if (before.started == kNoTime) {
    text += "null";
  } else {
    text += "{\"started\":";
    append_time_or_null(text, before.started);
    text += ",\"stopped\":";
    append_time_or_null(text, before.stopped);
    text += fmt::format(",\"graceful\":{}}}", before.stopped != kNoTime);
  }
  text += '}';
}

void append_rule_set(std::string& text, const RuleSetFacts& set) {
  text += fmt::format(R"({{"rules":{},"correlations":{},"files":{},"sha256":)", set.rules, set.correlations, set.files);
  append_string(text, set.sha256);
  text += ",\"paths\":";
  append_string(text, set.paths);
  text += fmt::format(R"(,"from_record":{},"since":)", set.from);
  append_time_or_null(text, set.since);
  text += '}';
}

void append_rule_sets(std::string& text, const std::vector<RuleSetFacts>& sets) {
  text += "\"rules\":";
  if (sets.empty()) {
    text += "null";
  } else {
    append_rule_set(text, sets.front());
  }
  text += ",\"rules_before\":[";
  for (std::size_t i = 1; i < sets.size(); ++i) {
    if (i > 1) text += ',';
    append_rule_set(text, sets[i]);
  }
  text += ']';
}

void append_reload(std::string& text, const LastReload& reload) {
  text += "\"reload\":";
  if (reload.at == kNoTime) {
    text += "null";
    return;
  }
  text += "{\"at\":";
  append_time_or_null(text, reload.at);
  text += fmt::format(",\"taken\":{},\"message\":", reload.taken);
  append_string(text, reload.message);
  text += '}';
}

}  // namespace

double lag_seconds(const ServiceStatus& status, const SourceSeen& seen) {
  return status.looked_at >= status.safe || seen.last_seen == kNoTime ? 0 : static_cast<double>(status.now - seen.last_seen) / 1e6;
}

Status add_stored(Env& env, const DataFolder& data, State& state, ServiceStatus& status) {
  const State::Stored stored = TRY(state.stored());
  status.now = env.now_us();
  status.alerts = TRY(state.alert_count());
  status.segment_files = stored.segments.size();
  for (const store::Segment& segment : stored.segments) status.segment_bytes += segment.bytes;
  status.stored = stored.position;
  status.runs = TRY(state.runs(kRuns));
  status.rule_sets = TRY(state.rule_sets(kStatusRuleSetsMax));
  for (const StoredCanary& canary : TRY(state.canaries(1))) status.canary.last = canary;
  status.journal_bytes = bytes_in(env, data.journal());
  for (const std::string& file : data.state_files()) status.state_bytes += store::file_bytes(file).value_or(0);
  status.free_bytes = store::free_bytes(data.path).value_or(0);
  return {};
}

Result<ServiceStatus> read_status(Env& env, const DataFolder& data, Seal& master) {
  ServiceStatus status;
  const journal::Standing standing = TRY(journal::read_standing(env, data.journal(), master));
  const std::unique_ptr<State> state = TRY(State::open(data.state(), State::IfMissing::kFail));
  const std::vector<SourceSeen> seen = TRY(state->sources());
  status.looked_at = TRY(state->position());
  TRY(add_stored(env, data, *state, status));
  status.safe = standing.next;
  for (const journal::SourceCounts& source : standing.ledger) {
    if (is_of_canaries(source)) continue;
    const auto found = std::ranges::find(seen, source.name, &SourceSeen::name);
    status.sources.push_back({source.name, source.counts, found == seen.end() ? SourceSeen{} : *found});
  }
  return status;
}

std::string status_json(const ServiceStatus& status) {
  std::string text = R"({"schema":"tocsin.status/1","sources":[)";
  for (const ServiceStatus::Source& source : status.sources) {
    if (&source != status.sources.data()) text += ',';
    append_source(text, status, source);
  }
  text += "],";
  append_service(text, status);
  text += fmt::format(R"(,"records":{{"safe":{},"looked_at":{},"stored":{}}},"segments":{{"files":{},"bytes":{}}},"alerts":{})", status.safe,
                      status.looked_at, status.stored, status.segment_files, status.segment_bytes, status.alerts);
  text += fmt::format(R"(,"queue":{{"bytes":{},"to_look_at":{},"to_store":{}}})", status.queued_bytes,
                      status.safe - std::min(status.safe, status.looked_at), status.safe - std::min(status.safe, status.stored));
  text += fmt::format(R"(,"disk":{{"journal_bytes":{},"segment_bytes":{},"state_bytes":{},"free_bytes":{}}},)", status.journal_bytes,
                      status.segment_bytes, status.state_bytes, status.free_bytes);
  append_rule_sets(text, status.rule_sets);
  text += ',';
  append_reload(text, status.reload);
  text += ',';
  append_enrichment(text, status);
  text += ',';
  append_baselines(text, status.baselines);
  text += ',';
  append_retro(text, status.retro);
  text += ',';
  append_canary(text, status);
  text += ',';
  append_audit(text, status.audit);
  text += fmt::format(R"(,"ingest":{{"pid":{},"starts":{},"refused_connections":{},"sandbox":)", status.ingest.pid, status.ingest.starts, status.ingest.turned_away);
  append_string(text, status.ingest.sandbox);
  text += ",\"missing\":";
  append_string(text, status.ingest.missing);
  text += fmt::format(R"(}},"api":{{"pid":{},"starts":{},"sandbox":)", status.api.pid, status.api.starts);
  append_string(text, status.api.sandbox);
  text += ",\"missing\":";
  append_string(text, status.api.missing);
  text += "},";
  append_pollers(text, status);
  text += R"(,"core":{"sandbox":)";
  append_string(text, status.core.sandbox);
  text += ",\"missing\":";
  append_string(text, status.core.missing);
  text += "},";
  append_part(text, "trouble", status.trouble);
  return text + '}';
}

}  // namespace tocsin
