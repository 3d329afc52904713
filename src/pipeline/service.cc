#include "pipeline/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "normalize/mapping_files.h"
#include "pipeline/archiver.h"
#include "pipeline/canary_intake.h"
#include "pipeline/canary_rule.h"
#include "pipeline/file_inputs.h"
#include "pipeline/journal_intake.h"
#include "pipeline/metrics.h"
#include "pipeline/poll_process.h"
#include "pipeline/retro_search.h"
#include "pipeline/rule_list.h"
#include "pipeline/run_desk.h"
#include "pipeline/state_senders.h"
#include "pipeline/stream.h"
#include "pipeline/watch.h"
#include "report/json_text.h"
#include "respond/connector/read_connectors.h"
#include "store/attachments.h"
#include "store/disk.h"
#include "pipeline/token_desk.h"
#include "store/key_exchange.h"
#include "store/sealed_file.h"
#include "store/state.h"

namespace tocsin {

/// In the order in which they are made, so that each outlives what uses it.
struct Service::Parts {
  Env* env = nullptr;
  DataFolder data;
  std::string key_file;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<Seal> master;
  std::unique_ptr<State> state;
  std::unique_ptr<CanaryBook> canary_book;  // nullptr: no canaries
  std::unique_ptr<JournalIntake> intake;
  std::unique_ptr<CanaryIntake> canary_intake;
  std::unique_ptr<const Taxonomy> taxonomy;  // the archiver's, and for alerts: neither asks rules, so none of it is exchanged
  std::unique_ptr<Protection> protection;
  std::unique_ptr<TokenDesk> token_desk;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Archiver> archiver;
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<StateSenders> senders;
  std::unique_ptr<IngestProcess> ingest;
  std::unique_ptr<ApiProcess> api;
  std::vector<ServiceAddress> addresses;
  std::string warning;
  std::unique_ptr<State> asked;  // a connection of its own, so that who asks does not hold the stream of detection up
  std::unique_ptr<AuditFeed> audit;
  std::unique_ptr<Watch> watch;
  std::unique_ptr<ControlServer> control;
  std::unique_ptr<FileInputs> files;
  std::unique_ptr<PollProcess> polls;
  std::unique_ptr<RetroSearch> retro;
  std::unique_ptr<RunDesk> runs;
  std::unique_ptr<Canaries> canaries;
  std::unique_ptr<SilentSources> silent;
  std::mutex mutex;
  Sandbox sandbox;  // guarded by mutex
  bool stopped = false;

  Status open_canaries(const CanaryOptions& options);
};

Status Service::Parts::open_canaries(const CanaryOptions& options) {
  const Canaries::Path path{[this] { return CanaryBook::Progress{stream->snapshot().position, archiver->snapshot().position}; }, [this] { return archiver->wait_most(); }};
  canaries = TRY(Canaries::open(*env, *canary_book, ingest->addresses(), options, path));
  return {};
}

namespace {

/// The options of the listeners, with what they show on TLS ports.
Result<ListenOptions> listen_options(Env& env, Seal& master, const ServiceOptions& options, std::string& warning) {
  ListenOptions listen = options.listen;
  std::vector<std::string> listening = {listen.bulk, listen.hec, listen.syslog_tls, listen.gelf_tls, listen.otlp, listen.journal};
  if (!options.api.empty()) listening.push_back(options.api);
  for (const std::string* const address : {&listen.relp, &listen.forward, &listen.lumberjack}) {
    if (!address->empty()) listening.push_back(*address);
  }
  PreparedTls prepared = TRY(prepare_tls(env, options.data, master, options.tls, listening));
  listen.tls = std::move(prepared.tls);
  warning = std::move(prepared.warning);
  return listen;
}

/// nullptr where none is wanted.
Result<std::unique_ptr<ApiProcess>> open_api(Env& env, ProgramStarter& starter, const ServiceOptions& options, const ServerTls& tls, Seal& master) {
  if (options.api.empty()) return std::unique_ptr<ApiProcess>();
  return ApiProcess::open({env, starter}, options.data, options.key_file,
                          {options.api, options.api_words, tls, TRY(second_factor_key(env, options.data, master)), TRY(attachments_key(env, options.data, master)), options.mappings});
}

/// Records that wait for the rules; with more the last word of a source may be old.
constexpr std::uint64_t kSilenceBehindMax = 100'000;

/// nullptr where none are wanted.
Result<std::unique_ptr<baseline::Baselines>> open_baselines(const ServiceOptions& options) {
  if (!options.baselines) return std::unique_ptr<baseline::Baselines>();
  return std::make_unique<baseline::Baselines>(TRY(baseline::BaselineFields::shipped()));
}

constexpr std::size_t kRespondFileBytesMax = 4u << 20;

/// From the files that the settings name.
Result<RunDesk::Options> run_options(Env& env, const ServiceOptions& options) {
  RunDesk::Options runs;
  runs.policy_file = options.respond_policy.empty() ? "the shipped policy" : options.respond_policy;
  runs.policy = options.respond_policy.empty() ? std::string(respond::shipped_decision_policy()) : TRY(env.read_file(options.respond_policy, kRespondFileBytesMax));
  if (!options.respond_connectors.empty()) {
    const std::string text = TRY(env.read_file(options.respond_connectors, kRespondFileBytesMax));
    for (const respond::ConnectorSettings& one : TRY(respond::read_connectors(options.respond_connectors, text))) {
      std::vector<std::string>& texts = runs.connectors.emplace_back();
      texts.push_back(one.name);
      for (const auto& [name, value] : one.values) texts.insert(texts.end(), {name, value});
    }
  }
  runs.playbooks = options.playbooks;
  runs.vault = options.vault;
  runs.vault_key = options.vault_key;
  runs.check.agent_types.insert(options.agent_types.begin(), options.agent_types.end());
  runs.say = options.log;
  return runs;
}

std::string string_text(std::string_view text) {
  std::string json;
  append_string(json, text);
  return json;
}

/// The API says for whom it asks.
Actor who_asks(const ControlRequest& request, Env& env) {
  const std::string who(request.argument("who"));
  return {who.empty() ? "command line" : who, std::string(request.argument("address")), env.now_us()};
}

std::string reveals_json(const std::vector<RevealRequest>& requests) {
  std::string body = R"({"reveals":[)";
  for (const RevealRequest& request : requests) {
    body += &request == requests.data() ? "{" : ",{";
    for (const auto& [key, value] : {std::pair("token", request.token), std::pair("who", request.who), std::pair("reason", request.reason), std::pair("incident", request.incident),
                                     std::pair("approved_by", request.approved_by)}) {
      append_part(body, key, value);
      body += ',';
    }
    body += R"("made":)";
    append_time_or_null(body, request.made);
    body += '}';
  }
  return body + "]}";
}

Error with_help(Error error, std::string_view help) { return {error.code, error.message + "; " + std::string(help)}; }

}  // namespace

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() { stop(); }

Result<std::unique_ptr<Service>> Service::start(Env& env, ProgramStarter& starter, ServiceConfiguration first, ReadConfiguration read,
                                                const ServiceOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->env = &env;
  parts->data = options.data;
  parts->key_file = options.key_file;
  TRY(make_folders(env, options.data.path));
  Result<std::unique_ptr<FileLock>> lock = env.lock_file(options.data.lock());
  if (!lock) return with_help(lock.error(), "is `tocsin serve` running on this data already?");
  parts->lock = std::move(*lock);
  SealKeys keys = TRY(read_or_make_key(env, options.key_file));
  keys = TRY(finish_exchange(env, options.data, options.key_file, std::move(keys), [](const SealKeys&) {}));
  parts->master = std::make_unique<Seal>(keys);
  const ListenOptions listen = TRY(listen_options(env, *parts->master, options, parts->warning));
  parts->state = TRY(State::open(options.data.state(), State::IfMissing::kMake, State::IfOlder::kUpgrade));
  CaseLog acts(*parts->state);
  TRY(sweep_attachments(env, options.data, acts));  // of uploads that a crash cut short
  parts->intake = std::make_unique<JournalIntake>(TRY(journal::Writer::open(env, options.data.journal(), *parts->master, {})), options.queue_bytes);
  parts->intake->keep_free({[path = options.data.path] { return store::free_bytes(path).value_or(UINT64_MAX); }, options.keep_free_bytes});
  if (options.canary.every.count() > 0) {
    parts->canary_book = std::make_unique<CanaryBook>(env, TRY(parts->intake->source(kCanarySource)));
    parts->canary_intake = std::make_unique<CanaryIntake>(*parts->intake, *parts->canary_book);
  }
  parts->taxonomy = TRY(load_taxonomy(env, options.mappings));
  parts->protection = TRY(Protection::open(env, options.data, *parts->master, options.policy));
  parts->token_desk = std::make_unique<TokenDesk>(parts->protection->tokens(), options.reveal_people);
  if (const std::size_t on_trial = TRY(try_new_rules(first, *parts->state, env.now_us())); on_trial > 0) options.log(words_of_trials(on_trial));
  parts->stream = std::make_unique<Stream>(Stream::Place{env, *parts->taxonomy, *parts->protection, *parts->intake, *parts->state, *parts->master, options.data.path, parts->canary_book.get()},
                                           std::make_unique<StreamRules>(std::move(first.engine), first.rules), options.data.journal(), TRY(open_baselines(options)));
  parts->stream->set_enricher(first.enricher);
  parts->archiver = std::make_unique<Archiver>(env, *parts->taxonomy, *parts->protection, *parts->intake, *parts->state, *parts->master, options.data, first.limits());
  parts->reloader = std::make_unique<Reloader>(Reloader::Place{env, *parts->stream, *parts->archiver, *parts->state}, std::move(read), first,
                                               options.log);
  parts->senders = std::make_unique<StateSenders>(*parts->state, *parts->intake, StateSenders::Enrolling{env, options.data, *parts->master, options.tls.machine.front()});
  Intake& received = parts->canary_intake == nullptr ? static_cast<Intake&>(*parts->intake) : *parts->canary_intake;
  parts->ingest = TRY(IngestProcess::open({env, received, *parts->senders, starter}, listen));
  parts->api = TRY(open_api(env, starter, options, listen.tls, *parts->master));
  parts->addresses = parts->ingest->addresses();
  if (parts->api != nullptr) parts->addresses.push_back(parts->api->address());
  parts->asked = TRY(State::open(options.data.state(), State::IfMissing::kFail));
  if (parts->canary_book != nullptr) TRY(parts->open_canaries(options.canary));
  RunDesk::Options runs = TRY(run_options(env, options));
  parts->runs = TRY(RunDesk::open({env, parts->data, *parts->master, *parts->asked, starter}, std::move(runs)));
  parts->audit = std::make_unique<AuditFeed>(AuditFeed::Place{env, options.data, *parts->master, *parts->asked, *parts->protection, *parts->taxonomy}, options.audit);
  parts->audit->add(parts->runs->audit_source());
  TRY(parts->stream->start());
  TRY(parts->archiver->start());
  parts->audit->start();
  TRY(parts->state->begin_run(env.now_us()));
  std::unique_ptr<Service> service(new Service(std::move(parts)));
  service->parts_->files = std::make_unique<FileInputs>(env, *service->parts_->intake, *service->parts_->state, FileInputs::Options{.names = options.files, .say = options.log, .mail = options.mail});
  service->parts_->polls = std::make_unique<PollProcess>(PollProcess::Place{env, *service->parts_->intake, *service->parts_->state, starter}, PollProcess::Options{options.pollers, options.data.path, [parts = service->parts_.get(), log = options.log] {
                                                           if (const Status loaded = parts->reloader->reload_enrichment(); !loaded) log(loaded.error().message);
                                                         }, options.log});
  service->parts_->retro = std::make_unique<RetroSearch>(RetroSearch::Place{env, *service->parts_->stream, *service->parts_->archiver, *service->parts_->asked, starter},
                                                         RetroSearch::Options{options.data, options.key_file, options.mappings, [reloader = service->parts_->reloader.get()] { return reloader->retro_days(); }, options.log});
  service->parts_->control = TRY(ControlServer::open(options.data.control(), service->commands()));
  service->parts_->watch = std::make_unique<Watch>(env, options.data.trouble(), [progress = service.get()] { return progress->progress().trouble; }, options.log);
  TRY(service->parts_->watch->start());
  TRY(service->parts_->ingest->run());
  service->parts_->files->start();
  service->parts_->polls->start();
  service->parts_->retro->start();
  if (service->parts_->canaries != nullptr) service->parts_->canaries->start();
  if (options.watch_silence) TRY(service->watch_silence(options.log));
  if (service->parts_->api != nullptr) TRY(service->parts_->api->run());
  return service;
}

/// What may be asked over the control socket.
std::vector<ControlCommand> Service::commands() {
  return {
      {"status", [this](const ControlCall&) -> Result<std::string> { return status_json(TRY(status())); }},
      {"metrics", [this](const ControlCall&) -> Result<std::string> { return string_text(service_metrics(*parts_->env, TRY(status()))); }},
      {"trouble",
       [this](const ControlCall&) -> Result<std::string> {
         const std::string trouble = progress().trouble;
         return trouble.empty() ? "null" : string_text(trouble);
       }},
      {"rules",
       [this](const ControlCall&) -> Result<std::string> {
         std::string rules;
         parts_->stream->with_engine([&rules](const Engine& engine) { rules = rules_json(engine); });
         return rules;
       }},
      {"tokens", [this](const ControlCall& call) -> Result<std::string> { return deal_with_tokens(call.request); }},
      {"approve-reveal", [this](const ControlCall& call) { return approve_reveal(call.request); }},
      {"reveals", [this](const ControlCall&) -> Result<std::string> { return reveals_json(parts_->token_desk->requests(parts_->env->now_us())); }},
      {"playbooks", [this](const ControlCall&) { return parts_->runs->playbooks(); }},
      {"playbook-trust", [this](const ControlCall& call) { return parts_->runs->trust(call.request, who_asks(call.request, *parts_->env)); }},
      {"runs", [this](const ControlCall& call) { return parts_->runs->list(call.request); }},
      {"run", [this](const ControlCall& call) { return parts_->runs->show(call.request); }},
      {"run-start", [this](const ControlCall& call) { return parts_->runs->start(call.request, who_asks(call.request, *parts_->env)); }},
      {"run-answer", [this](const ControlCall& call) { return parts_->runs->answer(call.request, who_asks(call.request, *parts_->env)); }},
      {"run-steer", [this](const ControlCall& call) { return parts_->runs->steer(call.request, who_asks(call.request, *parts_->env)); }},
      {"stop-all", [this](const ControlCall& call) { return parts_->runs->switch_all(true, call.request, who_asks(call.request, *parts_->env)); }},
      {"lift", [this](const ControlCall& call) { return parts_->runs->switch_all(false, call.request, who_asks(call.request, *parts_->env)); }},
      {"reload", [this](const ControlCall& call) { return reload(call.cancelled); }},
      {"rotate-key", [this](const ControlCall&) -> Result<std::string> { return string_text(TRY(exchange_key())); }},
      {"sign-audit", [this](const ControlCall&) -> Result<std::string> { return string_text(TRY(parts_->audit->sign_now())); }},
      {"dismiss-silence", [this](const ControlCall& call) { return dismiss_silence(call.request); }},
      {"flush", [this](const ControlCall& call) -> Result<std::string> { return fmt::format("{{\"stored\":{}}}", TRY(store_now(call.cancelled))); }},
  };
}

Result<std::string> Service::deal_with_tokens(const ControlRequest& request) {
  const std::optional<TokenAction> action = token_action(request.argument("action"));
  if (!action) return Error{Code::kInvalid, "nothing of that name is done with tokens"};
  Accounts accounts(*parts_->asked);
  const TokenDeed deed{*action, std::string(request.argument("what")), std::string(request.argument("reason")), std::string(request.argument("incident"))};
  return string_text(TRY(parts_->token_desk->deal(accounts, deed, who_asks(request, *parts_->env))));
}

Result<std::string> Service::approve_reveal(const ControlRequest& request) {
  Accounts accounts(*parts_->asked);
  TRY(parts_->token_desk->approve(accounts, std::string(request.argument("token")), who_asks(request, *parts_->env)));
  return std::string("true");
}

Result<std::string> Service::dismiss_silence(const ControlRequest& request) {
  const std::string source(request.argument("source"));
  if (parts_->silent == nullptr) return Error{Code::kInvalid, "the service does not watch which sources fall silent (silence.watch)"};
  if (!TRY(parts_->silent->dismiss(source))) return Error{Code::kInvalid, "nothing is known of a source '" + source + "'; `tocsin status` lists them"};
  Accounts accounts(*parts_->asked);
  TRY(accounts.note(who_asks(request, *parts_->env), "source.dismiss", source, "may be silent"));
  return std::string("true");
}

/// While something is in the way, or rules are behind, who is not heard may have spoken.
Status Service::watch_silence(const std::function<void(const std::string&)>& log) {
  const auto is_open = [this] {
    const Progress progress = this->progress();
    return progress.trouble.empty() && progress.safe - std::min(progress.safe, progress.looked_at) < kSilenceBehindMax;
  };
  parts_->silent = std::make_unique<SilentSources>(SilentSources::Place{*parts_->env, *parts_->asked, [this] { return parts_->stream->snapshot().sources; }, is_open, log});
  return parts_->silent->start();
}

Result<std::string> Service::reload(const std::function<bool()>& cancelled) { 
  TRY(parts_->runs->load());
  return parts_->reloader->reload(cancelled);
}

Result<std::string> Service::exchange_key() {
  // A segment that is being begun has its key file, under the old key, before the keys are others: then it is found and sealed anew.
  const UseKeys use = [this](const SealKeys& keys) { parts_->intake->between_commits([&] { parts_->runs->between_commits([&] { parts_->master->rekey(keys); }); }); };
  const SealKeys keys = TRY(tocsin::exchange_key(*parts_->env, parts_->data, parts_->key_file, use));
  return key_mark(keys.now);
}

Result<journal::Sequence> Service::store_now(const std::function<bool()>& cancelled) { return parts_->archiver->store_now(cancelled); }

const std::vector<ServiceAddress>& Service::addresses() const { return parts_->addresses; }

std::string Service::admin_link() const { return parts_->api == nullptr ? std::string() : parts_->api->admin_link(); }

const std::string& Service::warning() const { return parts_->warning; }

Service::Progress Service::progress() const {
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const Archiver::Snapshot archive = parts_->archiver->snapshot();
  const FileInputs::Progress files = parts_->files->progress();
  const IngestProcess::Snapshot ingest = parts_->ingest->snapshot();
  const PollProcess::Snapshot polls = parts_->polls->snapshot();
  const ApiProcess::Snapshot api = parts_->api == nullptr ? ApiProcess::Snapshot() : parts_->api->snapshot();
  const std::string* trouble = &journal.trouble;
  if (trouble->empty()) trouble = &stream.trouble;
  if (trouble->empty()) trouble = &archive.trouble;
  if (trouble->empty()) trouble = &files.trouble;
  if (trouble->empty() && !parts_->stopped) trouble = &ingest.trouble;
  if (trouble->empty() && !parts_->stopped) trouble = &polls.trouble;
  if (trouble->empty() && !parts_->stopped) trouble = &api.trouble;
  const AuditFeed::Snapshot audit = parts_->audit->snapshot();
  if (trouble->empty()) trouble = &audit.trouble;
  if (trouble->empty()) trouble = &audit.copy_trouble;
  std::string canary;
  if (trouble->empty() && !parts_->stopped && parts_->canaries != nullptr) {  // last: the others say it more closely
    canary = parts_->canaries->trouble();
    trouble = &canary;
  }
  return {journal.committed, stream.position, archive.position, stream.alerts, *trouble};
}

Pulse Service::pulse() const {
  (void)progress();  // every part answers
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  return {.journal = {journal.committed, journal.queued_bytes > 0 && journal.trouble.empty()},
          .detection = {stream.position + stream.learnt, stream.position < journal.committed && stream.trouble.empty()}};
}

Result<ServiceStatus> Service::status() const {
  ServiceStatus status;
  status.running = true;
  TRY(add_stored(*parts_->env, parts_->data, *parts_->asked, status));
  // Each is behind the one before it, so it is asked before it: what one has seen, all before it have.
  status.stored = parts_->archiver->snapshot().position;
  const Stream::Snapshot stream = parts_->stream->snapshot();
  status.indicator_alerts = stream.indicator_alerts;
  status.baselines = {.on = stream.has_baselines, .log_ins = stream.logins.all, .log_ins_placed = stream.logins.placed, .held_back = stream.signs_held_back};
  parts_->stream->with_engine([&](const Engine& engine) {
    for (std::size_t i = 0; i < kBaselineKindNames.size(); ++i) {
      if (engine.promoted().has(static_cast<BaselineKind>(i))) status.baselines.alerts.emplace_back(kBaselineKindNames[i]);
    }
  });
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  status.looked_at = stream.position;
  status.safe = journal.committed;
  status.queued_bytes = journal.queued_bytes;
  for (std::size_t i = 0; i < journal.ledger.size(); ++i) {
    if (is_of_canaries(journal.ledger[i])) continue;
    status.sources.push_back({journal.ledger[i].name, journal.ledger[i].counts, i < stream.sources.size() ? stream.sources[i] : SourceSeen{}});
  }
  for (Silence& silence : parts_->silent == nullptr ? std::vector<Silence>() : parts_->silent->now()) {
    const auto source = std::ranges::find(status.sources, silence.source, &ServiceStatus::Source::name);
    if (source != status.sources.end()) source->silence = std::move(silence);
  }
  status.reload = parts_->reloader->last();
  if (const auto enricher = parts_->stream->enricher()) status.enrichment = enricher->files();
  status.retro = parts_->retro->snapshot();
  const IngestProcess::Snapshot ingest = parts_->ingest->snapshot();
  status.ingest = {ingest.pid, ingest.starts, ingest.turned_away, ingest.sandbox, ingest.missing};
  if (parts_->api != nullptr) {
    const ApiProcess::Snapshot api = parts_->api->snapshot();
    status.api = {api.pid, api.starts, api.sandbox, api.missing};
  }
  const PollProcess::Snapshot polls = parts_->polls->snapshot();
  status.executor = {polls.executor, polls.starts, polls.sandbox, polls.missing};
  for (const PollProcess::One& one : polls.pollers) {
    status.pollers.push_back({one.name, one.kind, one.source, one.news.last_answer, one.news.due, one.news.read_up_to, one.news.requests, one.news.trouble});
  }
  if (parts_->canaries != nullptr) {
    status.canary.every = parts_->canaries->options().every;
    status.canary.late = parts_->canaries->options().late;
    status.canary.address = parts_->canaries->address();
    status.canary.seen = parts_->canary_book->snapshot();
  }
  const AuditFeed::Snapshot audit = parts_->audit->snapshot();
  status.audit = {audit.leaves, audit.signed_leaves, audit.waiting, audit.signed_at, audit.trouble.empty() ? audit.copy_trouble : audit.trouble};
  const Sandbox own = sandbox();
  status.core = {own.text(), own.missing};
  status.trouble = progress().trouble;
  return status;
}

IngestProcess::Snapshot Service::ingest() const { return parts_->ingest->snapshot(); }

void Service::tell_sandbox(const Sandbox& sandbox) {
  const std::lock_guard<std::mutex> lock(parts_->mutex);
  parts_->sandbox = sandbox;
}

Sandbox Service::sandbox() const {
  const std::lock_guard<std::mutex> lock(parts_->mutex);
  return parts_->sandbox;
}

void Service::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  if (parts_->silent != nullptr) parts_->silent->stop();
  if (parts_->canaries != nullptr) parts_->canaries->stop();
  if (parts_->api != nullptr) parts_->api->stop();
  if (parts_->control != nullptr) parts_->control->stop();
  if (parts_->runs != nullptr) parts_->runs->stop();
  if (parts_->files != nullptr) parts_->files->stop();
  if (parts_->polls != nullptr) parts_->polls->stop();
  if (parts_->retro != nullptr) parts_->retro->stop();
  if (parts_->ingest != nullptr) parts_->ingest->stop();  // first: the journal is still there to give its answers
  parts_->intake->stop();
  parts_->stream->stop();
  parts_->archiver->stop();
  parts_->audit->stop();  // what the others did last is in it
  if (parts_->watch != nullptr) parts_->watch->stop();
  (void)parts_->state->end_run(parts_->env->now_us());  // untold, the next start takes this one for killed: more is not lost
}

}  // namespace tocsin
