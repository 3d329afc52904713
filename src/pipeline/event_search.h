// A search of everything that a data folder holds: its segments, and what of the journal is in none yet, whether a service runs on it or not. What
// cannot be read (a damaged segment, the journal without its key) is left out, named by troubles(), and never given as good. One thread, but
// for cancel().
//
// With `confined` the process gives up, for good, all that the search does not need: DuckDB works on bytes of others and on whatever SQL
// somebody wrote, so it reads segments and journal and nothing else, writes nothing, opens no connection and starts no program, whatever
// becomes of DuckDB's own settings.
//
// A process that is to fork for each search (cli/searches.cc) does what takes long before it, with prepare(), and leaves to others what stands in the state:
// begin() is told which segments to read.
//
//   auto search = TRY(EventSearch::open(env, {.data = data, .key_file = key, .since = since}));
//   TRY(search->run(*query, visitor));
//   for (const std::string& trouble : search->troubles()) complain(trouble);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/sandbox.h"
#include "base/seal.h"
#include "normalize/taxonomy.h"
#include "pipeline/journal_rows.h"
#include "pipeline/protection.h"
#include "store/data_folder.h"
#include "store/query.h"
#include "store/search.h"
#include "store/state.h"

namespace tocsin {

struct EventSearchOptions {
  DataFolder data;
  std::string key_file;
  store::SearchLimits limits;
  std::optional<TimeUs> since, until;
  std::string output = {};  // the file that export_…() write; "": none
  bool confined = false;
  std::vector<std::string> mappings = {};  // of the user
  std::uint64_t held_bytes = 0;  // that whoever searches may hold beside, where it is confined
};

/// What is to be read of what is stored.
struct StoredChoice {
  std::uint64_t position = 0;        // the journal from there on
  std::vector<std::string> files;    // segments, checked
  std::uint64_t segment_events = 0;  // in those
  std::vector<std::string> troubles; // what was left out, and why

  bool operator==(const StoredChoice&) const = default;
};
using CheckSegment = std::function<Status(const store::Segment& segment)>;
/// The segments that can hold something from `since` on and before `until`, and check. Where the catalogue is damaged (kInvalid) the whole journal is
/// to be asked, and nothing else: which files count nobody knows then. Whoever asks shares the lock `readers` from before the catalogue is read.
Result<StoredChoice> choose_stored(const Result<State::Stored>& stored, std::optional<TimeUs> since, std::optional<TimeUs> until, const CheckSegment& check);

/// What a search may have beside DuckDB's buffers: the library's own structures, this program, records on their way.
inline constexpr std::uint64_t kSearchOtherBytesMax = 512u << 20;

/// For a process that does nothing but search `data` from now on; `memory_bytes` are DuckDB's.
SandboxPlan search_sandbox(const DataFolder& data, std::uint64_t memory_bytes);

class EventSearch {
 public:
  static Result<std::unique_ptr<EventSearch>> open(Env& env, const EventSearchOptions& options);
  ~EventSearch();

  /// The parts of open(). Without a question, and without a thread: libraries are loaded, the key is read; `since` and `until` do not count.
  static Result<std::unique_ptr<EventSearch>> prepare(Env& env, const EventSearchOptions& options);
  Status confine();
  struct Beginning {
    StoredChoice choice;
    std::optional<TimeUs> since, until;
    std::chrono::milliseconds time{0};
  };
  Status begin(Beginning beginning);

  /// Fails as store::Search does.
  Status run(const store::Query& query, store::SearchVisitor& visitor);
  /// One row with one number: how many rows the query has.
  Status count(const store::Query& query, store::SearchVisitor& visitor);
  Status run_sql(const std::string& sql, store::SearchVisitor& visitor);
  /// The rows as a Parquet file, EventSearchOptions::output.
  Status export_query(const store::Query& query) { return search_->export_query(compile(query)); }
  Status export_sql(const std::string& sql) { return search_->export_sql(sql); }
  /// Those of `since` to `until` for which the condition holds, in the order of the store.
  Status read_records(store::RecordCondition condition, store::RecordVisitor& visitor);
  Result<std::uint64_t> count_records() { return search_->count_records(within_times({})); }
  /// In the segments that can hold what is asked for.
  std::uint64_t segment_events() const { return segment_events_; }
  void cancel() { search_->cancel(); }

  std::vector<std::string> troubles() const;
  /// What is in force since open(), if it was asked for.
  const Sandbox& sandbox() const { return sandbox_; }

 private:
  EventSearch(Env& env, EventSearchOptions options) : env_(env), options_(std::move(options)) {}
  Result<StoredChoice> choose();
  Status open_journal(std::uint64_t position);
  store::RecordCondition within_times(store::RecordCondition condition) const;
  store::CompiledQuery compile(const store::Query& query) const;

  Env& env_;
  EventSearchOptions options_;
  std::unique_ptr<FileLock> readers_;  // from before the catalogue is read: nothing that it names is deleted
  std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  std::string no_key_;  // why there is none
  std::unique_ptr<Seal> master_;
  std::unique_ptr<Protection> protection_;
  std::unique_ptr<RecordReader> reader_;  // of the journal's records
  std::unique_ptr<JournalRows> rows_;
  std::uint64_t segment_events_ = 0;
  std::vector<std::string> troubles_;
  Sandbox sandbox_;
  std::unique_ptr<store::Search> search_;
};

}  // namespace tocsin
