// What a service has learnt of hosts, over its restarts: <data>/hosts, sealed under the key of protection (docs/formats/hosts.md), since names of hosts that a policy puts tokens in place of must not lie
// there for anybody to read. The file is written whole or not at all: at an end, and at most once in kHostsKeptEveryNs before; after a crash what was learnt since is not known. What was not seen for
// kHostsForgottenAfterUs is left out, there and when it is read.
//
// One thread. A file that cannot be used is told once, and replaced.
//
//   HostMemory memory(env, data.path, tokens);
//   TRY(memory.recall(hosts));
//   TRY(memory.keep(hosts, HostMemory::When::kIfDue));
#pragma once

#include <cstdint>
#include <string>

#include "base/env.h"
#include "enrich/host_table.h"
#include "store/token_vault.h"

namespace tocsin {

/// Each is one file with what may be some megabytes; an address changes hands within hours.
inline constexpr std::int64_t kHostsKeptEveryNs = std::int64_t{60} * 1'000'000'000;
/// Twice as long as the longest that a sighting is believed: events come late.
inline constexpr TimeUs kHostsForgottenAfterUs = TimeUs{48} * 3'600 * 1'000'000;

class HostMemory {
 public:
  enum class When { kIfDue, kNow };

  HostMemory(Env& env, std::string folder, TokenVault& tokens);

  /// kInvalid: what is there cannot be used; kIo: it cannot be read. Then `hosts` is as it was.
  Status recall(enrich::HostTable& hosts);
  /// If something was learnt since.
  Status keep(const enrich::HostTable& hosts, When when);
  /// Nothing is to be learnt any more: the file goes.
  Status forget();

 private:
  std::string path() const;

  Env& env_;
  const std::string folder_;
  TokenVault& tokens_;
  std::uint64_t kept_changes_ = 0;
  std::int64_t kept_ns_ = 0;
};

}  // namespace tocsin
