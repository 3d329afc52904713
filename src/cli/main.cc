#include "cli/main.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "cli/searches.h"
#include "cli/verb.h"
#include "pipeline/api_process.h"
#include "collect/poll_wire.h"
#include "pipeline/ingest_child.h"
#include "pipeline/poll_child.h"
#include "pipeline/search_request.h"

namespace tocsin::cli {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {
      {"scan", "every Sigma rule over the logs you have", run_scan},
      {"incidents", "alerts put together: a short list, and why they belong together", run_incidents},
      {"case", "what you do to an incident: show, assign, close, merge, split, undo", run_case},
      {"verdict", "what you say of alerts: give, list", run_verdict},
      {"suppress", "alerts that reach nobody for a while: add, list, show, remove", run_suppress},
      {"policy", "what may be done without a person: check, show", run_policy},
      {"confidence", "how probable it is that alerts are malicious, and how well that held", run_confidence},
      {"rules", "check, test and list rules; what they cover", run_rules},
      {"explain", "why a rule fires on an event, or does not", run_explain},
      {"serve", "take logs from the network, keep them, and watch them", run_serve},
      {"forward", "send this host's logs and inventory to a service", run_forward},
      {"config", "the settings of the service: show, check", run_config},
      {"sender", "who may send to the service: add, list, remove", run_sender},
      {"poller", "the cloud APIs that are asked for events: list, test", run_poller},
      {"reload", "let the service read its rules and settings again", run_reload},
      {"user", "who may log in to the service: add, list, remove, role, reset", run_user},
      {"token", "tokens for programs that use the API: add, list, remove", run_token},
      {"status", "what came in, from whom, and what became of it", run_status},
      {"search", "the events that the service stored", run_search},
      {"backtest", "rules over the stored events: which alerts there would have been", run_backtest},
      {"tail", "events as the service receives them", run_tail},
      {"alerts", "the alerts that the service stored", run_alerts},
      {"tune", "filters from verdicts, which hide false positives and no attack", run_tune},
      {"score", "how sure it is that alerts are an attack, with the reasons", run_score},
      {"sources", "what is recognised in logs, and how sure that is", run_sources},
      {"mappings", "formats and log sources as data: test, list", run_mappings},
      {"normalize", "what logs say, event by event, as OCSF, ECS or their own fields", run_normalize},
      {"redact", "take personal data and secrets out of lines, as a filter", run_redact},
      {"protect", "what is done to personal data; tokens: reveal, forget, hold", run_protect},
      {"verify", "whether the stored data is what was written", run_verify},
      {"key", "the key of the stored data: show its mark, exchange it", run_key},
      {"backup", "a whole copy of the stored data, also while the service runs", run_backup},
      {"restore", "a data folder from a backup", run_restore},
      {"demo", "write a small attack to disk and scan it", run_demo},
  };
  return table;
}

namespace {

void print_help(std::FILE* to) {
  fmt::print(to, "Tocsin finds attacks in logs with Sigma rules and says why.\n\n  tocsin scan ./logs\n\nVerbs:\n");
  for (const Verb& verb : verbs()) fmt::print(to, "  {:<10} {}\n", verb.name, verb.summary);
  fmt::print(to, "\n`tocsin VERB --help` says more.\n");
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
  if (name == kIngestVerb) return run_ingest(Env::system());  // this and the next four are ours alone: in no list
  if (name == kApiVerb) return run_api(Env::system(), arguments);
  if (name == kPollsVerb) return run_polls(Env::system());
  if (name == kExecutorVerb) return run_executor(Env::system());
  if (name == kSearchesVerb) return run_searches(Env::system(), arguments);
  const auto verb = std::ranges::find(verbs(), name, &Verb::name);
  if (verb == verbs().end()) {
    fmt::print(stderr, "tocsin: no verb is called '{}'\n\n", name);
    print_help(stderr);
    return kUsage;
  }
  return verb->run(Env::system(), arguments);
}

}  // namespace tocsin::cli
