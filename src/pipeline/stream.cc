#include "pipeline/stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/file_mark.h"
#include "event/details.h"
#include "pipeline/record_reader.h"

namespace tocsin {

namespace {

/// Alerts wait for their transaction at most until so many records were looked at, or for so long, or there is nothing more to read.
constexpr journal::Sequence kFlushEvery = 20'000;
constexpr std::int64_t kFlushEveryNs = 100'000'000;
constexpr std::chrono::milliseconds kWait{200};
/// After the state or the journal could not be read or written.
constexpr std::chrono::milliseconds kRetry{500};

}  // namespace

/// Hands the reader's records to the stream.
class Stream::Visitor : public journal::PayloadVisitor {
 public:
  explicit Visitor(Stream& stream) : stream_(stream) {}
  void record(journal::Sequence sequence, const journal::Record& record) override { stream_.look_at(sequence, record); }
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

Stream::Stream(Env& env, Engine& engine, JournalIntake& intake, State& state, std::string journal_folder, Seal& master)
    : env_(env),
      engine_(engine),
      intake_(intake),
      state_(state),
      folder_(std::move(journal_folder)),
      master_(master),
      writer_(make_ndjson_writer()),
      hit_fields_(wanted_hit_fields(engine.rules())) {
  WorkerOptions options;
  options.file_times = true;
  worker_ = std::make_unique<Worker>(engine_, options, *writer_, hit_fields_);
  if (!engine_.rules().correlations.empty()) correlations_ = std::make_unique<StreamCorrelations>(engine_, *writer_, hit_fields_);
}

Stream::~Stream() { stop(); }

Status Stream::start() {
  flushed_ = TRY(state_.position());
  known_ = TRY(state_.sources());
  if (correlations_ != nullptr) correlations_->replay(TRY(state_.hits()), env_.now_us());
  reader_ = std::make_unique<journal::Reader>(TRY(journal::Reader::open(env_, folder_, master_, flushed_)));
  seen_.position = flushed_;
  thread_ = std::thread([this] { run(); });
  return {};
}

void Stream::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Stream::run() {
  while (true) {
    const bool last_round = stopping_;
    const Result<bool> advanced = advance();
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
  Visitor visitor(*this);
  const bool more = TRY(reader_->next(intake_.committed(), visitor));
  if (!more && correlations_ != nullptr) {
    correlations_->advance(kNoTime, env_.now_us());
    correlations_->take(found_, hits_);
  }
  const bool due = !more || reader_->at() >= flushed_ + kFlushEvery || env_.monotonic_ns() >= flushed_ns_ + kFlushEveryNs;
  if (due && (reader_->at() > flushed_ || !found_.empty())) TRY(flush());
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
  if (correlations_ != nullptr) {
    correlations_->take(found_, hits_);
    step.hits_needed_from = correlations_->needed_from();
  }
  step.alerts = found_;
  step.sources = seen;
  step.hits = hits_;
  step.files = files_;
  step.position = reader_->at();
  TRY(state_.apply(step));
  flushed_ = reader_->at();
  flushed_ns_ = env_.monotonic_ns();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.position = flushed_;
    seen_.alerts += found_.size();
    seen_.trouble.clear();
  }
  found_.clear();
  hits_.clear();
  files_.clear();
  return {};
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
  worker_->process(block_, source, result_);
  if (result_.damaged > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (record.source < sources_.size()) ++sources_[record.source].parse_failures;
  }
  if (!result_.alerts.empty()) keep_alert(result_, sequence, source, record.received);
  if (correlations_ == nullptr) return;
  const TimeUs now = env_.now_us();
  correlations_->add(result_.hits, source, sequence, now);
  correlations_->advance(worker_->summary().last, now);
}

void Stream::keep_file_mark(std::string_view packed, TimeUs received) {
  const std::optional<FileMark> mark = unpacked_mark(packed);
  if (!mark) return;
  auto found = std::ranges::find(files_, mark->log, &StoredFileMark::log);
  if (found == files_.end()) found = files_.insert(files_.end(), {mark->log, received, {}});
  found->seen = received;
  found->mark = packed;
}

/// Fills the holes that the writer left: the index is the record's number.
void Stream::keep_alert(const BlockResult& result, journal::Sequence sequence, const std::string& source, TimeUs received) {
  std::size_t text_at = 0, hole = 0;
  for (const PendingAlert& pending : result.alerts) {
    const RuleCard& card = engine_.card(pending.card);
    StoredAlert& alert = found_.emplace_back();
    alert.id = alert_id(card.id, {{source, sequence}});
    alert.sequence = sequence;
    alert.time = pending.time == kNoTime ? received : pending.time;
    alert.rule_id = card.id;
    alert.title = card.title;
    alert.level = card.level;
    for (; hole < pending.holes_end; ++hole) {
      const AlertText::Hole& place = result.text.holes[hole];
      alert.body.append(result.text.text, text_at, place.at - text_at);
      text_at = place.at;
      alert.body.append(place.kind == AlertText::Hole::Kind::kId ? alert.id : std::to_string(sequence));
    }
    alert.body.append(result.text.text, text_at, pending.text_end - text_at);
    text_at = pending.text_end;
    while (!alert.body.empty() && alert.body.back() == '\n') alert.body.pop_back();
  }
}

Stream::Snapshot Stream::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Snapshot snapshot = seen_;
  snapshot.sources = sources_;
  return snapshot;
}

}  // namespace tocsin
