#include "pipeline/file_inputs.h"

#include <algorithm>
#include <set>

#include "collect/file_names.h"
#include "normalize/text.h"
#include "normalize/text_records.h"

namespace tocsin {

namespace {

/// Until the stream has come as far; after trouble.
constexpr std::chrono::milliseconds kBeginPause{50}, kRetry{500};
/// While the journal has no room.
constexpr std::chrono::milliseconds kNoRoom{100};
/// A log of which no file was seen for so long is forgotten: whoever keeps rotated files longer names them, and then they are seen.
constexpr TimeUs kForgetAfterUs = TimeUs{30} * 86'400'000'000;
constexpr TimeUs kLookAfterUs = 3'600'000'000;

FileRules file_rules(const MailRules& mail) {
  FileRules rules;
  rules.text = {text_cut, text_fields_line, mail};
  auto records = std::make_shared<TextRecords>();  // shared with nobody, but a function must be one that can be copied
  rules.split = [records](std::string_view block, std::string& columns, const std::function<void(std::string_view)>& record) {
    records->split(block, columns, record);
  };
  return rules;
}

std::string source_name(const std::string& path) {
  const std::string name = (path.starts_with('/') ? "file" : "file/") + path;
  return name.substr(0, journal::kSourceNameBytesMax);
}

/// All its records; the mark is the last one's.
std::unique_ptr<IntakeBatch> intake_batch(const FileBatch& batch, std::uint32_t source, TimeUs now) {
  auto records = std::make_unique<IntakeBatch>(source);
  const std::string mark = packed(batch.mark);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Received received;
    received.raw = batch.raw(i);
    if (i + 1 == batch.size()) received.file_mark = mark;
    if (!records->add(received, now, "")) return nullptr;
  }
  return records;
}

}  // namespace

FileInputs::FileInputs(Env& env, JournalIntake& intake, State& state, Options options)
    : env_(env), intake_(intake), state_(state), options_(std::move(options)) {}

FileInputs::~FileInputs() { stop(); }

void FileInputs::start() {
  if (!options_.names.empty()) thread_ = std::thread([this] { run(); });
}

void FileInputs::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

FileInputs::Progress FileInputs::progress() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return progress_;
}

bool FileInputs::rest(std::chrono::milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void FileInputs::publish(const std::string& trouble) {
  const std::lock_guard<std::mutex> lock(mutex_);
  progress_ = {tail_ == nullptr ? 0 : tail_->logs(), trouble};
}

/// Takes up the marks of before, once the state has all of them.
Status FileInputs::begin() {
  std::vector<KnownLog> known;
  for (const StoredFileMark& stored : TRY(state_.file_marks())) {
    std::optional<FileMark> mark = unpacked_mark(stored.mark);
    if (!mark) return Error{Code::kInvalid, "the state says of a followed file what cannot be; see `tocsin verify`"};
    seen_[stored.log] = stored.seen;
    known.push_back({std::move(*mark), stored.seen});
  }
  for (const journal::SourceCounts& source : intake_.snapshot().ledger) {
    if (source.name.starts_with("file/")) ++known_sources_;
  }
  tail_ = std::make_unique<FileTail>(env_, FileTail::Options{options_.names, file_rules(options_.mail), options_.say}, std::move(known));
  return {};
}

void FileInputs::run() {
  const journal::Sequence safe = intake_.committed();
  while (true) {
    const Result<std::uint64_t> looked_at = state_.position();
    if (looked_at && *looked_at >= safe) break;
    if (!rest(kBeginPause)) return;
  }
  for (Status begun = begin(); !begun; begun = begin()) {
    publish(begun.error().message);
    if (!rest(kRetry)) return;
  }
  while (true) {
    const std::int64_t before = env_.monotonic_ns();
    const bool more = tail_->round([this](std::span<FileBatch> batches) { take(batches); });
    const auto took = std::chrono::milliseconds((env_.monotonic_ns() - before) / 1'000'000);
    const auto& troubles = tail_->troubles();
    publish(troubles.empty() ? "" : troubles.begin()->second);
    look_after();
    if (!rest(more ? std::chrono::milliseconds(0) : std::max(options_.pause, 4 * took))) return;
  }
}

/// All of them in one commit or few; each with its own answer. Whatever has no room waits.
void FileInputs::take(std::span<FileBatch> batches) {
  std::vector<std::unique_ptr<IntakeBatch>> ready;
  for (FileBatch& batch : batches) {
    const Result<std::uint32_t> source = source_of(batch.mark.origin);
    ready.push_back(source ? intake_batch(batch, *source, env_.now_us()) : nullptr);
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    while (ready[i] != nullptr && !submit(ready[i], batches[i].safe)) {
      if (!rest(kNoRoom)) break;
    }
  }
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait(lock, [this] { return unanswered_ == 0; });
}

/// False if there is no room now. `safe` is set when the answer comes.
bool FileInputs::submit(std::unique_ptr<IntakeBatch>& batch, bool& safe) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++unanswered_;
  }
  const bool taken = intake_.submit(std::move(batch), [this, &safe](IntakeResult result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    safe = result.safe;
    --unanswered_;
    wake_.notify_all();
  });
  if (taken) return true;
  const std::lock_guard<std::mutex> lock(mutex_);
  --unanswered_;
  return false;
}

Result<std::uint32_t> FileInputs::source_of(const std::string& origin) {
  const auto known = sources_.find(origin);
  if (known != sources_.end()) return known->second;
  std::string name = source_name(origin);
  const auto ledger = intake_.snapshot().ledger;
  const bool is_new = std::ranges::find(ledger, name, &journal::SourceCounts::name) == ledger.end();
  if (is_new && known_sources_ >= kFileSourcesMax) {
    const auto named = std::ranges::find_if(options_.names, [&](const std::string& one) { return is_named(one, origin); });
    if (named != options_.names.end()) name = source_name(*named);
  } else if (is_new) {
    ++known_sources_;
  }
  const std::uint32_t source = TRY(intake_.source(name));
  sources_[origin] = source;
  return source;
}

/// Logs that are there are seen; those that were not for a long time are forgotten.
void FileInputs::look_after() {
  const TimeUs now = env_.now_us();
  if (now - looked_after_us_ < kLookAfterUs) return;
  looked_after_us_ = now;
  const std::vector<std::uint64_t> there = tail_->present();
  if (!state_.see_files(there, now)) return;  // the stream tells of a state that cannot be written
  for (const std::uint64_t log : there) seen_[log] = now;
  for (auto log = seen_.begin(); log != seen_.end();) {
    if (now - log->second < kForgetAfterUs || !state_.forget_file(log->first)) {
      ++log;
      continue;
    }
    tail_->forget(log->first);
    log = seen_.erase(log);
  }
}

}  // namespace tocsin
