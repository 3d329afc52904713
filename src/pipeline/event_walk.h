// Every event of some inputs, in the order in which they are read: for `tocsin normalize`. Read, parsed and classified as in a scan, on one
// thread; nothing of an input is kept but the block at hand. Inputs that cannot be read, in whole or in part, are told and passed over.
//
//   EventWalk walk(env, engine);
//   const ScanSummary summary = walk.run(files, [&](std::string_view source, const Event& event) { …; return true; });
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "event/summary.h"
#include "pipeline/engine.h"
#include "pipeline/worker.h"

namespace tocsin {

class EventWalk {
 public:
  /// False ends the walk.
  using Visit = std::function<bool(std::string_view source, const Event& event, const PathTable& paths)>;

  EventWalk(Env& env, Engine& engine) : env_(env), engine_(engine) {}

  /// Of the summary only what is counted of inputs and events is filled, and the problems.
  ScanSummary run(const std::vector<FoundFile>& files, const Visit& visit);

 private:
  void walk(const FoundFile& file, Worker& worker, ScanSummary& summary);
  static void describe(const FoundFile& file, const BlockResult& result, std::uint64_t lines, ScanSummary& summary);

  Env& env_;
  Engine& engine_;
  bool ended_ = false;
};

}  // namespace tocsin
