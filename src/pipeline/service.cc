#include "pipeline/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "collect/elastic_endpoint.h"
#include "collect/hec_endpoint.h"
#include "collect/http_listener.h"
#include "collect/syslog_listener.h"
#include "collect/syslog_udp.h"
#include "pipeline/archiver.h"
#include "pipeline/journal_intake.h"
#include "pipeline/state_senders.h"
#include "pipeline/stream.h"
#include "store/state.h"

namespace tocsin {

/// In the order in which they are made, so that each outlives what uses it.
struct Service::Parts {
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<Seal> master;
  std::unique_ptr<State> state;
  std::unique_ptr<JournalIntake> intake;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Archiver> archiver;
  std::unique_ptr<StateSenders> senders;
  boost::asio::io_context io;
  std::unique_ptr<ElasticEndpoint> elastic;
  std::unique_ptr<HecEndpoint> hec;
  std::unique_ptr<HttpListener> bulk_listener, hec_listener;
  std::unique_ptr<SyslogListener> syslog_tcp;
  std::unique_ptr<SyslogUdp> syslog_udp;
  std::vector<ServiceAddress> addresses;
  std::thread runs;
  bool stopped = false;
};

namespace {

ArchiverOptions archiver_options(const ServiceOptions& options) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  return {options.data, std::chrono::seconds(options.store_after_seconds), {static_cast<std::int64_t>(options.keep_days) * kDayUs, options.keep_bytes}};
}

Error with_help(Error error, std::string_view help) { return {error.code, error.message + "; " + std::string(help)}; }

Result<std::unique_ptr<HttpListener>> listen(boost::asio::io_context& io, HttpEndpoint& endpoint, Env& env, const std::string& address) {
  HttpSettings settings;
  settings.address = address;
  return HttpListener::open(io, endpoint, env, settings);
}

}  // namespace

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() { stop(); }

Result<std::unique_ptr<Service>> Service::start(Env& env, Engine& engine, const ServiceOptions& options) {
  auto parts = std::make_unique<Parts>();
  TRY(make_folders(env, options.data.path));
  Result<std::unique_ptr<FileLock>> lock = env.lock_file(options.data.lock());
  if (!lock) return with_help(lock.error(), "is `tocsin serve` running on this data already?");
  parts->lock = std::move(*lock);
  parts->master = std::make_unique<Seal>(TRY(read_or_make_key(env, options.key_file)));
  parts->state = TRY(State::open(options.data.state(), State::IfMissing::kMake));
  parts->intake = std::make_unique<JournalIntake>(TRY(journal::Writer::open(env, options.data.journal(), *parts->master, {})));
  parts->stream = std::make_unique<Stream>(env, engine, *parts->intake, *parts->state, options.data.journal(), *parts->master);
  parts->archiver = std::make_unique<Archiver>(env, engine, *parts->intake, *parts->state, *parts->master,
                                               archiver_options(options));
  parts->senders = std::make_unique<StateSenders>(env, *parts->state, *parts->intake);
  parts->elastic = std::make_unique<ElasticEndpoint>(*parts->intake, *parts->senders, env);
  parts->hec = std::make_unique<HecEndpoint>(*parts->intake, *parts->senders);
  parts->bulk_listener = TRY(listen(parts->io, *parts->elastic, env, options.bulk));
  parts->hec_listener = TRY(listen(parts->io, *parts->hec, env, options.hec));
  const SyslogContext syslog{*parts->intake, *parts->senders, env};
  SyslogSettings tcp;
  tcp.address = options.syslog;
  parts->syslog_tcp = TRY(SyslogListener::open(parts->io, syslog, tcp));
  SyslogUdpSettings udp;
  udp.address = options.syslog;
  parts->syslog_udp = TRY(SyslogUdp::open(parts->io, syslog, udp));
  parts->addresses = {{"bulk", parts->bulk_listener->address()},
                      {"hec", parts->hec_listener->address()},
                      {"syslog_tcp", parts->syslog_tcp->address()},
                      {"syslog_udp", parts->syslog_udp->address()}};
  TRY(parts->stream->start());
  TRY(parts->archiver->start());
  parts->runs = std::thread([&io = parts->io] { io.run(); });
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

const std::vector<ServiceAddress>& Service::addresses() const { return parts_->addresses; }

Service::Progress Service::progress() const {
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const Archiver::Snapshot archive = parts_->archiver->snapshot();
  const std::string* trouble = &journal.trouble;
  if (trouble->empty()) trouble = &stream.trouble;
  if (trouble->empty()) trouble = &archive.trouble;
  return {journal.committed, stream.position, archive.position, stream.alerts, *trouble};
}

void Service::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->bulk_listener->stop();
  parts_->hec_listener->stop();
  parts_->syslog_tcp->stop();
  parts_->syslog_udp->stop();
  // Returns by itself, once requests under way have their answers: the journal is still there to give them.
  if (parts_->runs.joinable()) parts_->runs.join();
  parts_->intake->stop();
  parts_->stream->stop();
  parts_->archiver->stop();
}

bool is_sender_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input) {
  if (!is_sender_name(name)) return Error{Code::kInvalid, "a sender's name has 1 to 64 letters, digits, '-', '_' or '.'"};
  if (std::ranges::find(kSenderInputs, input) == std::end(kSenderInputs)) {
    return Error{Code::kInvalid, fmt::format("no input named '{}' has senders; there are bulk and hec", input)};
  }
  TRY(make_folders(env, data.path));
  const std::unique_ptr<State> state = TRY(State::open(data.state(), State::IfMissing::kMake));
  std::uint8_t bytes[32];
  TRY(random_bytes(bytes, sizeof bytes));
  std::string token = "tcs_";
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  TRY(state->add_sender({std::string(name), std::string(input), token_digest(token), env.now_us()}));
  return token;
}

}  // namespace tocsin
