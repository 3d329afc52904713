#include "pipeline/retro_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/program_starter.h"
#include "base/url_host.h"
#include "collect/block.h"
#include "enrich/load_indicators.h"
#include "normalize/mapping_files.h"
#include "pipeline/alert_bodies.h"
#include "pipeline/event_search.h"
#include "pipeline/ingest_messages.h"
#include "pipeline/kept_words.h"
#include "pipeline/message_queue.h"
#include "pipeline/record_reader.h"
#include "pipeline/retro_messages.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin {

namespace {

/// Progress is told so often.
constexpr std::uint64_t kProgressEvery = 20'000;
/// Of the class that gets the disk when nobody else wants it (ioprio_set(2)).
constexpr int kIdleDisk = 3 << 13, kOfProcess = 1;
constexpr int kLeastNice = 19;

void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);  // the service's affair
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-retro");
  ::setpriority(PRIO_PROCESS, 0, kLeastNice);
  ::syscall(SYS_ioprio_set, kOfProcess, 0, kIdleDisk);
  ::syscall(SYS_close_range, kStartedDescriptor + 1, ~0U, 0);  // should something have been left open
  forbid_dumps();
}

/// With write(2): a process that searches has no right to calls of sockets.
void say(std::string_view message) {
  while (!message.empty()) {
    const ssize_t written = ::write(kStartedDescriptor, message.data(), message.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);  // the service is gone, or has enough
    message.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// What an indicator is that stands for another, by the looks of the other.
intel::IndicatorKind kind_by_looks(std::string_view value) {
  if (read_network(value)) return intel::IndicatorKind::kNetwork;
  if (value.find('/') != std::string_view::npos) return intel::IndicatorKind::kUrl;
  if (value.find('@') != std::string_view::npos) return intel::IndicatorKind::kMailbox;
  return intel::hash_size(value) > 0 ? intel::IndicatorKind::kHash : intel::IndicatorKind::kName;
}

struct Hunted {
  std::unique_ptr<intel::IndicatorSet> set;
  bool other_addresses = false;  // networks in the set stand for others
};

bool replaces_addresses(const protect::Policy& policy) {
  return std::ranges::any_of(policy.rules, [](const protect::PolicyRule& rule) { return rule.action == protect::Action::kPrefix; });
}

class Hunt : public store::RecordVisitor {
 public:
  Hunt(Engine& engine, const RetroStart& start, const Hunted& hunted, const ProtectionKey& address_key)
      : engine_(engine), start_(start), hunted_(hunted), addresses_(address_key), writer_(make_ndjson_writer()), worker_(engine, options(), *writer_, no_hits_) {
    worker_.ask_for(*hunted.set, [this](std::vector<intel::IndicatorHit>& hits) { judge(hits); });
  }

  bool record(const store::StoredRecord& record) override {
    if (++done_.events % kProgressEvery == 0) say(retro_progress_message(done_.events));
    if (record.sequence >= start_.before) return true;  // the stream asks them
    put_record(record.raw, record.received, block_);
    source_ = record.source;
    worker_.process(block_, source_, result_);
    if (!result_.alerts.empty()) tell(record);
    return !done_.full;
  }
  RetroDone& done() { return done_; }

 private:
  static WorkerOptions options() {
    WorkerOptions options;
    options.tally = false;
    return options;
  }

  void tell(const store::StoredRecord& record) {
    AlertBodies bodies(result_);
    for (const PendingAlert& pending : result_.alerts) {
      if (alerts_ == kRetroAlertsMax) done_.full = true;
      if (done_.full) return;
      RetroFound found;
      found.card = static_cast<std::uint8_t>(pending.card - engine_.card_count());
      found.sequence = record.sequence;
      found.time = pending.time == kNoTime ? record.received : pending.time;
      found.source = record.source;
      found.body = bodies.next(pending, alert_id(engine_.card(pending.card).id, {{record.source, record.sequence}}), record.sequence);
      if (found.body.size() > kRetroAlertBytesMax) {
        ++done_.too_large;
        continue;
      }
      ++alerts_;
      say(retro_found_message(found));
    }
  }

  /// Where addresses stand for others, an allow-list speaks of the others.
  bool is_allowed(const intel::IndicatorHit& hit) {
    const IpNetwork network = intel::network_of(hit.found.key);
    std::string text;
    append_value_text(text, hit.value);
    bool any = false, other = false;
    const auto look = [&](std::string_view part) {
      const std::optional<IpAddress> address = read_ip(part);
      if (!address || first_bits(*address, network.bits) != network.base) return;
      std::string restored;
      const bool stood = addresses_.append_restored(part, restored);
      const std::optional<IpAddress> before = stood ? read_ip(restored) : std::nullopt;
      any = true;
      other = other || !before || !hunted_.set->allowed().holds(intel::IndicatorKind::kNetwork, intel::network_key({*before, 128}));
    };
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of(" ;,\t", at), text.size());
      look(std::string_view(text).substr(at, end - at));
      at = end + 1;
    }
    if (!any) look(url_host(text));
    return any && !other;
  }

  /// What makes no alert goes; what stands for something else says what kind of thing that is, and not which.
  void judge(std::vector<intel::IndicatorHit>& hits) {
    const auto is_none = [this](intel::IndicatorHit& hit) {
      const bool is_image = hunted_.other_addresses && hit.found.kind == intel::IndicatorKind::kNetwork;
      if (is_image && is_allowed(hit)) return true;
      std::string named(1, static_cast<char>(hit.found.kind));
      named += hit.found.key;
      const std::uint32_t count = ++counts_[named];
      const bool stands = is_image || hit.found.kind == intel::IndicatorKind::kKept;
      if (count > kRetroHitsOfIndicatorMax) {
        ++done_.left_out;
        if (count == kRetroHitsOfIndicatorMax + 1) done_.common.push_back(stands ? std::string() : hit.found.value());
        return true;
      }
      if (hit.found.kind == intel::IndicatorKind::kKept) {
        const std::string reference = hit.found.reference();
        hit.found.kind = kind_by_looks(std::string_view(reference).substr(0, reference.find(' ')));
      }
      hit.found.hidden = stands;
      return false;
    };
    std::erase_if(hits, is_none);
  }

  Engine& engine_;
  const RetroStart& start_;
  const Hunted& hunted_;
  protect::PrefixPreserving addresses_;
  const std::unique_ptr<AlertWriter> writer_;
  const std::vector<HitFields> no_hits_;
  Worker worker_;
  std::unordered_map<std::string, std::uint32_t> counts_;  // of indicators that were found: as many as alerts may be made, and those that have enough
  Block block_;
  BlockResult result_;
  std::string source_;
  RetroDone done_;
  std::uint64_t alerts_ = 0;
};

Result<RetroStart> wait_for_start() {
  std::uint8_t kind = 0;
  std::string payload;
  TRY(read_message(kStartedDescriptor, kRetroStartBytesMax, kind, payload));
  if (static_cast<RetroKind>(kind) != RetroKind::kStart) return Error{Code::kInvalid, "the service does not begin with a start"};
  return read_retro_start(payload);
}

/// Indicators as they come, in the words of what is kept.
Result<Hunted> wait_for_indicators(Env& env, const RetroStart& start, Protection& protection, const Naming& naming) {
  Hunted hunted;
  hunted.set = std::make_unique<intel::IndicatorSet>(TRY(enrich::random_seed()));
  hunted.other_addresses = replaces_addresses(protection.policy());
  if (hunted.other_addresses) hunted.set->ask_local_addresses();
  for (const intel::IndicatorSource& source : start.sources) TRY(hunted.set->add_source(source));
  intel::AllowList allowed;
  std::vector<std::string> notes;
  for (const std::string& path : start.allowed) TRY(allowed.read(env, path, notes));
  KeptWords words(protection, naming);
  const auto take = [&](const intel::Indicator& indicator, std::uint16_t source) -> Status {
    if (allowed.holds(indicator.kind, indicator.key)) return {};
    return words.translate(indicator, [&](const intel::Indicator& form) { return hunted.set->add(form, source); });
  };
  while (true) {
    std::uint8_t kind = 0;
    std::string payload;
    TRY(read_message(kStartedDescriptor, kRetroRowsBytesMax, kind, payload));
    if (static_cast<RetroKind>(kind) == RetroKind::kGo) break;
    if (static_cast<RetroKind>(kind) != RetroKind::kIndicators) return Error{Code::kInvalid, "the service says something else than indicators"};
    TRY(read_indicator_rows(payload, start.sources.size(), take));
  }
  hunted.set->set_allowed(std::move(allowed));
  hunted.set->finish();
  return hunted;
}

}  // namespace

Status run_retro_child(Env& env, const RetroOptions& options) {
  begin_process();
  give_back_large_memory();
  const RetroStart start = TRY(wait_for_start());
  Engine engine(sigma::RuleSet{}, TRY(load_taxonomy(env, options.mappings)));
  Seal master(TRY(read_key(env, options.key_file)));
  const std::unique_ptr<Protection> protection = TRY(Protection::open_to_read(env, options.data, master));
  const Hunted hunted = TRY(wait_for_indicators(env, start, *protection, engine.taxonomy()));
  EventSearchOptions search;
  search.data = options.data;
  search.key_file = options.key_file;
  search.mappings = options.mappings;
  search.limits.memory_bytes = kRetroMemoryBytes;
  search.limits.threads = 1;
  search.limits.time = std::chrono::hours(kRetroHoursMax);
  if (start.since != kNoTime) search.since = start.since;
  search.confined = true;
  search.held_bytes = kRetroHeldBytesMax;
  const std::unique_ptr<EventSearch> stored = TRY(EventSearch::open(env, search));
  say(retro_empty_message(RetroKind::kReady));
  Hunt hunt(engine, start, hunted, protection->tokens().address_key());
  const Status read = stored->read_records({}, hunt);
  if (!read && !hunt.done().full) return read;
  hunt.done().troubles = stored->troubles();
  say(retro_done_message(hunt.done()));
  return {};
}

}  // namespace tocsin
