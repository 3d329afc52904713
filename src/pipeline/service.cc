#include "pipeline/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "pipeline/archiver.h"
#include "pipeline/file_inputs.h"
#include "pipeline/journal_intake.h"
#include "pipeline/state_senders.h"
#include "pipeline/stream.h"
#include "pipeline/watch.h"
#include "report/json_text.h"
#include "store/certificates.h"
#include "store/disk.h"
#include "store/key_exchange.h"
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
  std::unique_ptr<JournalIntake> intake;
  std::unique_ptr<const Taxonomy> taxonomy;  // the archiver's: it asks no rules, so none of it is exchanged
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Archiver> archiver;
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<StateSenders> senders;
  std::unique_ptr<IngestProcess> ingest;
  std::string warning;
  ServerTls tls;
  std::unique_ptr<Watch> watch;
  std::unique_ptr<ControlServer> control;
  std::unique_ptr<FileInputs> files;
  std::mutex mutex;
  Sandbox sandbox;  // guarded by mutex
  bool stopped = false;
};

namespace {

/// The options of the listeners, with what they show on TLS ports.
Result<ListenOptions> listen_options(Env& env, Seal& master, const ServiceOptions& options, std::string& warning) {
  ListenOptions listen = options.listen;
  std::vector<std::string> listening = {listen.bulk, listen.hec, listen.syslog_tls};
  if (!options.api.empty()) listening.push_back(options.api);
  PreparedTls prepared = TRY(prepare_tls(env, options.data, master, options.tls, listening));
  listen.tls = std::move(prepared.tls);
  warning = std::move(prepared.warning);
  return listen;
}

/// The state, with a name that can be a sender's.
Result<std::unique_ptr<State>> open_for(Env& env, const DataFolder& data, std::string_view name) {
  if (!is_sender_name(name)) return Error{Code::kInvalid, "a sender's name has 1 to 64 letters, digits, '-', '_' or '.'"};
  TRY(make_folders(env, data.path));
  return State::open(data.state(), State::IfMissing::kMake);
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
  parts->tls = listen.tls;
  parts->state = TRY(State::open(options.data.state(), State::IfMissing::kMake, State::IfOlder::kUpgrade));
  parts->intake = std::make_unique<JournalIntake>(TRY(journal::Writer::open(env, options.data.journal(), *parts->master, {})), options.queue_bytes);
  parts->intake->keep_free({[path = options.data.path] { return store::free_bytes(path).value_or(UINT64_MAX); }, options.keep_free_bytes});
  parts->stream = std::make_unique<Stream>(env, std::make_unique<StreamRules>(std::move(first.engine), first.rules), *parts->intake, *parts->state,
                                           options.data.journal(), *parts->master);
  parts->taxonomy = TRY(Taxonomy::load(Taxonomy::shipped()));
  parts->archiver = std::make_unique<Archiver>(env, *parts->taxonomy, *parts->intake, *parts->state, *parts->master, options.data, first.limits());
  parts->reloader = std::make_unique<Reloader>(Reloader::Place{env, *parts->stream, *parts->archiver, *parts->state}, std::move(read), first.broken,
                                               options.log);
  parts->senders = std::make_unique<StateSenders>(*parts->state, *parts->intake);
  parts->ingest = TRY(IngestProcess::open({env, *parts->intake, *parts->senders, starter}, listen));
  TRY(parts->stream->start());
  TRY(parts->archiver->start());
  TRY(parts->state->begin_run(env.now_us()));
  std::unique_ptr<Service> service(new Service(std::move(parts)));
  service->parts_->files = std::make_unique<FileInputs>(env, *service->parts_->intake, *service->parts_->state, FileInputs::Options{options.files, options.log});
  service->parts_->control = TRY(ControlServer::open(options.data.control(), service->commands()));
  service->parts_->watch = std::make_unique<Watch>(env, options.data.trouble(), [progress = service.get()] { return progress->progress().trouble; }, options.log);
  TRY(service->parts_->watch->start());
  TRY(service->parts_->ingest->run());
  service->parts_->files->start();
  return service;
}

/// What may be asked over the control socket.
std::vector<ControlCommand> Service::commands() {
  return {
      {"status", [this](const ControlCall&) -> Result<std::string> { return status_json(TRY(status(*parts_->state))); }},
      {"reload", [this](const ControlCall& call) { return reload(call.cancelled); }},
      {"rotate-key",
       [this](const ControlCall&) -> Result<std::string> {
         std::string text;
         append_string(text, TRY(exchange_key()));
         return text;
       }},
      {"flush", [this](const ControlCall& call) -> Result<std::string> { return fmt::format("{{\"stored\":{}}}", TRY(store_now(call.cancelled))); }},
  };
}

Result<std::string> Service::reload(const std::function<bool()>& cancelled) { return parts_->reloader->reload(cancelled); }

Result<std::string> Service::exchange_key() {
  // A segment that is being begun has its key file, under the old key, before the keys are others: then it is found and sealed anew.
  const UseKeys use = [this](const SealKeys& keys) { parts_->intake->between_commits([&] { parts_->master->rekey(keys); }); };
  const SealKeys keys = TRY(tocsin::exchange_key(*parts_->env, parts_->data, parts_->key_file, use));
  return key_mark(keys.now);
}

Result<journal::Sequence> Service::store_now(const std::function<bool()>& cancelled) { return parts_->archiver->store_now(cancelled); }

const std::vector<ServiceAddress>& Service::addresses() const { return parts_->ingest->addresses(); }

const ServerTls& Service::tls() const { return parts_->tls; }

const std::string& Service::warning() const { return parts_->warning; }

Service::Progress Service::progress() const {
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const Archiver::Snapshot archive = parts_->archiver->snapshot();
  const FileInputs::Progress files = parts_->files->progress();
  const IngestProcess::Snapshot ingest = parts_->ingest->snapshot();
  const std::string* trouble = &journal.trouble;
  if (trouble->empty()) trouble = &stream.trouble;
  if (trouble->empty()) trouble = &archive.trouble;
  if (trouble->empty()) trouble = &files.trouble;
  if (trouble->empty() && !parts_->stopped) trouble = &ingest.trouble;
  return {journal.committed, stream.position, archive.position, stream.alerts, *trouble};
}

Pulse Service::pulse() const {
  (void)progress();  // every part answers
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  return {.journal = {journal.committed, journal.queued_bytes > 0 && journal.trouble.empty()},
          .detection = {stream.position, stream.position < journal.committed && stream.trouble.empty()}};
}

Result<ServiceStatus> Service::status(State& state) const {
  ServiceStatus status;
  status.running = true;
  TRY(add_stored(*parts_->env, parts_->data, state, status));
  // Each is behind the one before it, so it is asked before it: what one has seen, all before it have.
  status.stored = parts_->archiver->snapshot().position;
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  status.looked_at = stream.position;
  status.safe = journal.committed;
  status.queued_bytes = journal.queued_bytes;
  for (std::size_t i = 0; i < journal.ledger.size(); ++i) {
    status.sources.push_back({journal.ledger[i].name, journal.ledger[i].counts, i < stream.sources.size() ? stream.sources[i] : SourceSeen{}});
  }
  status.reload = parts_->reloader->last();
  const IngestProcess::Snapshot ingest = parts_->ingest->snapshot();
  status.ingest = {ingest.pid, ingest.starts, ingest.turned_away, ingest.sandbox, ingest.missing};
  const Sandbox own = sandbox();
  status.core = {own.text(), own.missing};
  status.trouble = progress().trouble;
  return status;
}

void Service::with_engine(const std::function<void(const Engine&)>& look) const { parts_->stream->with_engine(look); }

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
  if (parts_->control != nullptr) parts_->control->stop();
  if (parts_->files != nullptr) parts_->files->stop();
  if (parts_->ingest != nullptr) parts_->ingest->stop();  // first: the journal is still there to give its answers
  parts_->intake->stop();
  parts_->stream->stop();
  parts_->archiver->stop();
  if (parts_->watch != nullptr) parts_->watch->stop();
  (void)parts_->state->end_run(parts_->env->now_us());  // untold, the next start takes this one for killed: more is not lost
}

bool is_sender_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input) {
  if (std::ranges::find(kSenderInputs, input) == std::end(kSenderInputs)) {
    return Error{Code::kInvalid, fmt::format("no input named '{}' has senders; there are bulk and hec", input)};
  }
  const std::unique_ptr<State> state = TRY(open_for(env, data, name));
  std::uint8_t bytes[32];
  TRY(random_bytes(bytes, sizeof bytes));
  std::string token = "tcs_";
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  TRY(state->add_sender({std::string(name), std::string(input), token_digest(token), env.now_us()}));
  return token;
}

Result<Identity> add_syslog_sender(Env& env, const DataFolder& data, const std::string& key_file, std::string_view machine,
                                   std::string_view name) {
  const std::unique_ptr<State> state = TRY(open_for(env, data, name));
  Seal master(TRY(read_or_make_key(env, key_file)));
  const Identity authority = TRY(open_authority(env, data, master, machine));
  Identity sender = TRY(make_client_identity(authority, name, env.now_us()));
  const Certificate facts = TRY(read_certificate(sender.certificate));
  TRY(state->add_sender({std::string(name), "syslog", facts.fingerprint, env.now_us()}));
  return sender;
}

}  // namespace tocsin
