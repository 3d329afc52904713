// What baselines have learnt, over the restarts of a service: <data>/baselines, sealed under the key of protection, with the place in the journal that it stands for (docs/formats/baselines.md). It is always written behind the state:
// what lies between the two is learnt again from the journal, which is not let go before. So what an alert says does not depend on where a service was killed. The file is written whole or not at all, so often that it takes
// half a megabyte a second of the disk at most.
//
// One thread.
//
//   BaselineMemory memory(env, data.path, tokens);
//   const BaselineMemory::Recalled recalled = TRY(memory.recall(baselines, position));   // learn again from recalled.from to `position`
//   TRY(memory.keep(baselines, position, BaselineMemory::When::kIfDue));
#pragma once

#include <cstdint>
#include <string>

#include "base/env.h"
#include "baseline/baselines.h"
#include "store/journal_format.h"
#include "store/token_vault.h"

namespace tocsin {

/// A second's worth of the disk for baselines, of the hundreds that it has.
inline constexpr std::int64_t kBaselineBytesPerSecond = 512 << 10;

class BaselineMemory {
 public:
  enum class When { kIfDue, kNow };
  struct Recalled {
    journal::Sequence from = 0;  // what is known stands for all before it
    std::string trouble;         // why nothing is known; "" if that is no trouble
  };

  BaselineMemory(Env& env, std::string folder, TokenVault& tokens) : env_(env), folder_(std::move(folder)), tokens_(tokens) {}

  /// Where there is no file, or none that can be used, what is learnt begins at `position`, and a file says so. kIo: it cannot be read.
  Result<Recalled> recall(baseline::Baselines& baselines, journal::Sequence position);
  /// All before `position` was learnt, and is in the state. If something was since.
  Status keep(const baseline::Baselines& baselines, journal::Sequence position, When when);
  /// Nothing is to be learnt any more: the file goes.
  Status forget();
  /// The journal is needed from here on. Where the file could not be written it is let go all the same, or it would keep a full disk full; what a crash leaves then to be learnt again has a hole.
  journal::Sequence kept() const { return kept_; }

 private:
  std::string path() const;

  Env& env_;
  const std::string folder_;
  TokenVault& tokens_;
  journal::Sequence kept_ = 0;
  std::int64_t due_ns_ = 0;
};

}  // namespace tocsin
