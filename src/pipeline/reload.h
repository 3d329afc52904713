// New rules and settings for a service that runs. They are read again from where they were read at the start; what is good is taken whole, anything wrong
// refuses all of it, with the reason, and what was in force stays. Nothing is lost meanwhile: rules are compiled on the thread of whoever asks, and the
// stream takes them between two records (stream.h).
//
// A rule file that could not be loaded at the start was named then and left out; it does not refuse a reload that leaves it out again. One that breaks
// since does.
//
//   Reloader reloader({env, stream, archiver, state}, read, first, log);
//   Result<std::string> answer = reloader.reload(cancelled);      // safe from any thread; one at a time inside
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env.h"
#include "pipeline/archiver.h"
#include "pipeline/engine.h"
#include "pipeline/status.h"
#include "pipeline/stream.h"

namespace tocsin {

/// What a service can be given anew while it runs.
struct ServiceConfiguration {
  std::unique_ptr<Engine> engine;
  RuleSetFacts rules;
  /// Whether rules that are new since an earlier configuration begin in the shadow.
  bool try_new_rules = false;
  /// What alerts say of their entities; nullptr: nothing.
  std::shared_ptr<const enrich::Enricher> enricher;
  /// The same once more, by the same settings, where files have changed that the service wrote itself.
  std::function<Result<std::shared_ptr<const enrich::Enricher>>()> read_enricher;
  /// What was wrong with rule files that are left out; "file: what", sorted.
  std::vector<std::string> broken;
  /// What came in is in a segment at the latest so many seconds later.
  std::uint64_t store_after_seconds = 600;
  /// What is older, or more than so many bytes of segments, is deleted; 0: nothing.
  std::uint64_t keep_days = 0, keep_bytes = 0, keep_alerts_days = 0;
  std::vector<store::RetentionRule> keep_sources;  // limits of their own
  /// How far back new indicators are looked for in what is stored; 0: they are not.
  std::uint64_t retro_days = 0;
  /// Names of settings that are others than at the start and hold from the next start on.
  std::vector<std::string> need_restart;

  ArchiverLimits limits() const;
};

/// Puts rules that are new into the shadow, where the configuration wants that, and remembers which there were: before its engine is used. How many are on trial.
Result<std::size_t> try_new_rules(ServiceConfiguration& next, State& state, TimeUs now);
/// "3 new rules reach nobody yet: `tocsin rules shadow` shows what they find, `tocsin rules promote ID` lets them be heard".
std::string words_of_trials(std::size_t count);

/// The configuration as it is on the disk now; an error says everything that is wrong with it.
using ReadConfiguration = std::function<Result<ServiceConfiguration>()>;

/// What a reload took.
struct Reloaded {
  RuleSetFacts rules;             // that hold now
  bool changed = false;           // they are others than before
  std::size_t left_out = 0;       // mistakes in files that are left out, as at the start
  std::size_t on_trial = 0;       // rules that were new in this reload or an earlier one
  std::size_t enrichment_files = 0;  // that were read
  std::vector<std::string> need_restart;
};

class Reloader {
 public:
  struct Place {
    Env& env;
    Stream& stream;
    Archiver& archiver;
    State& state;
  };
  /// `log` gets a line for people after each reload.
  Reloader(Place place, ReadConfiguration read, const ServiceConfiguration& first, std::function<void(const std::string&)> log);

  /// What holds now, as JSON; or why what held before stays.
  Result<std::string> reload(const std::function<bool()>& cancelled);
  /// What alerts are told of entities, and indicators, alone: by the settings that hold, which are not read again.
  Status reload_enrichment();
  LastReload last() const;
  std::uint64_t retro_days() const { return retro_days_; }

 private:
  Result<Reloaded> take(ServiceConfiguration& next, const std::function<bool()>& cancelled);

  const Place place_;
  const ReadConfiguration read_;
  const std::function<void(const std::string&)> log_;

  std::mutex mutex_;  // one reload at a time; guards what follows
  std::vector<std::string> broken_;
  std::function<Result<std::shared_ptr<const enrich::Enricher>>()> read_enricher_;

  std::atomic<std::uint64_t> retro_days_;

  mutable std::mutex last_mutex_;  // guards last_
  LastReload last_;
};

}  // namespace tocsin
