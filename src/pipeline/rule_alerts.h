// The alerts of some rules with the whole of their events, for tuning: files or what is stored once more through the Worker of a scan, so that the alerts and their ids are those of `tocsin scan`
// and of the service. One thread; the rules' set should hold no more than is asked for.
//
//   RuleAlerts alerts(env, engine, {.wanted = judged});
//   TRY(alerts.of_files(files, options.worker));        // or: TRY(alerts.of_store(search));
//   for (const AlertFields& alert : alerts.found()) …
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "event/alert_fields.h"
#include "pipeline/engine.h"
#include "pipeline/event_search.h"
#include "pipeline/worker.h"

namespace tocsin {

/// An event's fields, each value under the name by which a rule of its log source asks for it: the taxonomy's, where the source spells it otherwise. A field has all values that a rule would see under its name.
std::vector<AlertField> alert_fields(const Event& event, const PathTable& paths, const LogSourceClass& log_source);

class RuleAlerts {
 public:
  /// Of alerts that are not wanted so many are kept, the first, to tell in what alerts differ.
  static constexpr std::size_t kOthersMax = 2'000;
  /// Texts of all alerts that are kept: ten thousand of 20 KB, which is what a long script block has.
  static constexpr std::size_t kBytesMax = 256u << 20;

  struct Options {
    std::set<std::string> wanted;  // alerts whose events are kept whatever there are of them
    /// Fields to be left out: where a policy protects what is stored, the log itself says something else there. None if it is empty.
    std::function<bool(const AlertField&)> is_protected = {};
  };
  RuleAlerts(Env& env, Engine& engine, Options options);

  /// Inputs that cannot be read, or not to their end, are passed over: a scan of them says so. kLimit beyond kBytesMax of alerts that are wanted.
  Status of_files(const std::vector<FoundFile>& files, const WorkerOptions& options);
  Status of_store(EventSearch& search);
  /// In the order in which they were read; each once.
  const std::vector<AlertFields>& found() const { return found_; }
  /// Every name under which a rule finds something in them, also where `found` has it under another.
  const std::set<std::string>& names() const { return names_; }

 private:
  class Ear;
  class Reader;
  struct Heard {
    const RuleCard* rule = nullptr;
    TimeUs time = kNoTime;
    std::vector<AlertField> fields;
  };
  void keep(Heard&& heard, std::string_view source, std::uint64_t index);

  Env& env_;
  Engine& engine_;
  const Options options_;
  std::vector<AlertFields> found_;
  std::set<std::string> ids_, names_;
  std::size_t others_ = 0, bytes_ = 0;
  Status status_;
};

}  // namespace tocsin
