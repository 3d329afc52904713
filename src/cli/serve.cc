// tocsin serve: the verb. What it does is pipeline/service.h; here are its options, the signals that end it, and what it says.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/machine.h"
#include "base/memory.h"
#include "base/sandbox.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cli/data_options.h"
#include "cli/enrich_options.h"
#include "cli/output.h"
#include "cli/rule_set.h"
#include "cli/setting_options.h"
#include "cli/systemd.h"
#include "cli/verb.h"
#include "collect/poller_settings.h"
#include "pipeline/baseline_cards.h"
#include "pipeline/feed_intake.h"
#include "pipeline/canary_rule.h"
#include "pipeline/service.h"
#include "report/json_text.h"

namespace tocsin::cli {

namespace {

struct ServeArguments {
  DataOptions data;
  SettingOptions given;  // on the command line
  std::string config, ready_file;
};

void describe(CLI::App& app, ServeArguments& args) {
  app.add_option("--config", args.config, "settings (default: " + default_config_file() + ", if it is there)")->type_name("FILE");
  args.data.add_to(app, true);
  args.given.add_to(app);
  app.add_option("--ready-file", args.ready_file, "write the addresses in use there, as JSON, once all is ready")->type_name("FILE");
}

/// From the command line and the file.
Settings read_settings(Env& env, const ServeArguments& args, std::vector<std::string>& mistakes) {
  Settings settings;
  args.given.give(settings, mistakes);
  settings.read_chosen(env, args.config, mistakes);
  settings.check_together(mistakes);
  return settings;
}

Beyond beyond(const std::string& choice) { return choice == "yes" ? Beyond::kYes : choice == "no" ? Beyond::kNo : Beyond::kAuto; }

std::string or_nowhere(const std::string& address) { return address == "none" ? "" : address; }

ServiceOptions service_options(const ServeArguments& args, const Settings& settings) {
  ServiceOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.listen.bulk = settings.text(kBulk);
  options.listen.hec = settings.text(kHec);
  options.listen.syslog = settings.text(kSyslog);
  options.listen.syslog_tls = settings.text(kSyslogTls);
  options.listen.relp = or_nowhere(settings.text(kRelp));
  options.listen.forward = or_nowhere(settings.text(kForward));
  options.listen.lumberjack = or_nowhere(settings.text(kLumberjack));
  options.listen.gelf = or_nowhere(settings.text(kGelf));
  options.listen.gelf_tls = or_nowhere(settings.text(kGelfTls));
  options.listen.otlp = or_nowhere(settings.text(kOtlp));
  options.listen.journal = or_nowhere(settings.text(kJournal));
  options.listen.netflow = or_nowhere(settings.text(kNetflow));
  options.listen.forward_keys = beyond(settings.text(kForwardKeys));
  options.listen.streams_tls = beyond(settings.text(kTlsStreams));
  options.listen.http_tls = beyond(settings.text(kTlsHttp));
  options.listen.syslog_certificates = beyond(settings.text(kTlsSenders));
  options.tls = {settings.text(kTlsCertificate), settings.text(kTlsKey), machine_names(), settings.value(kTlsNames).texts};
  options.api = or_nowhere(settings.text(kApi));
  options.api_words = words_for(settings, kSettingsOfApi);
  options.api_words.insert(options.api_words.end(), {"--data", options.data.path});
  options.queue_bytes = settings.number(kQueueBytes);
  options.keep_free_bytes = settings.number(kKeepFree);
  options.log = complain_lines;
  options.files = settings.value(kFiles).texts;
  options.mail.authserv_ids = settings.value(kAuthservIds).texts;
  options.pollers = settings.value(kPollers).texts;
  options.policy = settings.text(kProtectPolicy);
  options.reveal_people = settings.text(kProtectReveal) == "two" ? 2 : 1;
  options.mappings = settings.value(kMappings).texts;
  options.canary = {std::chrono::seconds(settings.number(kCanaryEvery)), std::chrono::seconds(settings.number(kCanaryLate))};
  options.respond_policy = settings.text(kRespondPolicy);
  options.respond_connectors = settings.text(kRespondConnectors);
  options.playbooks = settings.value(kRespondPlaybooks).texts;
  options.vault = settings.text(kRespondVault);
  options.vault_key = settings.text(kRespondVaultKey);
  options.agent_types = settings.value(kRespondAgents).texts;
  options.audit = {std::chrono::seconds(settings.number(kAuditEvery)), settings.text(kAuditCopy), settings.text(kAuditSyslog)};
  options.watch_silence = settings.text(kSilence) == "yes";
  options.baselines = settings.text(kBaselines) == "yes";
  return options;
}

/// Files that the service writes itself of what it gets from feeds, as far as there are any yet.
void add_feeds(Env& env, const Settings& settings, const std::string& data, enrich::EnrichSettings& wanted) {
  for (const std::string& text : settings.value(kPollers).texts) {
    const Result<PollerSettings> poller = read_poller(text);
    if (!poller || !poller->is_feed() || !env.exists(feed_path(data, poller->name))) continue;
    const std::string& confidence = poller->value("confidence");
    wanted.indicators.push_back({.file = feed_path(data, poller->name), .name = poller->name, .category = poller->value("category"),
                                 .score = confidence.empty() ? std::nullopt : std::optional<int>(std::stoi(confidence)), .alerts = true, .fetched = true});
  }
}

/// nullptr where the settings name nothing.
Result<std::shared_ptr<const enrich::Enricher>> enricher_of(Env& env, const Settings& settings, const std::string& data) {
  enrich::EnrichSettings wanted = enrich_settings(settings);
  add_feeds(env, settings, data, wanted);
  if (wanted.empty()) return std::shared_ptr<const enrich::Enricher>();
  std::vector<std::string> notes;
  std::shared_ptr<const enrich::Enricher> enricher = TRY(enrich::Enricher::load(env, wanted, notes));
  for (const std::string& note : notes) complain(note);
  for (const std::string& warning : enrich::old_databases(enricher->files(), env.now_us())) complain(warning);
  return enricher;
}

/// Which signs make alerts by themselves. They are a part of what rules are in force; what is on trial is in the rules' shadow.
baseline::SignKinds promoted_signs(const Settings& settings, RuleReading& rules) {
  baseline::SignKinds kinds;
  std::string words;
  for (const SettingId id : {kBaselineAlerts, kShadowBaselineAlerts}) {
    for (const std::string& text : settings.value(id).texts) {
      const std::optional<BaselineKind> kind = promotable_kind(text);
      if (!kind) continue;  // the settings have no other
      kinds.add(*kind);
      words += fmt::format(", {}{}", text, id == kBaselineAlerts ? "" : " in shadow");
      if (id == kShadowBaselineAlerts) rules.set.shadow.insert(std::string(baseline_rule_id(*kind)));
    }
  }
  if (kinds.empty()) return kinds;
  rules.facts.paths += "; alerts of signs: " + words.substr(2);
  const Sha256 digest = sha256(rules.facts.sha256 + words);
  rules.facts.sha256.clear();
  append_hex(rules.facts.sha256, digest, digest.size());
  return kinds;
}

/// Mappings are what they were at the start: what is stored goes by them, too.
Result<ServiceConfiguration> configuration(Env& env, RuleReading rules, const Settings& settings, const Settings& first, const std::string& data) {
  if (!rules.failed.empty()) return Error{Code::kInvalid, rules.failed};
  ServiceConfiguration all;
  if (first.number(kCanaryEvery) > 0) TRY(add_canary_rule(rules.set));
  const baseline::SignKinds promoted = promoted_signs(settings, rules);
  all.engine = TRY(make_engine(env, std::move(rules.set), first.value(kMappings).texts));
  all.engine->promote(promoted);
  all.rules = std::move(rules.facts);
  all.try_new_rules = settings.text(kNewRules) == "shadow";
  all.read_enricher = [&env, settings, data] { return enricher_of(env, settings, data); };
  all.enricher = TRY(all.read_enricher());
  if (promoted.has_any_of(baseline::kLoginKinds) && (all.enricher == nullptr || !all.enricher->has_databases())) {
    complain("alerts of log-ins (baseline_alerts) are wanted, but no database says where addresses are: there will be none; enrich.databases names one");
  }
  all.broken = std::move(rules.broken);
  all.store_after_seconds = settings.number(kStoreAfter);
  all.keep_days = settings.number(kKeepDays);
  all.retro_days = read_reach(kSettings[kIntelRetro], settings.text(kIntelRetro)).value_or(0);
  all.keep_bytes = settings.number(kKeepBytes);
  all.keep_alerts_days = settings.number(kKeepAlertsDays);
  all.keep_sources = settings.retention_rules();
  return all;
}

RuleReading rules_of(Env& env, const Settings& settings) {
  return read_rules(env, RuleArguments{.rules = settings.value(kRules).texts, .pipelines = settings.value(kPipelines).texts, .shadow = settings.value(kShadowRules).texts, .new_rules_on_trial = settings.text(kNewRules) == "shadow"});
}

/// All of it once more, for a service that was started with `first`.
Result<ServiceConfiguration> read_again(Env& env, const ServeArguments& args, const Settings& first) {
  std::vector<std::string> mistakes;
  const Settings settings = read_settings(env, args, mistakes);
  if (!mistakes.empty()) return Error{Code::kInvalid, fmt::format("{}", fmt::join(mistakes, "\n"))};
  ServiceConfiguration all = TRY(configuration(env, rules_of(env, settings), settings, first, args.data.folder().path));
  all.need_restart = settings.fixed_that_differ(first);
  return all;
}

std::string folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return folder.empty() ? "." : folder.string();
}

/// It writes its data, whose large folders may be links to other disks, exchanges its key, and says once that it is ready.
Status confine_files(Env& env, ServiceSandbox& sandbox, const ServeArguments& args, const ServiceOptions& options) {
  TRY(make_folders(env, options.data.path));
  TRY(make_folders(env, folder_of(options.key_file)));
  std::vector<std::string> writable = {options.data.path, options.data.journal(), options.data.segments(), folder_of(options.key_file)};
  if (!options.audit.copy_to.empty()) writable.push_back(env.is_folder(options.audit.copy_to) ? options.audit.copy_to : folder_of(options.audit.copy_to));
  if (!args.ready_file.empty()) writable.push_back(folder_of(args.ready_file));
  return sandbox.confine_files(writable);
}

std::string ready_text(const std::vector<ServiceAddress>& addresses, const DataFolder& data, const std::string& admin_link, const IngestProcess::Snapshot& ingest) {
  std::string text = R"({"schema":"tocsin.ready/1","addresses":{)";
  bool first = true;
  for (const ServiceAddress& each : addresses) {
    if (!std::exchange(first, false)) text += ',';
    append_string(text, each.input);
    text += ':';
    append_string(text, each.address);
  }
  text += R"(},"authority":)";
  append_string(text, data.authority_pem());
  text += fmt::format(R"(,"ingest":{{"pid":{},"sandbox":)", ingest.pid);
  append_string(text, ingest.sandbox);
  text += '}';
  if (!admin_link.empty()) {
    text += R"(,"admin_link":)";
    append_string(text, admin_link);
  }
  return text + "}\n";
}

/// As many descriptors as the system lets this process have, not as many as a shell is given: the inputs take more connections than those 1,024. The
/// ingest process inherits it.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// SIGINT, SIGTERM, SIGHUP and SIGCHLD, blocked before the first thread is made so that all of them inherit it.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// The signal that came, or nothing if none did for so long.
std::optional<int> next_signal(const sigset_t& signals, std::optional<std::chrono::microseconds> most) {
  int signal = 0;
  if (!most) {
    sigwait(&signals, &signal);
    return signal;
  }
  const timespec time{static_cast<std::time_t>(most->count() / 1'000'000), static_cast<long>(most->count() % 1'000'000 * 1'000)};
  signal = sigtimedwait(&signals, nullptr, &time);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

/// Until a signal says to end; SIGHUP says to reload, whose outcome the service logs. Meanwhile systemd hears that the service is alive, as long as it is. False if it is not
/// asked to end but has to: SIGCHLD is from the starter, its only child.
bool wait_for_the_end(Service& service, const sigset_t& signals) {
  const auto interval = systemd_watchdog_interval();
  Pulse before = service.pulse();
  while (true) {
    const std::optional<int> signal = next_signal(signals, interval);
    if (signal == SIGCHLD) complain("the process that starts the others is gone; the service has to be started again");
    if (signal && *signal != SIGHUP) return *signal != SIGCHLD;
    if (signal) (void)service.reload([] { return false; });
    if (signal) continue;
    const Pulse now = service.pulse();
    const std::string_view hanging = hanging_part(before, now);
    if (hanging.empty()) {
      tell_systemd("WATCHDOG=1");
    } else {
      complain(fmt::format("{} hangs: it has work, and did none of it since the last look; systemd is not told that the service is alive", hanging));
    }
    before = now;
  }
}

/// Where the first admin's link is. It makes an admin of whoever reads it, so it does not go where others read.
std::string link_text(const std::string& link) {
  if (standard_error_is_journal()) return "nobody can log in yet; `tocsin user add NAME --role admin` prints a link with which the first admin chooses a password";
  return "nobody can log in yet; the first admin chooses a password at " + link;
}

/// What is said once all is ready.
void announce(Env& env, const ServeArguments& args, const ServiceOptions& options, std::uint64_t rules, const Service& service) {
  const std::vector<ServiceAddress>& addresses = service.addresses();
  const std::string admin_link = service.admin_link();
  complain(fmt::format("data in {}, key in {}; {} rules", options.data.path, options.key_file, rules));
  for (const ServiceAddress& each : addresses) complain(fmt::format("{} on {}{}", each.input, each.address, each.tls ? ", TLS" : ""));
  complain(fmt::format("clients of TLS ports believe the service by {}", options.tls.certificate.empty() ? options.data.authority_pem() : "your own certificate"));
  const IngestProcess::Snapshot ingest = service.ingest();
  complain(fmt::format("the network is read by process {}; its sandbox: {}", ingest.pid, ingest.sandbox));
  if (!ingest.missing.empty()) complain("of that sandbox is missing: " + ingest.missing);
  const Sandbox own = service.sandbox();
  complain("the sandbox of the service itself: " + own.text());
  if (!own.missing.empty()) complain("of that sandbox is missing: " + own.missing);
  if (!service.warning().empty()) complain(service.warning());
  complain("`tocsin sender add NAME --input INPUT` makes a token or a certificate; Ctrl-C stops");
  if (!admin_link.empty()) complain(link_text(admin_link));
  if (args.ready_file.empty()) return;
  if (const Status written = env.write_file(args.ready_file, ready_text(addresses, options.data, admin_link, ingest)); !written) complain(written.error().message);
}

}  // namespace

int run_serve(Env& env, const std::vector<std::string>& arguments) {
  ServeArguments args;
  CLI::App app("Takes logs from the network, keeps them, and asks every rule as they come in.", "tocsin serve");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::vector<std::string> mistakes;
  const Settings settings = read_settings(env, args, mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  if (!mistakes.empty()) return kUsage;
  const ServiceOptions options = service_options(args, settings);
  ::umask(077);  // events are for nobody else
  raise_descriptor_limit();
  give_back_large_memory();
  forbid_dumps();
  const sigset_t signals = block_signals();
  const Result<std::unique_ptr<ProgramStarter>> starter = ProgramStarter::fork();
  if (!starter) return complain(starter.error().message), kUsage;
  RuleReading rules = rules_of(env, settings);
  for (const std::string& mistake : rules.shown) fmt::print(stderr, "{}\n", mistake);
  Result<ServiceConfiguration> first = configuration(env, std::move(rules), settings, settings, options.data.path);
  if (!first) return complain_lines(first.error().message), kUsage;
  const std::uint64_t rule_count = first->rules.rules;
  ServiceSandbox sandbox;
  if (const Status confined = confine_files(env, sandbox, args, options); !confined) return complain(confined.error().message), kUsage;
  Result<std::unique_ptr<Service>> service = Service::start(env, **starter, std::move(*first), [&] { return read_again(env, args, settings); }, options);
  if (!service) return complain(service.error().message), kUsage;
  if (const Status confined = sandbox.confine_calls(false); !confined) return complain(confined.error().message), kUsage;
  (*service)->tell_sandbox(sandbox.in_force());
  announce(env, args, options, rule_count, **service);
  tell_systemd("READY=1");
  const bool asked = wait_for_the_end(**service, signals);
  tell_systemd("STOPPING=1");
  (*service)->stop();
  const Service::Progress end = (*service)->progress();
  complain(fmt::format("stopped; {} records are safe, {} looked at, {} stored, {} alerts since the start", end.safe, end.looked_at, end.stored, end.alerts));
  if (!end.trouble.empty()) complain(end.trouble);
  return asked && end.trouble.empty() ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
