// New indicators are looked for in what is stored, by themselves. A thread of its own compares the indicators that the stream asks with those that were looked for before (detect/intel/known_indicators.h), and has the
// rest looked for by a process of its own (retro_child.h), one search at a time, once the stream asks them and everything before is in segments. So each event is asked for an indicator by the one or the other. What is
// found becomes alerts with the ids that the stream's have, so an event that has one gets no second; each says that it was found later, and since when the indicator is known.
//
// What was looked for is written down when its alerts are in the state. Whatever ends before, the service included, is looked for again, and what it had found is there already. Nothing fails: what is in the way is told by
// snapshot() and `say`, and is tried again.
//
//   RetroSearch retro({env, stream, archiver, state, starter, data}, options);
//   retro.start();
//   retro.stop();                  // before the stream and the archiver
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/env.h"
#include "base/program_starter.h"
#include "detect/intel/known_indicators.h"
#include "enrich/enricher.h"
#include "pipeline/archiver.h"
#include "pipeline/retro_messages.h"
#include "pipeline/retro_news.h"
#include "pipeline/stream.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

/// Alerts that are put into the state at once.
inline constexpr std::size_t kRetroAlertsAtOnce = 200;

class RetroSearch {
 public:
  struct Place {
    Env& env;
    Stream& stream;
    Archiver& archiver;
    State& state;
    ProgramStarter& starter;
  };
  struct Options {
    DataFolder data;
    std::string key_file;
    std::vector<std::string> mappings;
    std::function<std::uint64_t()> days = [] { return kRetroDays; };  // 0: nothing is looked for
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  /// All must outlive it.
  RetroSearch(const Place& place, Options options);
  ~RetroSearch();
  void start();
  /// A search under way ends; it is made again at the next start.
  void stop();

  RetroNews snapshot() const;

 private:
  using Enricher = std::shared_ptr<const enrich::Enricher>;
  void run();
  bool rest(std::chrono::milliseconds time);
  bool is_stopping() const;
  Status look(const Enricher& enricher);
  Status search(const Enricher& enricher, const intel::KnownIndicators& known, std::uint64_t count);
  Result<std::uint64_t> wait_for_stream(const Enricher& enricher);
  Result<Descriptor> start_process(StartedProgram& process);
  Status send(int socket, const Enricher& enricher, const intel::KnownIndicators& known, std::uint64_t before);
  Result<RetroDone> receive(int socket, std::uint64_t before, RetroRun& run);
  Status take(const RetroFound& found, std::uint64_t before, RetroRun& run);
  Status flush(RetroRun& run);
  Status finish(RetroRun& run, const RetroDone& done, std::int64_t began_ns);
  void recall();
  Status keep_memo();
  std::string folder() const { return options_.data.path + "/intel"; }

  const Place place_;
  const Options options_;
  const std::vector<RuleCard> cards_;
  std::thread thread_;
  Enricher done_;                     // was looked for, or there is nothing new in it; of the thread, as the following
  std::uint64_t done_days_ = 0;
  std::vector<StoredAlert> found_;    // not in the state yet

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  RetroNews now_;
  StartedProgram* process_ = nullptr;  // that searches now
};

}  // namespace tocsin
