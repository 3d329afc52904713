// Asks the stored events: segments, and what of the journal is not in one yet, as one relation `events` (docs/formats/query.md). A Search reads
// files of the segments' folder and nothing else, in its limits of memory and time, and can be cancelled. One thread, but for cancel().
//
// prepare() does what needs no knowledge of the question, and makes no thread, so that the process may still fork or confine itself before begin().
//
//   auto search = TRY(Search::open(limits, {.folder = data.segments(), .files = files, .waiting = rows, .fields = make_fields}));
//   TRY(search->run(compile_query(*query, {.relation = Search::kRelation}), visitor));     // or run_sql("select …", visitor)
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/event_rows.h"
#include "store/query_sql.h"
#include "store/record_values.h"

namespace tocsin::store {

class Duck;
class SequenceSet;

struct SearchLimits {
  std::uint64_t memory_bytes = 512u << 20;
  unsigned threads = 2;
  std::chrono::milliseconds time{600'000};
};

struct SearchTarget {
  std::string folder;
  std::vector<std::string> files;   // below the folder
  RowSource* waiting = nullptr;     // not stored yet; outlives the search
  std::string output = {};          // the one file that may be written, by export_…(); "": none
  MakeRecordFields fields;
};

/// One value of a row, as JSON (null, true, 12, 1.5, "text", ["a","b"]) and as text for people.
struct SearchValue {
  std::string json, text;
};

class SearchVisitor {
 public:
  virtual ~SearchVisitor() = default;
  /// Once, before the rows.
  virtual void columns(const std::vector<std::string>& names) = 0;
  /// False: no more are wanted.
  virtual bool row(const std::vector<SearchValue>& values) = 0;
};

/// A record, byte for byte as it was received. What it points to stays until the visitor returns.
struct StoredRecord {
  std::uint64_t sequence = 0;
  TimeUs received = kNoTime;
  std::string_view source, raw;
};

class RecordVisitor {
 public:
  virtual ~RecordVisitor() = default;
  /// False: no more are wanted.
  virtual bool record(const StoredRecord& record) = 0;
};

/// Which records: a condition on the columns of segments (docs/formats/segments.md), with ? for each of the parameters; "" for all.
struct RecordCondition {
  std::string sql;
  std::vector<SqlParameter> parameters;
};

class Search {
 public:
  /// What compile_query() is to be given: `events`, and the record again as `fields`, which record_values() reads.
  static constexpr std::string_view kRelation = "(SELECT *, raw AS fields FROM events)";

  /// prepare() and begin().
  static Result<std::unique_ptr<Search>> open(const SearchLimits& limits, const SearchTarget& target);
  /// `folder`, `output` and `fields` of the target.
  static Result<std::unique_ptr<Search>> prepare(const SearchLimits& limits, const SearchTarget& target);
  /// `files` and `waiting`; once, before anything is asked.
  Status begin(const std::vector<std::string>& files, RowSource* waiting, std::chrono::milliseconds time);
  ~Search();
  /// kInvalid for SQL that is wrong, or no query (it changes something); kLimit if time or memory are used up; kDenied if cancelled.
  Status run(const CompiledQuery& query, SearchVisitor& visitor);
  Status run_sql(const std::string& sql, SearchVisitor& visitor);
  /// The rows as a Parquet file, SearchTarget::output, which is whole when this succeeds.
  Status export_query(const CompiledQuery& query);
  Status export_sql(const std::string& sql);
  /// In the order of the store. The condition is asked of all columns that it names before a raw record is read, of which only the stretches with
  /// such a record are.
  Status read_records(const RecordCondition& condition, RecordVisitor& visitor);
  /// How many there are.
  Result<std::uint64_t> count_records(const RecordCondition& condition);
  /// From any thread: what runs ends soon.
  void cancel();

 private:
  Search(std::unique_ptr<Duck> duck, const SearchTarget& target);
  class Statement;
  struct Question {
    std::string sql;
    std::span<const SqlParameter> parameters;
    std::vector<std::string> names;
    std::vector<bool> as_numbers;  // by column: texts that are numbers
  };
  Status make_view(const char* name, std::string& sql);
  std::string with_events(const std::string& sql) const;
  Status ask(const Question& question, SearchVisitor& visitor);
  Status write_parquet(const std::string& sql, std::span<const SqlParameter> parameters);
  template <class Read>
  Status execute(Statement& statement, Read&& read);
  Error trouble(const char* reason) const;

  template <class Visit>
  Status read_numbers(const std::string& sql, std::span<const SqlParameter> parameters, Visit&& visit);

  std::unique_ptr<SequenceSet> candidates_;  // of read_records(); before the connection that asks it
  std::unique_ptr<Duck> duck_;
  const std::string folder_, output_;
  std::chrono::milliseconds time_{0};
  std::string events_, records_;  // what they are as a SELECT; empty once there is a view
  std::atomic<bool> cancelled_{false}, late_{false};
};

}  // namespace tocsin::store
