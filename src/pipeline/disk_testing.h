// For tests: journal, stream and store on a real disk, without the network before them, and an Env whose n-th call fails.
//
//   FailingEnv env;
//   DiskPipeline pipeline(env, folder);
//   ASSERT_TRUE(pipeline.start());
//   pipeline.put({"a record"});
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <sstream>

#include "normalize/taxonomy.h"
#include "pipeline/archiver.h"
#include "pipeline/event_search.h"
#include "pipeline/journal_intake.h"
#include "pipeline/stream.h"
#include "store/verify.h"

namespace tocsin {

/// The real machine, at another time, with calls that fail: opening, reading, writing (half of it is there), syncing, naming, listing.
class FailingEnv : public Env {
 public:
  /// `count` calls from the `first` from now on; (0, 0): none.
  void fail(std::uint64_t first, std::uint64_t count) {
    first_ = first;
    count_ = count;
    calls_ = 0;
  }
  std::uint64_t calls() const { return calls_; }
  /// What clocks on the wall show is so much later than it is.
  void set_later(TimeUs later) { later_ = later; }

  Result<std::unique_ptr<File>> open(const std::string& path) override {
    if (fails()) return trouble(path);
    return std::unique_ptr<File>(std::make_unique<Reading>(*this, TRY(real_.open(path))));
  }
  Result<std::unique_ptr<WatchedFile>> open_watched(const std::string& path) override {
    if (fails()) return trouble(path);
    return real_.open_watched(path);
  }
  Result<FileStatus> status_of(const std::string& path) override { return fails() ? trouble(path) : real_.status_of(path); }
  Result<std::string> read_file(const std::string& path, std::size_t most) override { return fails() ? trouble(path) : real_.read_file(path, most); }
  Status write_file(const std::string& path, std::string_view text) override { return fails() ? trouble(path) : real_.write_file(path, text); }
  Result<std::unique_ptr<DurableFile>> create_durable(const std::string& path) override {
    if (fails()) return trouble(path);
    return std::unique_ptr<DurableFile>(std::make_unique<Writing>(*this, TRY(real_.create_durable(path))));
  }
  Result<std::unique_ptr<DurableFile>> open_durable(const std::string& path, bool from_start) override {
    if (fails()) return trouble(path);
    return std::unique_ptr<DurableFile>(std::make_unique<Writing>(*this, TRY(real_.open_durable(path, from_start))));
  }
  Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) override { return real_.lock_file(path); }
  Result<std::unique_ptr<FileLock>> share_file(const std::string& path) override { return real_.share_file(path); }
  Status sync_folder(const std::string& path) override { return fails() ? trouble(path) : real_.sync_folder(path); }
  Status remove_file(const std::string& path) override { return fails() ? trouble(path) : real_.remove_file(path); }
  Status rename_file(const std::string& from, const std::string& to) override { return fails() ? trouble(from) : real_.rename_file(from, to); }
  Result<std::unique_ptr<ScratchFile>> make_scratch_file() override { return real_.make_scratch_file(); }
  Result<std::vector<FolderEntry>> list_folder(const std::string& path) override { return fails() ? trouble(path) : real_.list_folder(path); }
  bool is_folder(const std::string& path) override { return real_.is_folder(path); }
  bool exists(const std::string& path) override { return real_.exists(path); }
  TimeUs modified_us(const std::string& path) override { return real_.modified_us(path); }
  Status set_modified_us(const std::string& path, TimeUs time) override { return real_.set_modified_us(path, time); }
  Status make_folder(const std::string& path) override { return fails() ? trouble(path) : real_.make_folder(path); }
  std::int64_t now_us() override { return real_.now_us() + later_; }
  std::int64_t monotonic_ns() override { return real_.monotonic_ns(); }

 private:
  struct Reading : File {
    Reading(FailingEnv& of, std::unique_ptr<File> real) : env(of), file(std::move(real)) {}
    Result<std::size_t> read(char* into, std::size_t size) override { return env.fails() ? env.trouble("a file") : file->read(into, size); }
    FailingEnv& env;
    const std::unique_ptr<File> file;
  };
  struct Writing : DurableFile {
    Writing(FailingEnv& of, std::unique_ptr<DurableFile> real) : env(of), file(std::move(real)) {}
    Status append(std::string_view bytes) override {
      if (!env.fails()) return file->append(bytes);
      (void)file->append(bytes.substr(0, bytes.size() / 2));
      return env.trouble("a file");
    }
    Status sync() override { return env.fails() ? env.trouble("a file") : file->sync(); }
    FailingEnv& env;
    const std::unique_ptr<DurableFile> file;
  };
  bool fails() {
    const std::uint64_t call = ++calls_, first = first_;
    return first != 0 && call >= first && call < first + count_;
  }
  Error trouble(const std::string& path) const { return {Code::kIo, path + ": made to fail"}; }

  Env& real_ = Env::system();
  std::atomic<std::uint64_t> first_{0}, count_{0}, calls_{0};
  std::atomic<TimeUs> later_{0};
};

inline std::unique_ptr<const Taxonomy> test_taxonomy() { return std::move(*Taxonomy::load(Taxonomy::shipped())); }

/// Those inside the program, if no others are given.
inline std::unique_ptr<StreamRules> test_rules(const std::vector<sigma::RuleText>& texts = builtin_rules()) {
  sigma::LoadResult loaded = sigma::load(texts, {});
  return std::make_unique<StreamRules>(std::make_unique<Engine>(std::move(loaded.set), test_taxonomy()), RuleSetFacts());
}

class DiskPipeline {
 public:
  DiskPipeline(Env& env, const std::string& folder) : env_(env), data_{folder + "/data"}, key_(folder + "/key") {}
  ~DiskPipeline() { stop(); }

  /// Before it starts: other rules than those inside the program, and whether it is learnt what is usual.
  void ask(std::string rules, bool baselines) {
    rules_ = std::move(rules);
    learns_ = baselines;
  }
  Status start(const ArchiverLimits& limits = {}) {
    TRY(make_folders(env_, data_.path));
    master_ = std::make_unique<Seal>(TRY(read_or_make_key(env_, key_)));
    state_ = TRY(State::open(data_.state(), State::IfMissing::kMake, State::IfOlder::kUpgrade));
    intake_ = std::make_unique<JournalIntake>(TRY(journal::Writer::open(env_, data_.journal(), *master_, {})));
    protection_ = TRY(Protection::open(env_, data_, *master_, "default"));
    stream_ = std::make_unique<Stream>(Stream::Place{env_, *taxonomy_, *protection_, *intake_, *state_, *master_, data_.path}, rules_.empty() ? test_rules() : test_rules({{"rules.yml", rules_}}), data_.journal(),
                                       learns_ ? std::make_unique<baseline::Baselines>(TRY(baseline::BaselineFields::shipped())) : nullptr);
    archiver_ = std::make_unique<Archiver>(env_, *taxonomy_, *protection_, *intake_, *state_, *master_, data_, limits);
    TRY(stream_->start());
    TRY(archiver_->start());
    source_ = TRY(intake_->source("bulk/a"));
    return {};
  }
  void stop() {
    if (intake_ != nullptr) intake_->stop();
    if (stream_ != nullptr) stream_->stop();
    archiver_.reset();
    stream_.reset();
    intake_.reset();
    state_.reset();
  }

  /// True if all are safe, false if none is.
  bool put(const std::vector<std::string>& records) {
    auto batch = std::make_unique<IntakeBatch>(source_);
    for (const std::string& record : records) {
      Received received;
      received.raw = record;
      EXPECT_TRUE(batch->add(received, env_.now_us(), ""));
    }
    std::promise<bool> safe;
    if (!intake_->submit(std::move(batch), [&](IntakeResult result) { safe.set_value(result.safe); })) return false;
    return safe.get_future().get();
  }
  std::uint64_t looked_at() const { return stream_->snapshot().position; }
  std::string trouble() const { return stream_->snapshot().trouble + archiver_->snapshot().trouble; }
  std::uint64_t safe() const { return intake_->committed(); }
  const DataFolder& data() const { return data_; }
  std::uint64_t stored_until() const { return archiver_->snapshot().position; }
  /// For as long as a test has patience.
  Result<journal::Sequence> store_now() {
    const auto start = std::chrono::steady_clock::now();
    return archiver_->store_now([&] { return std::chrono::steady_clock::now() - start > std::chrono::seconds(60); });
  }
  State& state() { return *state_; }
  TokenVault& tokens() { return protection_->tokens(); }

 private:
  Env& env_;
  const DataFolder data_;
  const std::string key_;
  std::string rules_;
  bool learns_ = false;
  std::uint32_t source_ = 0;
  const std::unique_ptr<const Taxonomy> taxonomy_ = test_taxonomy();
  std::unique_ptr<Seal> master_;
  std::unique_ptr<State> state_;
  std::unique_ptr<Protection> protection_;
  std::unique_ptr<JournalIntake> intake_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Archiver> archiver_;
};

/// What a data folder gives to who asks for everything.
struct Answers {
  std::map<std::string, std::string> rows;  // by id
  std::set<std::string> alerts;
  std::vector<std::string> troubles;        // that the search named
  bool searched = false, listed = false;
};

inline Answers ask_everything(const std::string& folder) {
  struct Rows : store::SearchVisitor {
    explicit Rows(Answers& to) : answers(to) {}
    void columns(const std::vector<std::string>&) override {}
    bool row(const std::vector<store::SearchValue>& values) override {
      EXPECT_TRUE(answers.rows.emplace(values[0].text, values[1].text).second) << "twice: " << values[0].text;
      return true;
    }
    Answers& answers;
  };
  Answers answers;
  const DataFolder data{folder + "/data"};
  EventSearchOptions options;
  options.data = data;
  options.key_file = folder + "/key";
  options.limits.threads = 1;
  Result<std::unique_ptr<EventSearch>> search = EventSearch::open(Env::system(), options);
  if (search) {
    Rows rows(answers);
    answers.searched = (*search)->run_sql("SELECT id, raw FROM events", rows).has_value();
    answers.troubles = (*search)->troubles();
  }
  const Result<std::unique_ptr<State>> state = State::open(data.state(), State::IfMissing::kFail);
  Result<std::vector<StoredAlert>> alerts = state ? (*state)->alerts({.limit = 1'000'000}) : Result<std::vector<StoredAlert>>(state.error());
  answers.listed = alerts.has_value();
  if (alerts) {
    for (const StoredAlert& alert : *alerts) EXPECT_TRUE(answers.alerts.insert(alert.body).second) << "twice: " << alert.body;
  }
  return answers;
}

/// What `tocsin verify` names.
inline std::vector<std::string> verify_everything(const std::string& folder) {
  std::vector<std::string> wrong;
  std::unique_ptr<Seal> master;
  if (const Result<SealKeys> key = read_key(Env::system(), folder + "/key")) master = std::make_unique<Seal>(*key);
  (void)verify_data(Env::system(), DataFolder{folder + "/data"}, master.get(), [&](const std::string& what) { wrong.push_back(what); });
  return wrong;
}

}  // namespace tocsin
