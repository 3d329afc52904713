// The files that the service follows, as records of the journal. One thread looks at them, hands what is new to the journal, and waits until it is
// safe. How far a log was read goes with its last record of each batch (Detail::kFileMark), and the stream puts it into the state with the place in
// the journal; so this begins once the stream has passed what was safe at the start. Each file is a source, "file" and its path; past
// kFileSourcesMax what the settings name is one, for all of its files.
//
// start() and stop() are of one thread, progress() is safe from any. Nothing fails: trouble is told (`say`), stands in progress(), and passes by itself.
//
//   FileInputs files(env, intake, state, {.names = {"/var/log/*.log"}});
//   files.start();
//   files.stop();      // before the journal
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "collect/file_tail.h"
#include "pipeline/journal_intake.h"
#include "store/state.h"

namespace tocsin {

/// Names with a date in them make new ones every day; the journal names each source in each of its segments.
inline constexpr std::size_t kFileSourcesMax = 4'096;

class FileInputs {
 public:
  struct Options {
    std::vector<std::string> names;
    std::function<void(const std::string&)> say = [](const std::string&) {};
    std::chrono::milliseconds pause{500};  // between two looks, and at least four times as long as a look takes
    MailRules mail = {};
  };
  struct Progress {
    std::size_t logs = 0;
    std::string trouble;
  };

  /// All must outlive it.
  FileInputs(Env& env, JournalIntake& intake, State& state, Options options);
  ~FileInputs();

  void start();
  void stop();
  Progress progress() const;

 private:
  void run();
  Status begin();
  void take(std::span<FileBatch> batches);
  bool submit(std::unique_ptr<IntakeBatch>& batch, bool& safe);
  Result<std::uint32_t> source_of(const std::string& origin);
  void look_after();
  void publish(const std::string& trouble);
  /// False once it is time to stop.
  bool rest(std::chrono::milliseconds time);

  Env& env_;
  JournalIntake& intake_;
  State& state_;
  const Options options_;
  std::unique_ptr<FileTail> tail_;
  std::map<std::string, std::uint32_t> sources_;  // by the path of the file
  std::size_t known_sources_ = 0;                 // that the journal names
  std::map<std::uint64_t, TimeUs> seen_;          // by log, as the state has it
  TimeUs looked_after_us_ = 0;

  mutable std::mutex mutex_;  // guards what follows, but for the thread itself
  std::condition_variable wake_;
  bool stopping_ = false;
  std::size_t unanswered_ = 0;  // batches that the journal has
  Progress progress_;
  std::thread thread_;
};

}  // namespace tocsin
