// Checks an audit log with nothing but its files: everything is computed again from the leaves. Used by `tocsin audit verify` on the data of a service, beside one that runs, or on what was exported. One thread.
// Findings are what must not be; what cannot be ruled out with what was given is said too. Fails only where the disk does.
//
//   const VerifyReport report = TRY(verify_log(env, {.folder = data + "/audit", .elsewhere = TRY(read_note_file(env, "usb/checkpoint"))}));
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "report/audit/audit_entry.h"
#include "report/audit/signed_note.h"

namespace tocsin::audit {

/// Findings that are told one by one; whoever changed a log may have made a million.
inline constexpr std::size_t kFindingsMax = 100;
/// The clock may be put back so far, microseconds: what time daemons do.
inline constexpr TimeUs kClockStepUs = 1'000'000;
/// The same of the time of what was done, which is taken before it is: those who do things at the same time are not in the order of their clocks.
inline constexpr TimeUs kDeedStepUs = 60'000'000;

struct VerifyOptions {
  std::string folder;
  std::vector<std::string> elsewhere = {};  // notes that were kept where nobody who could change the log could change them
  std::optional<VerifierKey> key = {};      // nothing: the one in the folder
  std::function<void(const LeafFacts&)> leaf = [](const LeafFacts&) {};  // gets each that is one
};

struct VerifyReport {
  std::uint64_t leaves = 0;
  Hash root{};
  std::uint64_t signed_leaves = 0;       // that a checkpoint with a good signature and the right root is over
  std::size_t checkpoints = 0, elsewhere = 0;
  TimeUs first_logged = kNoTime, last_logged = kNoTime;
  std::vector<std::string> findings;
  std::uint64_t more_findings = 0;       // beyond kFindingsMax
  std::vector<std::string> unproven;     // what cannot be ruled out

  void find(std::string finding);
  bool is_good() const { return findings.empty(); }
};

Result<VerifyReport> verify_log(Env& env, const VerifyOptions& options);

}  // namespace tocsin::audit
