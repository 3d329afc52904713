// tocsin serve: the verb. What it does is pipeline/service.h; here are its options, the signals that end it, and what it says.
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/rule_set.h"
#include "cli/verb.h"
#include "pipeline/service.h"

namespace tocsin::cli {

namespace {

struct ServeArguments {
  RuleArguments rules;
  DataOptions data;
  ServiceOptions service;
  std::string ready_file;
};

void describe(CLI::App& app, ServeArguments& args) {
  args.data.add_to(app, true);
  app.add_option("--rules", args.rules.rules, "Sigma rules: a file, a folder, or 'builtin'; replaces the built-in rules")
      ->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.rules.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--bulk", args.service.bulk, "where to take Elasticsearch _bulk requests")->type_name("ADDRESS:PORT")->capture_default_str();
  app.add_option("--hec", args.service.hec, "where to take Splunk HEC requests")->type_name("ADDRESS:PORT")->capture_default_str();
  app.add_option("--syslog", args.service.syslog, "where to take syslog, over UDP and TCP")->type_name("ADDRESS:PORT")->capture_default_str();
  app.add_option("--store-after", args.service.store_after_seconds, "what came in is in a segment at the latest so many seconds later")
      ->type_name("SECONDS")->check(CLI::Range(0, 86'400))->capture_default_str();
  app.add_option("--keep-days", args.service.keep_days, "delete events that were received longer ago; 0: keep them")
      ->type_name("DAYS")->check(CLI::Range(0, 36'500))->capture_default_str();
  app.add_option("--keep-bytes", args.service.keep_bytes, "delete the oldest events where segments have more than so many bytes (20GB); 0: keep them")
      ->type_name("BYTES")->transform(CLI::AsSizeValue(true))->capture_default_str();
  app.add_option("--ready-file", args.ready_file, "write the addresses in use there, as JSON, once all is ready")->type_name("FILE");
}

std::string ready_text(const Service& service) {
  std::string text = R"({"schema":"tocsin.ready/1","addresses":{)";
  bool first = true;
  for (const ServiceAddress& each : service.addresses()) {
    if (!std::exchange(first, false)) text += ',';
    text += '"';
    append_json_escaped(text, each.input);
    text += "\":\"";
    append_json_escaped(text, each.address);
    text += '"';
  }
  return text + "}}\n";
}

/// SIGINT and SIGTERM, blocked before the first thread is made so that all of them inherit it.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int run_serve(Env& env, const std::vector<std::string>& arguments) {
  ServeArguments args;
  CLI::App app("Takes logs from the network, keeps them, and asks every rule as they come in.", "tocsin serve");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  args.service.data = args.data.folder();
  args.service.key_file = args.data.key_file();
  ::umask(077);  // events are for nobody else
  const sigset_t signals = block_end_signals();
  const std::unique_ptr<Engine> engine = make_engine(env, args.rules);
  if (engine == nullptr) return kUsage;
  Result<std::unique_ptr<Service>> service = Service::start(env, *engine, args.service);
  if (!service) {
    complain(service.error().message);
    return kUsage;
  }
  fmt::print(stderr, "tocsin: data in {}, key in {}; {} rules\n", args.service.data.path, args.service.key_file,
             engine->rules().rules.size());
  for (const ServiceAddress& each : (*service)->addresses()) fmt::print(stderr, "tocsin: {} on {}\n", each.input, each.address);
  fmt::print(stderr, "tocsin: `tocsin sender add NAME --input bulk` makes a token; Ctrl-C stops\n");
  if (!args.ready_file.empty()) {
    if (const Status written = env.write_file(args.ready_file, ready_text(**service)); !written) complain(written.error().message);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*service)->stop();
  const Service::Progress end = (*service)->progress();
  fmt::print(stderr, "tocsin: stopped; {} records are safe, {} looked at, {} stored, {} alerts since the start\n", end.safe, end.looked_at,
             end.stored, end.alerts);
  if (!end.trouble.empty()) complain(end.trouble);
  return end.trouble.empty() ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
