// Searches of stored events, each in a process of its own (search_starter.h): what `tocsin search` does, with its own limits of memory, processor
// and time, so that nothing that a query does (or that a damaged segment does to DuckDB) can hurt the service, and whoever asks in SQL stands
// behind the fences of that verb. Which segments are to be read is decided here, where the catalogue is, and that they are what was written: a file that is known
// to be so is not read again for each search (store/checked_segments.h). A process gets words, never a line for a shell. At most kSearchesMax run at once.
//
// SearchLane is safe from any thread. A SearchRun belongs to one thread at a time, but for cancel(). What fails to start is kIo; too many are kLimit.
//
//   auto run = TRY(lane.start({.query = "user:ada", .seconds = 30}));
//   while (run->read(piece)) send(piece);
//   const SearchEnd end = run->finish();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/search_starter.h"
#include "api/workers.h"
#include "base/env.h"
#include "base/result.h"
#include "pipeline/event_search.h"
#include "store/checked_segments.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin::api {

/// Each may take its memory and two processors.
inline constexpr std::size_t kSearchesMax = 4;
/// Calls that wait for one of them to end; more are told to come again.
inline constexpr std::size_t kSearchesWaitingMax = 8;
/// What one search may take of address space, and of time if nobody says, and at most.
inline constexpr std::uint64_t kSearchAddressBytesMax = std::uint64_t{8} << 30;
inline constexpr std::uint64_t kSearchSeconds = 30, kSearchSecondsMax = 300;
/// Behind its time it has so long to say how far it got; then it is killed.
inline constexpr std::uint64_t kSearchGraceSeconds = 3;
/// Searches come after what the service does.
inline constexpr int kSearchNice = 5;
/// Of what it complains.
inline constexpr std::size_t kSearchComplaintBytesMax = 16 << 10;
/// Read of its output at a time.
inline constexpr std::size_t kSearchReadBytes = 64 << 10;
/// A query, or an SQL statement.
inline constexpr std::size_t kQueryTextBytesMax = 64 << 10;

struct SearchWanted {
  std::string query, sql;  // one of them
  std::string since = {}, until = {};
  bool count = false;
  std::uint64_t seconds = kSearchSeconds;
};

struct SearchEnd {
  int exit = -1;           // of `tocsin search`; -1: killed
  std::string complaints;  // lines
};

class SearchLane;
/// As HttpRequest has it.
using Gone = std::shared_ptr<const std::atomic<bool>>;

class SearchRun {
 public:
  ~SearchRun();
  SearchRun(const SearchRun&) = delete;
  SearchRun& operator=(const SearchRun&) = delete;

  /// Waits for some bytes of output; false at the end, which is also that of its time, and what comes of cancel().
  bool read(std::string& piece);
  /// Ends it if it still runs.
  SearchEnd finish();
  /// From any thread; returns at once.
  void cancel() { cancelled_ = true; }

 private:
  friend class SearchLane;
  SearchRun(SearchLane& lane, std::int64_t until_ns, Gone gone);
  Status begin(const SearchWanted& wanted);
  Result<StoredChoice> choose(const SearchWanted& wanted);
  void read_complaints();
  void read_exit();
  bool is_over() const;

  SearchLane& lane_;
  const std::int64_t until_ns_;
  const Gone gone_;
  std::unique_ptr<FileLock> readers_;  // from before the catalogue is read: nothing that it names is deleted
  SearchChild child_;
  std::string complaints_;
  int exit_ = -1;
  std::atomic<bool> cancelled_{false};
};

class SearchLane {
 public:
  SearchLane(Env& env, State& state, const DataFolder& data, MakeSearches make);
  /// It is cancelled when `gone`, if there is one, becomes true.
  Result<std::unique_ptr<SearchRun>> start(const SearchWanted& wanted, Gone gone);
  /// On a thread of the lane, which may wait for a search; false if too many jobs wait already.
  bool work(std::function<void()> job) { return workers_.submit(std::move(job)); }
  std::size_t running() const { return running_; }
  /// All that run end soon, and none is started any more.
  void stop() { stopping_ = true; }
  /// Behind stop(): waits for the threads.
  void join() { workers_.stop(); }

 private:
  friend class SearchRun;
  Env& env_;
  State& state_;
  const DataFolder data_;
  store::CheckedSegments checked_;
  SearchStarter starter_;
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> stopping_{false};
  Workers workers_;
};

}  // namespace tocsin::api
