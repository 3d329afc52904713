// What is asked of a service first: what came in from whom and what became of it, how far each stage is, which rules hold, how full the disk is, and
// whether anything is wrong. One shape for everybody who asks (`tocsin status`, the control socket, the API): filled by a service from what it holds
// in memory, or from the data folder alone, and written as `tocsin.status/1`. Fails with what cannot be read.
//
//   const ServiceStatus status = TRY(read_status(env, data, master));     // no service needed
//   std::string json = status_json(status);                               // running: status_json(TRY(service->status()))
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "enrich/enricher.h"
#include "pipeline/canary_book.h"
#include "pipeline/retro_news.h"
#include "pipeline/silent_sources.h"
#include "store/data_folder.h"
#include "store/journal_reader.h"
#include "store/state.h"

namespace tocsin {

/// How the last attempt to take new rules and settings ended; at == kNoTime: there was none since the start.
struct LastReload {
  TimeUs at = kNoTime;
  bool taken = false;
  std::string message;  // what was taken, or why it was refused
};

struct ServiceStatus {
  struct Source {
    std::string name;
    journal::Counts counts;
    SourceSeen seen;
    std::optional<Silence> silence = {};
  };
  TimeUs now = 0;
  bool running = false;         // false: read from the files
  std::vector<Source> sources;  // by number
  std::uint64_t safe = 0, looked_at = 0, stored = 0;  // records: in the journal, asked by the rules, in segments
  std::uint64_t alerts = 0;
  std::uint64_t queued_bytes = 0;  // received and not yet in the journal
  std::uint64_t segment_files = 0;
  std::uint64_t journal_bytes = 0, segment_bytes = 0, state_bytes = 0, free_bytes = 0;
  std::vector<ServiceRun> runs;          // newest first
  std::vector<RuleSetFacts> rule_sets;   // newest first: the first is in force
  LastReload reload;
  std::vector<enrich::EnrichmentFile> enrichment;  // files that are loaded
  std::uint64_t indicator_alerts = 0;  // since the start
  struct Baselines {
    bool on = false;
    std::vector<std::string> alerts = {};         // kinds of signs that make alerts by themselves
    std::uint64_t log_ins = 0, log_ins_placed = 0;  // that succeeded, and those of which a database knows where they came from, since the start
    std::uint64_t held_back = 0;                  // alerts of signs that there were too many of within an hour, since the start
  } baselines;
  RetroNews retro;
  struct Ingest {
    int pid = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::uint64_t turned_away = 0;  // connections that TLS ports refused, since the start
    std::string sandbox, missing;
  } ingest;  // the process that reads the network
  struct Api {
    int pid = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::string sandbox, missing;
  } api;  // the process that answers the API; never started where none is wanted
  struct Executor {
    int pid = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::string sandbox, missing;
  } executor;  // the process that asks for pollers; never started where there are none
  struct Poller {
    std::string name, kind, source;
    TimeUs last_answer = kNoTime, due = kNoTime, read_up_to = kNoTime;
    std::uint64_t requests = 0;  // since its process was started
    std::string trouble;         // why nothing comes; "" if all is well
  };
  std::vector<Poller> pollers;
  struct Canary {
    std::chrono::seconds every{0}, late{0};  // 0: none are sent
    std::string address;                     // where to
    CanaryBook::Snapshot seen;
    std::optional<StoredCanary> last;  // that came out, of this run or another
  } canary;
  struct Audit {
    std::uint64_t leaves = 0, signed_leaves = 0;
    std::uint64_t waiting = 0;     // deeds that are not in it yet
    TimeUs signed_at = kNoTime;    // since the start
    std::string trouble = {};      // why nothing gets in, or leaves; "" if all is well
  } audit;  // the audit log, while the service runs
  struct Core {
    std::string sandbox, missing;
  } core;  // the service's own; "" without one
  std::string trouble;
};

/// So many of the last rule sets are told, enough to see what was changed lately.
inline constexpr std::size_t kStatusRuleSetsMax = 50;

/// Of the files alone. kInvalid if `master` is not the key of this data.
Result<ServiceStatus> read_status(Env& env, const DataFolder& data, Seal& master);
/// What the state and the disk know: alerts, segments, runs, rule sets, bytes. For a service that adds the rest.
Status add_stored(Env& env, const DataFolder& data, State& state, ServiceStatus& status);

/// How long ago the last record was received that was looked at, while others wait; 0 if none waits.
double lag_seconds(const ServiceStatus& status, const SourceSeen& seen);

/// One line, without a line feed.
std::string status_json(const ServiceStatus& status);

}  // namespace tocsin
