// The verbs of the command line, in one table (main.cc); one file per verb. `main` looks the first argument up and
// calls its function with the rest. Adding a verb: `tools/new verb NAME`.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

/// What the process exits with; the contract of every verb.
enum Exit : int {
  kDone = 0,
  kAlerts = 1,      // done, and what --fail-level (or a test run) was asked to fail on is there
  kUsage = 2,       // wrong usage or configuration, or not one rule could be loaded
  kIncomplete = 3,  // done, but some inputs could not be read
};

struct Verb {
  const char* group;  // under which the help has it; those of one stand together
  const char* name;
  const char* summary;
  int (*run)(Env& env, const std::vector<std::string>& arguments);
};

const std::vector<Verb>& verbs();

int run_scan(Env& env, const std::vector<std::string>& arguments);
int run_incidents(Env& env, const std::vector<std::string>& arguments);
int run_case(Env& env, const std::vector<std::string>& arguments);
int run_verdict(Env& env, const std::vector<std::string>& arguments);
int run_suppress(Env& env, const std::vector<std::string>& arguments);
int run_policy(Env& env, const std::vector<std::string>& arguments);
int run_vault(Env& env, const std::vector<std::string>& arguments);
int run_runs(Env& env, const std::vector<std::string>& arguments);
int run_playbook(Env& env, const std::vector<std::string>& arguments);
int run_confidence(Env& env, const std::vector<std::string>& arguments);
int run_metrics(Env& env, const std::vector<std::string>& arguments);
int run_rules(Env& env, const std::vector<std::string>& arguments);
int run_explain(Env& env, const std::vector<std::string>& arguments);
int run_serve(Env& env, const std::vector<std::string>& arguments);
int run_config(Env& env, const std::vector<std::string>& arguments);
int run_sender(Env& env, const std::vector<std::string>& arguments);
int run_poller(Env& env, const std::vector<std::string>& arguments);
int run_intel(Env& env, const std::vector<std::string>& arguments);
int run_reload(Env& env, const std::vector<std::string>& arguments);
int run_user(Env& env, const std::vector<std::string>& arguments);
int run_token(Env& env, const std::vector<std::string>& arguments);
int run_status(Env& env, const std::vector<std::string>& arguments);
int run_search(Env& env, const std::vector<std::string>& arguments);
int run_backtest(Env& env, const std::vector<std::string>& arguments);
int run_tail(Env& env, const std::vector<std::string>& arguments);
int run_tune(Env& env, const std::vector<std::string>& arguments);
int run_score(Env& env, const std::vector<std::string>& arguments);
int run_alerts(Env& env, const std::vector<std::string>& arguments);
int run_normalize(Env& env, const std::vector<std::string>& arguments);
int run_mappings(Env& env, const std::vector<std::string>& arguments);
int run_sources(Env& env, const std::vector<std::string>& arguments);
int run_redact(Env& env, const std::vector<std::string>& arguments);
int run_protect(Env& env, const std::vector<std::string>& arguments);
int run_verify(Env& env, const std::vector<std::string>& arguments);
int run_audit(Env& env, const std::vector<std::string>& arguments);
int run_key(Env& env, const std::vector<std::string>& arguments);
int run_backup(Env& env, const std::vector<std::string>& arguments);
int run_restore(Env& env, const std::vector<std::string>& arguments);
int run_forward(Env& env, const std::vector<std::string>& arguments);
int run_demo(Env& env, const std::vector<std::string>& arguments);

/// What `tocsin serve` starts beside itself; nobody else can.
int run_ingest(Env& env);
int run_api(Env& env, const std::vector<std::string>& arguments);
int run_polls(Env& env);
int run_executor(Env& env);
int run_actions(Env& env);

}  // namespace tocsin::cli
