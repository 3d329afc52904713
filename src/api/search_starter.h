// The service's side of the process that makes those that search (cli/searches.h): starts it, asks it for a child, and starts another one when it is gone.
// A process that was asked for and not come by is an Error kIo. Any thread.
//
//   SearchStarter starter(programs, {"--data", data.path, "--key-file", key_file});
//   SearchChild child = TRY(starter.start(30));
//   child.request … child.output
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/program_starter.h"
#include "base/result.h"
#include "pipeline/search_request.h"

namespace tocsin::api {

/// For a child; the first one also waits for what every search needs to be loaded, by a machine that may be busy.
inline constexpr int kSearchStartSeconds = 30;

struct SearchChild {
  Descriptor process;  // a pidfd
  Descriptor output, complaints;
  Descriptor request;  // goes there, and the exit code comes from there
};

class SearchStarter {
 public:
  SearchStarter(ProgramStarter& programs, std::vector<std::string> words) : programs_(programs), words_(std::move(words)) {}

  /// Starts the process, for the first search not to wait for it.
  Status warm_up();
  /// For a search of so many seconds.
  Result<SearchChild> start(std::uint64_t seconds);

 private:
  Status start_process();
  void end_process();
  Status make_child(std::uint64_t seconds, SearchChild& child, const std::array<int, kSearchDescriptors>& given);

  ProgramStarter& programs_;
  const std::vector<std::string> words_;
  std::mutex mutex_;   // guards what follows
  Descriptor socket_;  // open while the process is taken to be there
  StartedProgram process_;
};

}  // namespace tocsin::api
