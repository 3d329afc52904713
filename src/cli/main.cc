#include "cli/main.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "cli/retro.h"
#include "cli/searches.h"
#include "cli/verb.h"
#include "pipeline/api_process.h"
#include "collect/poll_wire.h"
#include "pipeline/ingest_child.h"
#include "pipeline/poll_child.h"
#include "pipeline/retro_child.h"
#include "pipeline/search_request.h"
#include "respond/executor/action_wire.h"

namespace tocsin::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {
      {"Logs that you have, without a service", "scan", "every Sigma rule over the logs you have", run_scan},
      {"Logs that you have, without a service", "incidents", "alerts put together: a short list, and why they belong together", run_incidents},
      {"Logs that you have, without a service", "explain", "why a rule fires on an event, or does not", run_explain},
      {"Logs that you have, without a service", "score", "how sure it is that alerts are an attack, with the reasons", run_score},
      {"Logs that you have, without a service", "sources", "what is recognised in logs, and how sure that is", run_sources},
      {"Logs that you have, without a service", "normalize", "what logs say, event by event, as OCSF, ECS or their own fields", run_normalize},
      {"Logs that you have, without a service", "demo", "write a small attack to disk and scan it", run_demo},
      {"What you decide", "case", "what you do to an incident: show, assign, close, merge, split, undo, attach", run_case},
      {"What you decide", "verdict", "what you say of alerts: give, list", run_verdict},
      {"What you decide", "suppress", "alerts that reach nobody for a while: add, list, show, remove", run_suppress},
      {"What you decide", "policy", "what may be done without a person: check, show", run_policy},
      {"What you decide", "playbook", "CACAO playbooks: check, show, simulate, sign, run", run_playbook},
      {"What you decide", "runs", "runs of playbooks: list, show, approve, undo, the stop switch", run_runs},
      {"What you decide", "vault", "secrets that playbooks act with: init, put, list, remove", run_vault},
      {"What you decide", "confidence", "how probable it is that alerts are malicious, and how well that held", run_confidence},
      {"What you decide", "report", "for the boss, the auditor, the authority: incident, period, compliance", run_report},
      {"What you decide", "tune", "filters from verdicts, which hide false positives and no attack", run_tune},
      {"Rules, indicators and formats", "rules", "check, test and list rules; what they cover", run_rules},
      {"Rules, indicators and formats", "intel", "indicators from a TAXII server: collections, fetch", run_intel},
      {"Rules, indicators and formats", "mappings", "formats and log sources as data: test, list", run_mappings},
      {"The service", "serve", "take logs from the network, keep them, and watch them", run_serve},
      {"The service", "forward", "send this host's logs and inventory to a service", run_forward},
      {"The service", "config", "the settings of the service: show, check", run_config},
      {"The service", "sender", "who may send to the service: add, list, remove, dismiss", run_sender},
      {"The service", "poller", "the cloud APIs that are asked for events: list, test", run_poller},
      {"The service", "user", "who may log in to the service: add, list, remove, role, reset", run_user},
      {"The service", "token", "tokens for programs that use the API: add, list, remove", run_token},
      {"The service", "reload", "let the service read its rules and settings again", run_reload},
      {"The service", "status", "what came in, from whom, and what became of it", run_status},
      {"The service", "metrics", "the numbers of the service, and how well confidences held", run_metrics},
      {"What the service has", "alerts", "the alerts that the service stored", run_alerts},
      {"What the service has", "search", "the events that the service stored", run_search},
      {"What the service has", "backtest", "rules over the stored events: which alerts there would have been", run_backtest},
      {"What the service has", "tail", "events as the service receives them", run_tail},
      {"Personal data", "redact", "take personal data and secrets out of lines, as a filter", run_redact},
      {"Personal data", "protect", "what is done to personal data; tokens: reveal, forget, hold", run_protect},
      {"Stored data", "verify", "whether the stored data is what was written", run_verify},
      {"Stored data", "audit", "the record of what was done, and proof that nobody changed it", run_audit},
      {"Stored data", "key", "the key of the stored data: show its mark, exchange it", run_key},
      {"Stored data", "backup", "a whole copy of the stored data, also while the service runs", run_backup},
      {"Stored data", "restore", "a data folder from a backup", run_restore},
  };
  return table;
}

namespace {

void print_help(std::FILE* to) {
  fmt::print(to, "Tocsin finds attacks in logs with Sigma rules and says why.\n\n  tocsin scan ./logs\n");
  std::string_view group;
  for (const Verb& verb : verbs()) {
    if (verb.group != group) fmt::print(to, "\n{}\n", verb.group);
    group = verb.group;
    fmt::print(to, "  {:<10} {}\n", verb.name, verb.summary);
  }
  fmt::print(to, "\n`tocsin VERB --help` says more.\n");
}

/// How many letters have to be put in, left out or exchanged (V. Levenshtein 1966).
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t exchanged = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// The one that was meant, most likely; nullptr if none is like it.
const Verb* nearest(std::string_view name) {
  constexpr std::size_t kWrongMax = 2, kTypedMax = 32;
  if (name.size() > kTypedMax) return nullptr;
  const auto least = std::ranges::min_element(verbs(), {}, [&](const Verb& verb) { return distance(name, verb.name); });
  return distance(name, least->name) <= std::min(kWrongMax, name.size() / 2) ? &*least : nullptr;
}

}  // namespace

int run(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed reader is an error of write(2), not the end of the process
  if (argc < 2) {
    print_help(stderr);
    return kUsage;
  }
  const std::string name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(stdout);
    return kDone;
  }
  if (name == "--version") {
    fmt::print("tocsin {}\n", TOCSIN_VERSION);
    return kDone;
  }
  const std::vector<std::string> arguments(argv + 2, argv + argc);
  if (name == kIngestVerb) return run_ingest(Env::system());  // this and the next six are ours alone: in no list
  if (name == kApiVerb) return run_api(Env::system(), arguments);
  if (name == kPollsVerb) return run_polls(Env::system());
  if (name == kExecutorVerb) return run_executor(Env::system());
  if (name == respond::kActionsVerb) return run_actions(Env::system());
  if (name == kRetroVerb) return run_retro(Env::system(), arguments);
  if (name == kSearchesVerb) return run_searches(Env::system(), arguments);
  const auto verb = std::ranges::find(verbs(), name, &Verb::name);
  if (verb == verbs().end()) {
    const Verb* const meant = nearest(name);
    fmt::print(stderr, "tocsin: no verb is called '{}';{} `tocsin --help` lists them\n", terminal_safe(name), meant == nullptr ? "" : fmt::format(" did you mean '{}'?", meant->name));
    return kUsage;
  }
  return verb->run(Env::system(), arguments);
}

}  // namespace tocsin::cli
