// A process that starts this program again for one that gives up starting any (sandbox.h). It is forked while there is nothing in memory worth having, and
// knows nothing but its orders. What it starts is in a group of its own, away from the terminal's signals, and is killed when whoever
// ordered it lets go of it or is gone; to end with the starter as well, should that be killed, is for the program to see to (PR_SET_PDEATHSIG).
//
// fork() is for a process without other threads. start() is for any thread, the rest for one at a time. An Error is kIo, and kDenied where the starter is gone: then nothing can
// be started any more.
//
//   const auto starter = TRY(ProgramStarter::fork());
//   StartedProgram child = TRY(starter->start({.words = {"tocsin", "ingest"}, .descriptors = {stream}}));
//   child.kill();
//   const std::optional<int> status = child.wait();
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace tocsin {

/// The program finds the first of its descriptors here, behind the three of every program, and no others.
inline constexpr int kStartedDescriptor = 3;
/// So many go with an order; one more is the starter's own.
inline constexpr std::size_t kStartedDescriptorsMax = kDescriptorsSentMax - 1;
/// Of all words.
inline constexpr std::size_t kStartedWordsBytesMax = 64u << 10;

struct ProgramOrder {
  std::vector<std::string> words = {};  // the program's arguments; the first is its name
  std::vector<int> descriptors = {};  // stay open here
  /// As it was at fork(), and what is looked up in libraries is so at once, not in each process that the program forks. Otherwise empty.
  bool environment = false;
};

/// One that was started. Killed with its owner.
class StartedProgram {
 public:
  pid_t pid() const { return pid_; }
  bool is_open() const { return report_.is_open(); }
  void kill();
  /// Until it has ended; as waitpid(2) has it. Nothing if the starter is gone, and with it the program. Once.
  std::optional<int> wait();

 private:
  friend class ProgramStarter;
  pid_t pid_ = 0;
  Descriptor report_;  // the starter says there how it began, and how it ended
};

/// What such a status says, behind the program's name: "was ended by signal 9".
std::string end_text(int status);

class ProgramStarter {
 public:
  /// `program` is this program's file. The starter shares standard output and error, and has nothing else open.
  static Result<std::unique_ptr<ProgramStarter>> fork(std::string program = "/proc/self/exe");
  /// Ends the starter and what it started.
  ~ProgramStarter();
  ProgramStarter(const ProgramStarter&) = delete;
  ProgramStarter& operator=(const ProgramStarter&) = delete;

  Result<StartedProgram> start(const ProgramOrder& order);
  pid_t pid() const { return pid_; }

 private:
  ProgramStarter(Descriptor orders, pid_t pid) : orders_(std::move(orders)), pid_(pid) {}

  std::mutex mutex_;  // an order is two messages
  const Descriptor orders_;
  const pid_t pid_;
};

}  // namespace tocsin
