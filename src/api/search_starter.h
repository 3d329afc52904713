// The API's side of the process that makes those that search (cli/searches.h): asks it for a child, and has another one made when it is gone. Who makes it is
// given: pipeline/search_maker.h, in another process. A process that was asked for and not come by is an Error kIo. Any thread.
//
//   SearchStarter starter([&] { return maker.start(); });
//   SearchChild child = TRY(starter.start(30));
//   child.request … child.output
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "base/descriptor.h"
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

/// The socket of a process that makes those that search, in place of the one before.
using MakeSearches = std::function<Result<Descriptor>()>;

class SearchStarter {
 public:
  explicit SearchStarter(MakeSearches make) : make_(std::move(make)) {}

  /// Starts the process, for the first search not to wait for it.
  Status warm_up();
  /// For a search of so many seconds.
  Result<SearchChild> start(std::uint64_t seconds);

 private:
  Status start_process();
  Status make_child(std::uint64_t seconds, SearchChild& child, const std::array<int, kSearchDescriptors>& given);

  const MakeSearches make_;
  std::mutex mutex_;   // guards the other
  Descriptor socket_;  // open while the process is taken to be there
};

}  // namespace tocsin::api
