// Looks for indicators in what is stored: which of them are named by events of the past. A policy may have put other words where values stood, so indicators are said in the words of what is kept first
// (kept_words.h), under the same key; then every stored record is read and asked, as the stream asks it. What an indicator has as its beginning does not count, since it is the past that is asked; what it
// has as its end does. One thread.
//
//   auto indicators = TRY(read_hunted(env, settings, protection, taxonomy, notes));       // before a process gives up its files
//   IndicatorHunt hunt(engine, *indicators);
//   TRY(search.read_records({}, hunt));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "detect/intel/indicator_matcher.h"
#include "enrich/enrich_settings.h"
#include "pipeline/engine.h"
#include "pipeline/protection.h"
#include "pipeline/worker.h"
#include "store/search.h"

namespace tocsin {

struct HuntedIndicators {
  std::unique_ptr<intel::IndicatorSet> set;
  std::size_t read = 0, allowed = 0;
  bool other_addresses = false;  // networks in the set stand for others
};

/// Indicators of the settings' files, but for those on their allow-lists. An error says everything that is wrong, a line each.
Result<HuntedIndicators> read_hunted(Env& env, const enrich::EnrichSettings& settings, Protection& protection, const Naming& naming, std::vector<std::string>& notes);

/// One value of a stored event that an indicator names. What it points to stays until the visitor returns.
struct HuntedHit {
  std::string_view source;
  std::uint64_t sequence = 0;
  TimeUs time = kNoTime;
  std::string_view field;
  std::string value;      // as it is kept
  std::string indicator;  // as its file has it
  std::string reference;
  const intel::Found* found = nullptr;
};

class IndicatorHunt : public store::RecordVisitor {
 public:
  using Visit = std::function<bool(const HuntedHit& hit)>;
  /// All outlive it. `visit` says whether more is wanted.
  IndicatorHunt(Engine& engine, const HuntedIndicators& indicators, Visit visit);

  bool record(const store::StoredRecord& record) override;
  std::uint64_t events() const { return events_; }
  std::uint64_t events_hit() const { return events_hit_; }

 private:
  void look_at(const Event& event, const PathTable& paths);

  const HuntedIndicators& indicators_;
  const Visit visit_;
  const SilentWriter writer_;
  const std::vector<HitFields> no_hits_;
  Worker worker_;
  std::unique_ptr<intel::IndicatorMatcher> matcher_;
  std::vector<intel::IndicatorHit> hits_;
  Block block_;
  BlockResult result_;
  HuntedHit hit_;
  std::uint64_t events_ = 0, events_hit_ = 0;
  bool wanted_ = true;
};

}  // namespace tocsin
