// Runs of playbooks that are over, as State keeps them: what they were in columns, and their inputs, from which a run is made again (respond/engine/run.h), in one piece, sealed under a key of its own. 
// Safe from any thread. Fails as State does.
//
//   RunArchive archive(*state, TRY(runs_key(env, data, master)));
//   TRY(archive.add(rows));
//   for (const ArchivedRun& run : TRY(archive.newest(50, 0))) …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/seal.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

struct ArchivedRun {
  std::int64_t run = 0;
  std::string playbook, name, status, who;  // playbook: its CACAO identifier
  bool dry_run = false;
  TimeUs started = 0, ended = 0;
  std::int64_t actions = 0;
  std::vector<std::string> inputs = {};     // of one that was asked for alone
};

class RunArchive {
 public:
  RunArchive(State& state, const SealKey& key) : state_(state), seal_(key) {}

  /// All or nothing, in place of those of their numbers: one may have been opened again.
  Status add(const std::vector<ArchivedRun>& runs);
  /// Those before number `before` (0: all), the newest first, without inputs.
  Result<std::vector<ArchivedRun>> newest(std::size_t most, std::int64_t before);
  /// With its inputs. kInvalid if they do not open.
  Result<std::optional<ArchivedRun>> get(std::int64_t run);
  /// The highest number; 0: there is none.
  Result<std::int64_t> last();

 private:
  Result<std::string> packed(const ArchivedRun& run);
  static ArchivedRun next_run(State::Statement& found);
  Status unpack(std::string_view bytes, ArchivedRun& run);

  State& state_;
  Seal seal_;
};

/// Made if there is none.
Result<SealKey> runs_key(Env& env, const DataFolder& data, Seal& master);

}  // namespace tocsin
