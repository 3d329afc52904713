#include "pipeline/stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/file_mark.h"
#include "collect/poll_mark.h"
#include "event/details.h"
#include "pipeline/alert_bodies.h"
#include "pipeline/indicator_cards.h"
#include "pipeline/record_reader.h"

namespace tocsin {

namespace {

/// Alerts wait for their transaction at most until so many records were looked at, or for so long, or there is nothing more to read.
constexpr journal::Sequence kFlushEvery = 20'000;
constexpr std::int64_t kFlushEveryNs = 100'000'000;
constexpr std::chrono::milliseconds kWait{200};
/// After the state or the journal could not be read or written.
constexpr std::chrono::milliseconds kRetry{500};
/// New rules are taken after the frame at hand; a disk that fails for longer than this keeps them from being written down.
constexpr std::int64_t kExchangeMostNs = 60'000'000'000;

}  // namespace

/// Hands the reader's records to the stream.
class Stream::Visitor : public journal::PayloadVisitor {
 public:
  explicit Visitor(Stream& stream) : stream_(stream) {}
  void record(journal::Sequence sequence, const journal::Record& record) override {
    if (stream_.learns_again_) return stream_.learn_from(record);
    stream_.look_at(sequence, record);
  }
  void source(journal::SourceId source, std::string_view name) override {
    const std::lock_guard<std::mutex> lock(stream_.mutex_);
    if (stream_.sources_.size() <= source) stream_.sources_.resize(source + 1);
    SourceSeen& seen = stream_.sources_[source];
    if (seen.name == name) return;
    seen.name = name;
    const auto known = std::ranges::find(stream_.known_, name, &SourceSeen::name);
    if (known != stream_.known_.end()) seen = *known;
  }
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}

 private:
  Stream& stream_;
};

Stream::Stream(const Place& place, std::unique_ptr<StreamRules> rules, std::string journal_folder, std::unique_ptr<baseline::Baselines> baselines)
    : env_(place.env),
      protection_(place.protection),
      intake_(place.intake),
      state_(place.state),
      folder_(std::move(journal_folder)),
      master_(place.master),
      canaries_(place.canaries),
      alert_protection_(place.protection, place.taxonomy),
      rules_(std::move(rules)),
      host_memory_(place.env, place.data_folder, place.protection.tokens()),
      baselines_(std::move(baselines)),
      baseline_memory_(place.env, place.data_folder, place.protection.tokens()) {}

Stream::~Stream() { stop(); }

Status Stream::start() {
  flushed_ = TRY(state_.position());
  known_ = TRY(state_.sources());
  reader_ = std::make_unique<journal::Reader>(TRY(journal::Reader::open(env_, folder_, master_, flushed_)));
  seen_.position = seen_at_start_ = flushed_;
  intake_.seen(flushed_);
  TRY(recall_hosts());
  TRY(recall_baselines());
  TRY(switch_to(*rules_));
  thread_ = std::thread([this] { run(); });
  return {};
}

void Stream::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

/// A file that does not open costs what was learnt, and not the start.
Status Stream::recall_hosts() {
  const std::shared_ptr<const enrich::Enricher> known = enricher();
  if (known == nullptr || !known->learns_hosts()) return host_memory_.forget();
  if (const Status recalled = host_memory_.recall(hosts_); !recalled) seen_.trouble = recalled.error().message;
  return {};
}

/// What cannot be kept is told, and holds up nothing.
void Stream::keep_hosts(HostMemory::When when) {
  if (const Status kept = host_memory_.keep(hosts_, when); !kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.trouble = kept.error().message;
  }
}

Status Stream::recall_baselines() {
  if (baselines_ == nullptr) return baseline_memory_.forget();
  const BaselineMemory::Recalled recalled = TRY(baseline_memory_.recall(*baselines_, flushed_));
  if (!recalled.trouble.empty()) seen_.trouble = recalled.trouble;
  learnt_ = recalled.from;
  intake_.need(baseline_memory_.kept());
  return {};
}

/// Where all that was learnt is in the state. What cannot be kept is told, and holds up nothing but the journal.
void Stream::keep_baselines(BaselineMemory::When when) {
  if (baselines_ == nullptr || learnt_ < seen_at_start_ || reader_->at() != flushed_) return;
  if (const Status kept = baseline_memory_.keep(*baselines_, flushed_, when); !kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.trouble = kept.error().message;
  }
  intake_.need(baseline_memory_.kept());
}

/// What was looked at after baselines were kept and before the service ended. Whoever stops meanwhile learns it at the next start.
Status Stream::learn_again() {
  if (baselines_ == nullptr || learnt_ >= seen_at_start_) return {};
  journal::Reader reader = TRY(journal::Reader::open(env_, folder_, master_, learnt_));
  Visitor visitor(*this);
  learns_again_ = true;
  Result<bool> more = true;
  while (more && *more && !stopping_) {
    more = reader.next(seen_at_start_, visitor);
    learnt_ = std::max(learnt_, reader.at());
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.learnt = learnt_;
  }
  learns_again_ = false;
  TRY(more);
  if (!*more) learnt_ = seen_at_start_;  // the rest is missing
  return {};
}

void Stream::learn_from(const journal::Record& record) {
  put_record(record.raw, record.received, block_);
  const std::string source = record.source < sources_.size() ? sources_[record.source].name : std::string();  // this thread alone names them
  rules_->worker.learn(block_, source, result_);
}

void Stream::run() {
  run_to_the_end();
  keep_hosts(HostMemory::When::kNow);
  keep_baselines(BaselineMemory::When::kNow);
}

void Stream::run_to_the_end() {
  while (true) {
    const bool last_round = stopping_;
    const Status learnt = learn_again();
    if (baselines_ != nullptr && learnt && learnt_ < seen_at_start_) return;  // stopped: nothing is to be asked of half of it
    const Result<bool> advanced = learnt ? advance() : Result<bool>(learnt.error());
    if (!advanced) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        seen_.trouble = advanced.error().message;
      }
      if (last_round) return;
      std::this_thread::sleep_for(kRetry);
      continue;
    }
    if (*advanced) continue;
    if (last_round) return;
    intake_.wait_beyond(reader_->at(), kWait);
  }
}

Result<bool> Stream::advance() {
  TRY(take_new_rules());
  const journal::Sequence committed = intake_.committed();  // first: what is committed after a reload meets what the reload brought
  take_new_enricher();
  StreamCorrelations* const correlations = rules_->correlations.get();
  Visitor visitor(*this);
  const bool more = TRY(reader_->next(committed, visitor));
  if (!more && correlations != nullptr) {
    correlations->advance(kNoTime, env_.now_us());
    correlations->take(found_, hits_);
  }
  const bool due = !more || reader_->at() >= flushed_ + kFlushEvery || env_.monotonic_ns() >= flushed_ns_ + kFlushEveryNs;
  if (due && (reader_->at() > flushed_ || !found_.empty())) TRY(flush());
  keep_baselines(BaselineMemory::When::kIfDue);
  return more;
}

Status Stream::flush() {
  std::vector<SourceSeen> seen;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const SourceSeen& source : sources_) {
      if (source.last_seen != kNoTime) seen.push_back(source);
    }
  }
  StreamStep step;
  if (StreamCorrelations* const correlations = rules_->correlations.get()) {
    correlations->take(found_, hits_);
    step.hits_needed_from = correlations->needed_from();
  }
  protect_found();
  TRY(protection_.tokens().flush());  // before anything that has them
  step.alerts = found_;
  step.sources = seen;
  step.hits = hits_;
  step.files = files_;
  step.polls = polls_;
  step.canaries = canaries_found_;
  step.position = reader_->at();
  step.now = env_.now_us();
  TRY(state_.apply(step));
  flushed_ = reader_->at();
  flushed_ns_ = env_.monotonic_ns();
  intake_.seen(flushed_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.position = flushed_;
    seen_.alerts += found_.size();
    seen_.indicator_alerts += static_cast<std::uint64_t>(std::ranges::count_if(found_, [](const StoredAlert& alert) { return is_indicator_rule(alert.rule_id); }));
    if (baselines_ != nullptr) seen_.logins = baselines_->logins(), seen_.signs_held_back = baselines_->held_back();
    seen_.trouble.clear();
  }
  keep_hosts(HostMemory::When::kIfDue);
  found_.clear();
  hits_.clear();
  canaries_found_.clear();
  files_.clear();
  polls_.clear();
  protected_alerts_ = sealed_hits_ = 0;
  return {};
}

/// What is written down: alerts in the words of the policy, and hits, which correlations need as they were, sealed. Each once, however often the disk fails.
void Stream::protect_found() {
  for (; protected_alerts_ < found_.size(); ++protected_alerts_) alert_protection_.protect(found_[protected_alerts_].body);
  for (; sealed_hits_ < hits_.size(); ++sealed_hits_) hits_[sealed_hits_].packed = protection_.tokens().sealed(hits_[sealed_hits_].packed);
}

/// One record is one event: a line feed within it is part of it, not the end of a line.
void Stream::look_at(journal::Sequence sequence, const journal::Record& record) {
  put_record(record.raw, record.received, block_);
  if (const std::string_view mark = detail(record.details, Detail::kFileMark); !mark.empty()) keep_file_mark(mark, record.received);
  std::string source;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (record.source < sources_.size()) {
      source = sources_[record.source].name;
      sources_[record.source].last_seen = record.received;
    }
    seen_.received = record.received;
  }
  if (const std::string_view mark = detail(record.details, Detail::kPollMark); !mark.empty()) keep_poll_mark(mark, source, record.received);
  rules_->worker.process(block_, source, result_);
  note_skew(record);
  if (result_.damaged > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (record.source < sources_.size()) ++sources_[record.source].parse_failures;
  }
  if (!result_.alerts.empty()) keep_alerts(result_, sequence, source, record);
  if (rules_->correlations == nullptr) return;
  const TimeUs now = env_.now_us();
  rules_->correlations->add(result_.hits, source, sequence, now);
  rules_->correlations->advance(rules_->worker.summary().last, now);
}

/// Once in a window of the source.
void Stream::note_skew(const journal::Record& record) {
  if (result_.events == 0 || result_.damaged > 0) return;
  if (skews_.size() <= record.source) skews_.resize(record.source + 1);
  ClockSkew& skew = skews_[record.source];
  const std::optional<TimeUs> before = skew.known();
  skew.add(record.received, rules_->worker.last_time());
  if (skew.known() == before) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (record.source < sources_.size()) sources_[record.source].skew = skew.known();
}

void Stream::keep_file_mark(std::string_view packed, TimeUs received) {
  const std::optional<FileMark> mark = unpacked_mark(packed);
  if (!mark) return;
  auto found = std::ranges::find(files_, mark->log, &StoredFileMark::log);
  if (found == files_.end()) found = files_.insert(files_.end(), {mark->log, received, {}});
  found->seen = received;
  found->mark = packed;
}

/// A poller speaks for itself alone.
void Stream::keep_poll_mark(std::string_view bytes, std::string_view source, TimeUs received) {
  std::optional<PollMark> mark = unpacked_poll_mark(bytes);
  if (!mark || source != "poll/" + mark->name) return;
  StoredPollMark& stored = polls_.emplace_back();
  stored.name = mark->name;
  stored.seen = received;
  stored.forget_before = mark->forget_before;
  stored.ids = std::exchange(mark->ids, {});
  stored.mark = packed(*mark);
}

/// Whose source is another one was not sent by this service. It may be here before whoever waits for the journal was told that it is in it.
void Stream::keep_canary(journal::Sequence sequence, const journal::Record& record) {
  if (canaries_ == nullptr) return;
  if (record.source != canaries_->source()) return canaries_->imitated();
  canaries_found_.push_back({sequence, record.received, env_.now_us()});
  if (const auto number = canaries_->recognised(record.raw)) canaries_->journaled(*number, sequence);
  canaries_->found(sequence);
}

/// Fills the holes that the writer left: the index is the record's number. What is found of canaries is no alert for people.
void Stream::keep_alerts(const BlockResult& result, journal::Sequence sequence, const std::string& source, const journal::Record& record) {
  AlertBodies bodies(result);
  for (const PendingAlert& pending : result.alerts) {
    if (pending.card == rules_->canary) {
      keep_canary(sequence, record);
      bodies.skip(pending);
      continue;
    }
    const RuleCard& card = rules_->engine->card(pending.card);
    StoredAlert& alert = found_.emplace_back();
    alert.id = alert_id(card.id, {{source, sequence}});
    alert.sequence = sequence;
    alert.time = pending.time == kNoTime ? record.received : pending.time;
    alert.rule_id = card.id;
    alert.title = card.title;
    alert.level = card.level;
    if (rules_->engine->rules().shadow.contains(card.id)) alert.hidden_by = kHiddenByShadow;
    alert.body = bodies.next(pending, alert.id, sequence);
  }
}

/// From the record that comes next on, these are asked; all that came before is written down. The set that was in force at the end of the last run stays
/// in force.
Status Stream::switch_to(StreamRules& rules) {
  rules.use(enricher(), hosts_, baselines_.get());
  std::vector<StoredHit> hits = rules.correlations == nullptr ? std::vector<StoredHit>() : TRY(state_.hits());
  for (StoredHit& hit : hits) hit.packed = protection_.tokens().unsealed(hit.packed);
  const std::vector<RuleSetFacts> last = TRY(state_.rule_sets(1));
  if (!last.empty() && last.front().sha256 == rules.facts.sha256) {
    rules.facts.from = last.front().from;
    rules.facts.since = last.front().since;
  } else {
    rules.facts.from = reader_->at();
    rules.facts.since = env_.now_us();
    StreamStep step;
    step.position = reader_->at();
    step.rule_set = &rules.facts;
    TRY(state_.apply(step));
  }
  if (rules.correlations != nullptr) rules.correlations->replay(hits, env_.now_us());  // last: what can fail is tried again from the start
  return {};
}

/// Between two frames of the journal.
Status Stream::take_new_rules() {
  std::unique_ptr<StreamRules> next;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (exchange_ != Exchange::kWanted) return {};
    exchange_ = Exchange::kUnderWay;
    next = std::move(next_);
  }
  Status taken = flush();
  if (taken) taken = switch_to(*next);
  if (taken) {
    const std::lock_guard<std::mutex> lock(rules_mutex_);
    std::swap(rules_, next);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    exchange_ = taken ? Exchange::kDone : Exchange::kWanted;
    next_ = std::move(next);
  }
  exchanged_.notify_all();
  return taken;
}

void Stream::set_enricher(std::shared_ptr<const enrich::Enricher> enricher) {
  const std::lock_guard<std::mutex> lock(mutex_);
  enricher_ = std::move(enricher);
  new_enricher_ = true;
}

std::shared_ptr<const enrich::Enricher> Stream::enricher() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return enricher_;
}

void Stream::take_new_enricher() {
  std::shared_ptr<const enrich::Enricher> next;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!std::exchange(new_enricher_, false)) return;
    next = enricher_;
  }
  if (next == nullptr || !next->learns_hosts()) {
    hosts_ = {};
    (void)host_memory_.forget();  // nothing is learnt; what stays of it is forgotten at the next start
  }
  rules_->use(next, hosts_, baselines_.get());
  const std::lock_guard<std::mutex> lock(mutex_);
  taken_ = next.get();
  taken_from_ = reader_->at();
}

std::optional<journal::Sequence> Stream::asked_from(const enrich::Enricher* enricher) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (new_enricher_ || taken_ != enricher || seen_.position < taken_from_) return std::nullopt;
  return taken_from_;
}

Result<journal::Sequence> Stream::exchange(std::unique_ptr<StreamRules> rules, const std::function<bool()>& cancelled) {
  std::unique_lock<std::mutex> lock(mutex_);
  next_ = std::move(rules);
  exchange_ = Exchange::kWanted;
  const std::int64_t until = env_.monotonic_ns() + kExchangeMostNs;
  while (exchange_ != Exchange::kDone) {
    exchanged_.wait_for(lock, kWait);
    const bool over = cancelled() || env_.monotonic_ns() >= until;
    if (exchange_ != Exchange::kWanted || !over) continue;
    exchange_ = Exchange::kNone;
    next_.reset();
    return Error{Code::kIo, "the new rules could not be taken, the old ones stay: " + (seen_.trouble.empty() ? "no time for it" : seen_.trouble)};
  }
  exchange_ = Exchange::kNone;
  const std::unique_ptr<StreamRules> before = std::move(next_);
  const journal::Sequence from = rules_->facts.from;  // nobody else exchanges them meanwhile
  lock.unlock();
  return from;
}

void Stream::with_engine(const std::function<void(const Engine&)>& look) const {
  const std::lock_guard<std::mutex> lock(rules_mutex_);
  look(*rules_->engine);
}

const LogSourceTable& Stream::log_sources() const { return rules_->engine->log_sources(); }

Stream::Snapshot Stream::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Snapshot snapshot = seen_;
  snapshot.sources = sources_;
  snapshot.has_baselines = baselines_ != nullptr;
  return snapshot;
}

}  // namespace tocsin
