#include "pipeline/service.h"

#include <fmt/format.h>

#include <algorithm>

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
  std::unique_ptr<IngestProcess> ingest;
  bool stopped = false;
};

namespace {

ArchiverOptions archiver_options(const ServiceOptions& options) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  return {options.data, std::chrono::seconds(options.store_after_seconds), {static_cast<std::int64_t>(options.keep_days) * kDayUs, options.keep_bytes}};
}

Error with_help(Error error, std::string_view help) { return {error.code, error.message + "; " + std::string(help)}; }

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
  parts->senders = std::make_unique<StateSenders>(*parts->state, *parts->intake);
  parts->ingest = TRY(IngestProcess::open(env, *parts->intake, *parts->senders, options.listen));
  TRY(parts->stream->start());
  TRY(parts->archiver->start());
  TRY(parts->ingest->run());
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

const std::vector<ServiceAddress>& Service::addresses() const { return parts_->ingest->addresses(); }

Service::Progress Service::progress() const {
  const JournalIntake::Snapshot journal = parts_->intake->snapshot();
  const Stream::Snapshot stream = parts_->stream->snapshot();
  const Archiver::Snapshot archive = parts_->archiver->snapshot();
  const IngestProcess::Snapshot ingest = parts_->ingest->snapshot();
  const std::string* trouble = &journal.trouble;
  if (trouble->empty()) trouble = &stream.trouble;
  if (trouble->empty()) trouble = &archive.trouble;
  if (trouble->empty() && !parts_->stopped) trouble = &ingest.trouble;
  return {journal.committed, stream.position, archive.position, stream.alerts, *trouble};
}

IngestProcess::Snapshot Service::ingest() const { return parts_->ingest->snapshot(); }

void Service::stop() {
  if (std::exchange(parts_->stopped, true)) return;
  if (parts_->ingest != nullptr) parts_->ingest->stop();  // first: the journal is still there to give its answers
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
