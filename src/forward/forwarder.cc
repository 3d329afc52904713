#include "forward/forwarder.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/time.h"
#include "forward/file_source.h"
#include "forward/inventory_source.h"
#include "forward/journal_source.h"
#include "report/json_text.h"

namespace tocsin::forward {

namespace {

constexpr std::int64_t kStatusNs = 2'000'000'000;
constexpr std::chrono::milliseconds kPause{100};

void append_field(std::string& out, const char* name, const std::string& text) {
  out += fmt::format(R"(,"{}":)", name);
  append_string(out, text);
}

}  // namespace

Forwarder::~Forwarder() = default;

Result<std::unique_ptr<Forwarder>> Forwarder::open(Env& env, const ForwarderOptions& options) {
  std::unique_ptr<Forwarder> forwarder(new Forwarder(env, options));
  TRY(forwarder->prepare());
  return forwarder;
}

Status Forwarder::prepare() {
  Result<std::unique_ptr<FileLock>> lock = env_.lock_file(options_.folder + "/" + kLockFile);
  if (!lock) return Error{lock.error().code, lock.error().message + "; is `tocsin forward` running on this data already?"};
  lock_ = std::move(*lock);
  identity_ = TRY(read_host_identity(env_, options_.folder));
  if (!options_.server.empty()) identity_.server = options_.server;
  const std::string folder = options_.folder + "/" + kSpoolFolder;
  TRY(env_.make_folder(folder));
  spool_ = TRY(Spool::open(env_, {.folder = folder, .bytes_max = options_.buffer_bytes_max, .say = options_.say}));
  delivery_ = std::make_unique<Delivery>(env_, *spool_, Delivery::Options{.link = identity_.link(), .say = options_.say});
  feed_ = std::make_unique<Feed>(*spool_, [this] { delivery_->wake(); }, options_.say);
  if (!options_.files.empty()) sources_.push_back(std::make_unique<FileSource>(env_, *feed_, FileSource::Options{options_.files, options_.say}));
  if (options_.journal) sources_.push_back(std::make_unique<JournalSource>(env_, *feed_, *options_.shell, JournalSource::Options{options_.journal_folder, options_.say}));
  if (options_.inventory_every_us > 0) {
    sources_.push_back(std::make_unique<InventorySource>(env_, *feed_, InventorySource::Options{options_.inventory_every_us, options_.host, "", options_.say}));
  }
  started_ = env_.now_us();
  return {};
}

void Forwarder::start() { delivery_->start(); }

void Forwarder::run(const std::function<bool()>& stop) {
  while (!stop()) {
    bool more = false;
    for (const auto& source : sources_) more |= source->round();
    const Status synced = spool_->sync();
    if (!synced && trouble_.empty()) options_.say(synced.error().message);
    trouble_ = synced ? feed_->trouble() : synced.error().message;
    write_status(false);
    if (!more) std::this_thread::sleep_for(kPause);
  }
  delivery_->stop();
  (void)spool_->sync(true);
  write_status(true);
}

std::string Forwarder::status() const {
  const Spool::Counts counts = spool_->counts();
  const Delivery::Snapshot delivery = delivery_->snapshot();
  std::string text = R"({"schema":"tocsin.forward/1","server":)";
  append_string(text, identity_.server);
  text += fmt::format(R"(,"connected":{},"connections":{},"started":"{}")", delivery.connected, delivery.connections, format_time(started_));
  text += fmt::format(R"(,"queued":{},"queued_bytes":{},"queue_bytes_max":{},"taken":{},"acknowledged":{},"sent":{},"refused":{},"lost":{})", counts.taken - counts.acknowledged, counts.bytes,
                      counts.bytes_max, counts.taken, counts.acknowledged, delivery.sent, delivery.refused, counts.lost);
  text += R"(,"sources":[)";
  for (const auto& source : sources_) {
    if (source != sources_.front()) text += ',';
    text += R"({"source":)";
    append_string(text, source->name());
    text += fmt::format(R"(,"records":{})", source->records());
    append_field(text, "trouble", source->trouble());
    text += '}';
  }
  text += ']';
  append_field(text, "trouble", trouble_.empty() ? delivery.trouble : trouble_);
  return text + "}\n";
}

void Forwarder::write_status(bool now) {
  const std::int64_t time = env_.monotonic_ns();
  if (!now && time - written_ns_ < kStatusNs) return;
  written_ns_ = time;
  std::string text = status();
  if (text == written_) return;
  const std::string path = options_.folder + "/" + kStatusFile;
  if (env_.write_file(path + ".new", text) && env_.rename_file(path + ".new", path)) written_ = std::move(text);
}

}  // namespace tocsin::forward
