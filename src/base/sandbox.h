// Takes rights away from this process, for good: which files it may open and whether it may use the network (Landlock), which system calls it may
// make (seccomp), how much memory it may have, and that neither a core dump nor another process of the user shows what it holds. For processes
// that work on bytes of others. What is open stays open, so what is needed is opened first; libraries are loaded first too, since no memory can be made
// executable any more. Threads that run already are filtered, but may still open files: call it before the first is made.
//
// What the kernel does not have is left out and named in Sandbox::missing: an older kernel makes the process less safe, not unusable. What it
// has and does not do is an error, and the process must not go on.
//
//   SandboxPlan plan;
//   plan.readable = {data.segments()};
//   const Sandbox sandbox = TRY(enter_sandbox(plan));
//   if (!sandbox.missing.empty()) complain(sandbox.missing);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tocsin {

/// Which system calls are left. Both: memory, threads, clocks, reading and writing of what is open. Everything else fails with EPERM; what starts programs,
/// looks into other processes or changes the machine ends the process.
enum class SandboxCalls : std::uint8_t {
  kFiles,    // also: opens files, as far as Landlock lets it
  kSockets,  // also: accepts connections and uses sockets that are open; opens nothing
};

struct SandboxPlan {
  /// Files, and folders with all below them, that may be read; there is nothing that may be written. What is not there is passed over.
  std::vector<std::string> readable;
  SandboxCalls calls = SandboxCalls::kFiles;
  std::uint64_t memory_bytes_max = 0;  // that can be written; 0: as before
};

/// What is in force.
struct Sandbox {
  int landlock = 0;  // version of its interface; 0: none
  bool seccomp = false;
  std::string missing;  // what could not be had, and why; empty if all is in force

  /// In one line, for status: "Landlock 7, seccomp".
  std::string text() const;
};

/// For the calling process. kIo if the kernel refuses what it says it has.
Result<Sandbox> enter_sandbox(const SandboxPlan& plan);

/// For a process with work of its own: all is taken that it can do without. In two steps, since Landlock holds for threads that are
/// made later, and ports are bound and sockets made later than those.
class ServiceSandbox {
 public:
  /// From now on files are read only in these folders and below, made, changed and removed only in those, and nothing is executed. What is not there is passed over.
  Status confine_files(const std::vector<std::string>& writable, const std::vector<std::string>& readable = {"/"});
  /// For all threads: from now on no process is made, no other one looked into, no port opened, and, unless it `connects` to other machines, no socket but those
  /// of this machine. What is forbidden fails with EPERM; what only an attacker does ends the process.
  Status confine_calls(bool connects);
  /// What is in force by now.
  const Sandbox& in_force() const { return in_force_; }

 private:
  Sandbox in_force_;
};

/// The part of it that every process can bear: no core dumps, no look into its memory, no rights by programs that it starts.
void forbid_dumps();

/// From which version on Landlock knows renaming from one folder to another, the network, and signals and abstract sockets.
inline constexpr int kLandlockRenames = 2, kLandlockNetwork = 4, kLandlockScopes = 6;

}  // namespace tocsin
