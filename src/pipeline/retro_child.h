// The process that looks for new indicators in what is stored, for the service (retro_search.h): it is told the indicators over its socket, says them in the words of what is kept (kept_words.h), gives up all that it does
// not need, and reads every stored event of the time that is asked. What it finds it says as alerts, which are those that the stream would have made of the event, but for what a policy hides and what only the stream
// knows (hosts of addresses, assets, baselines). It runs behind all others: the lowest priority, the disk when nobody else wants it, one thread. One process for each search. An Error says why it ends before it is done.
//
//   tocsin retro --data DIR --key-file FILE         with kStartedDescriptor as its socket
#pragma once

#include <string>
#include <vector>

#include "base/env.h"
#include "store/data_folder.h"

namespace tocsin {

/// The program's first argument.
inline constexpr std::string_view kRetroVerb = "retro";
/// Of DuckDB.
inline constexpr std::uint64_t kRetroMemoryBytes = 256u << 20;
/// Of indicators and allow-lists: as many as there may be, in two forms each.
inline constexpr std::uint64_t kRetroHeldBytesMax = std::uint64_t{1} << 30;
/// An indicator that more events name is told with the first ones; the rest is for a search.
inline constexpr std::uint32_t kRetroHitsOfIndicatorMax = 1'000;
/// Alerts of one search: more is for a person to ask, and would fill the queue of those who look at alerts.
inline constexpr std::uint64_t kRetroAlertsMax = 10'000;
/// A month of a large store at the lowest priority.
inline constexpr std::int64_t kRetroHoursMax = 24;

struct RetroOptions {
  DataFolder data;
  std::string key_file;
  std::vector<std::string> mappings;
};

/// Ends when it is done, or its service is gone.
Status run_retro_child(Env& env, const RetroOptions& options);

}  // namespace tocsin
