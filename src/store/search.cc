#include "store/search.h"

#ifdef TOCSIN_DUCKDB
#include <fmt/format.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "store/query_columns.h"
#include "store/query_duckdb.h"
#include "store/search_values.h"
#include "store/sequence_set.h"

namespace tocsin::store {

namespace {

/// Calls `late` when the time is over, unless it goes before.
class Timer {
 public:
  Timer(std::chrono::milliseconds time, std::function<void()> late) {
    thread_ = std::thread([this, time, late = std::move(late)] {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!ended_.wait_for(lock, time, [this] { return done_; })) late();
    });
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

/// What is stored and what waits. All files have the columns of `events`, so that the first one can speak for all; asked for others, DuckDB has to read what
/// each file says of itself before it begins.
std::string rows_sql(const std::string& columns, const std::string& files, bool one_for_all, bool some_wait) {
  std::string rows;
  if (!files.empty()) rows = fmt::format("SELECT {} FROM read_parquet({}, hive_partitioning = false, union_by_name = {})", columns, files, !one_for_all);
  if (some_wait) rows += fmt::format("{} {} FROM waiting()", rows.empty() ? "SELECT" : " UNION ALL BY NAME SELECT", columns);
  return rows;
}

/// The relation of docs/formats/query.md, of rows_sql().
std::string events_sql(const std::string& files, bool some_wait) {
  std::string stored = "sequence, received, raw_bytes", columns;
  for (const QueryColumn& column : kQueryColumns) {
    if (column.name != "id") stored.append(", ").append(column.name);
    columns += column.name == "id" ? "source || ':' || sequence AS id" : std::string(column.name);
    columns += ", ";
  }
  return "SELECT " + columns + "received, raw_bytes FROM (" + rows_sql(stored, files, true, some_wait) + ")";
}

/// Gives the rows of `statement` on; the reason, if it failed.
template <class Statement>
const char* read_rows(const DuckApi& api, Statement& statement, const std::vector<bool>& as_numbers, SearchVisitor& visitor) {
  std::vector<SearchValue> values(as_numbers.size());
  bool wanted = true;
  while (wanted) {
    duckdb_data_chunk chunk = statement.next();
    if (chunk == nullptr) return statement.error();
    std::vector<ValueReader> readers;
    for (idx_t i = 0; i < values.size(); ++i) readers.emplace_back(api, api.data_chunk_get_vector(chunk, i), as_numbers[i]);
    for (idx_t row = 0; wanted && row < api.data_chunk_get_size(chunk); ++row) {
      for (std::size_t i = 0; i < values.size(); ++i) readers[i].read(row, values[i]);
      wanted = visitor.row(values);
    }
    api.destroy_data_chunk(&chunk);
  }
  return nullptr;
}

/// The same of read_records(): sequence, received, source, raw, raw_bytes.
template <class Statement>
const char* read_record_rows(const DuckApi& api, Statement& statement, RecordVisitor& visitor) {
  bool wanted = true;
  while (wanted) {
    duckdb_data_chunk chunk = statement.next();
    if (chunk == nullptr) return statement.error();
    const void* data[5];
    for (idx_t i = 0; i < 5; ++i) data[i] = api.vector_get_data(api.data_chunk_get_vector(chunk, i));
    std::uint64_t* const has_bytes = api.vector_get_validity(api.data_chunk_get_vector(chunk, 4));
    for (idx_t row = 0; wanted && row < api.data_chunk_get_size(chunk); ++row) {
      const auto text = [&](std::size_t column) { return text_of(static_cast<const duckdb_string_t*>(data[column])[row]); };
      const bool odd = has_bytes == nullptr || api.validity_row_is_valid(has_bytes, row);
      wanted = visitor.record({static_cast<std::uint64_t>(static_cast<const std::int64_t*>(data[0])[row]),
                               static_cast<const std::int64_t*>(data[1])[row], text(2), odd ? text(4) : text(3)});
    }
    api.destroy_data_chunk(&chunk);
  }
  return nullptr;
}

/// A name as SQL has it.
std::string identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string where(const RecordCondition& condition) { return condition.sql.empty() ? "" : " WHERE " + condition.sql; }

}  // namespace

/// One prepared statement, and what it is asked with.
class Search::Statement {
 public:
  Statement(Duck& duck, const std::string& sql) : api_(duck.api()) {
    good_ = api_.prepare(duck.connection(), sql.c_str(), &statement_) == DuckDBSuccess;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() {
    api_.destroy_result(&result_);
    api_.destroy_prepare(&statement_);
  }

  bool good() const { return good_; }
  const char* prepare_error() const { return api_.prepare_error(statement_); }
  bool is_query() const {
    const duckdb_statement_type type = api_.prepared_statement_type(statement_);
    return type == DUCKDB_STATEMENT_TYPE_SELECT || type == DUCKDB_STATEMENT_TYPE_EXPLAIN;
  }
  idx_t columns() const { return api_.prepared_statement_column_count(statement_); }
  std::string name(idx_t column) const {
    const char* const text = api_.prepared_statement_column_name(statement_, column);
    std::string name = text == nullptr ? "" : text;
    api_.free(const_cast<char*>(text));  // NOLINT: the API's own way
    return name;
  }
  bool is_plain(idx_t column) const {
    duckdb_logical_type type = api_.prepared_statement_column_logical_type(statement_, column);
    const bool plain = store::is_plain(api_, type);
    api_.destroy_logical_type(&type);
    return plain;
  }
  bool is_wide_number(idx_t column) const { return store::is_wide_number(api_.prepared_statement_column_type(statement_, column)); }
  Status bind(std::span<const SqlParameter> parameters) { return bind_parameters(statement_, parameters); }

  /// Null if it went well.
  const char* execute() {
    if (api_.execute_prepared_streaming(statement_, &result_) == DuckDBSuccess) return nullptr;
    return error();
  }
  /// Null behind the last chunk and after a failure.
  duckdb_data_chunk next() { return api_.fetch_chunk(result_); }
  const char* error() { return api_.result_error(&result_); }

 private:
  const DuckApi& api_;
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_result result_{};
  bool good_ = false;
};

Search::Search(std::unique_ptr<Duck> duck, const SearchTarget& target)
    : candidates_(std::make_unique<SequenceSet>()), duck_(std::move(duck)), folder_(target.folder), output_(target.output) {}
Search::~Search() = default;

Result<std::unique_ptr<Search>> Search::open(const SearchLimits& limits, const SearchTarget& target) {
  std::unique_ptr<Search> search = TRY(prepare(limits, target));
  TRY(search->begin(target.files, target.waiting, limits.time));
  return search;
}

Result<std::unique_ptr<Search>> Search::prepare(const SearchLimits& limits, const SearchTarget& target) {
  std::vector<std::string> files;
  if (!target.output.empty()) files.push_back(target.output);
  auto duck = TRY(Duck::prepare(
      {.memory_bytes = limits.memory_bytes, .threads = limits.threads, .keeps_order = true, .folders = {target.folder}, .files = std::move(files)}));
  TRY(register_query_functions(duck->connection()));
  TRY(register_record_values(*duck, target.fields));
  std::unique_ptr<Search> search(new Search(std::move(duck), target));
  TRY(register_candidates(*search->duck_, *search->candidates_));
  return search;
}

Status Search::begin(const std::vector<std::string>& files, RowSource* waiting, std::chrono::milliseconds time) {
  time_ = time;
  if (waiting != nullptr) TRY(register_rows(*duck_, "waiting", *waiting));
  std::vector<std::string> paths;
  for (const std::string& file : files) paths.push_back(folder_ + "/" + file);
  const std::string listed = paths.empty() ? "" : sql_list(paths);
  events_ = events_sql(listed, waiting != nullptr);
  records_ = rows_sql("*", listed, false, waiting != nullptr);
  return duck_->settle();
}

/// For SQL that is not made here. A view reads the files once when it is made and again when it is used; compiled queries do without.
Status Search::make_view(const char* name, std::string& sql) {
  if (sql.empty()) return {};
  return duck_->run(fmt::format("CREATE VIEW {} AS {}", name, std::exchange(sql, "")));
}

/// A SELECT that knows `events`.
std::string Search::with_events(const std::string& sql) const {
  return events_.empty() ? sql : "WITH events AS NOT MATERIALIZED (" + events_ + ") " + sql;
}

void Search::cancel() {
  cancelled_ = true;
  duck_->interrupt();
}

Error Search::trouble(const char* reason) const {
  const std::string text = reason == nullptr ? "DuckDB failed" : reason;
  if (cancelled_) return {Code::kDenied, "the search was cancelled"};
  if (late_) return {Code::kLimit, fmt::format("the search took longer than {} s; narrow it, or allow it more time", time_.count() / 1000)};
  if (text.find("Out of Memory") != std::string::npos) return {Code::kLimit, "the search needs more memory than it may have; narrow it, or allow it more"};
  return {Code::kInvalid, text};
}

Status Search::run(const CompiledQuery& query, SearchVisitor& visitor) {
  Question question;
  question.sql = with_events(query.sql);
  question.parameters = query.parameters;
  for (const SqlColumn& column : query.columns) question.names.push_back(column.name);
  question.as_numbers.resize(question.names.size());
  return ask(question, visitor);
}

/// What is not read from memory as it is, DuckDB makes text of.
Status Search::run_sql(const std::string& sql, SearchVisitor& visitor) {
  TRY(make_view("events", events_));
  Question question;
  question.sql = sql.substr(0, sql.find_last_not_of("; \t\r\n") + 1);
  std::string selected, names;
  bool all_plain = true;
  {
    const Statement statement(*duck_, question.sql);
    if (!statement.good()) return trouble(statement.prepare_error());
    if (!statement.is_query()) return Error{Code::kInvalid, "only questions can be asked: SELECT, and EXPLAIN of one"};
    for (idx_t i = 0; i < statement.columns(); ++i) {
      const std::string name = "c" + std::to_string(i), before = i == 0 ? "" : ", ";
      question.names.push_back(statement.name(i));
      question.as_numbers.push_back(statement.is_wide_number(i));
      all_plain = all_plain && statement.is_plain(i);
      selected += before + (statement.is_plain(i) ? name : "CAST(" + name + " AS VARCHAR)");
      names += before + name;
    }
  }
  // The line end keeps a comment at the end of what the user wrote from going on.
  if (!all_plain) question.sql = "SELECT " + selected + " FROM (" + question.sql + "\n) AS q(" + names + ")";
  return ask(question, visitor);
}

/// `read` takes the rows and says why it could not, or nullptr.
template <class Read>
Status Search::execute(Statement& statement, Read&& read) {
  if (cancelled_ || late_) return trouble(nullptr);
  const Timer timer(time_, [this] {
    late_ = true;
    duck_->interrupt();
  });
  if (const char* const reason = statement.execute()) return trouble(reason);
  const char* const reason = read();
  if (reason != nullptr || cancelled_ || late_) return trouble(reason);
  return {};
}

Status Search::ask(const Question& question, SearchVisitor& visitor) {
  Statement statement(*duck_, question.sql);
  if (!statement.good()) return trouble(statement.prepare_error());
  TRY(statement.bind(question.parameters));
  return execute(statement, [&] {
    visitor.columns(question.names);
    return read_rows(duck_->api(), statement, question.as_numbers, visitor);
  });
}

Status Search::export_query(const CompiledQuery& query) {
  std::string columns;
  for (std::size_t i = 0; i < query.columns.size(); ++i) columns += fmt::format("{}c{} AS {}", i > 0 ? ", " : "", i, identifier(query.columns[i].name));
  return write_parquet(with_events("SELECT " + columns + " FROM (" + query.sql + ")"), query.parameters);
}

/// What is a SELECT by itself is one in parentheses, too: what the user wrote cannot end them.
Status Search::export_sql(const std::string& sql) {
  TRY(make_view("events", events_));
  const std::string selected = sql.substr(0, sql.find_last_not_of("; \t\r\n") + 1);
  {
    const Statement statement(*duck_, selected);
    if (!statement.good()) return trouble(statement.prepare_error());
    if (!statement.is_query()) return Error{Code::kInvalid, "only questions can be asked: SELECT"};
  }
  return write_parquet(selected, {});
}

Status Search::write_parquet(const std::string& sql, std::span<const SqlParameter> parameters) {
  // The line end keeps a comment at the end of what the user wrote from going on. The file has another name until it is whole: the caller sees to that.
  Statement statement(*duck_, "COPY (" + sql + "\n) TO " + sql_text(output_) + " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)");
  if (!statement.good()) return trouble(statement.prepare_error());
  TRY(statement.bind(parameters));
  return execute(statement, [&]() -> const char* {
    while (duckdb_data_chunk chunk = statement.next()) duck_->api().destroy_data_chunk(&chunk);
    return statement.error();
  });
}

/// The rows of one number each.
template <class Visit>
Status Search::read_numbers(const std::string& sql, std::span<const SqlParameter> parameters, Visit&& visit) {
  Statement statement(*duck_, sql);
  if (!statement.good()) return trouble(statement.prepare_error());
  TRY(statement.bind(parameters));
  return execute(statement, [&]() -> const char* {
    while (duckdb_data_chunk chunk = statement.next()) {
      const void* const numbers = duck_->api().vector_get_data(duck_->api().data_chunk_get_vector(chunk, 0));
      for (idx_t row = 0; row < duck_->api().data_chunk_get_size(chunk); ++row) visit(static_cast<std::uint64_t>(static_cast<const std::int64_t*>(numbers)[row]));
      duck_->api().destroy_data_chunk(&chunk);
    }
    return statement.error();
  });
}

Result<std::uint64_t> Search::count_records(const RecordCondition& condition) {
  std::uint64_t count = 0;
  TRY(make_view("records", records_));
  TRY(read_numbers("SELECT count(*) FROM records" + where(condition), condition.parameters, [&](std::uint64_t number) { count = number; }));
  return count;
}

/// A condition on several columns is asked of rows that are read whole, raw records and all; one on a single column, of that column first. So the
/// sequences are found without the records, and then the records by is_candidate(sequence).
Status Search::read_records(const RecordCondition& condition, RecordVisitor& visitor) {
  TRY(make_view("records", records_));
  std::string wanted;
  if (!condition.sql.empty()) {
    candidates_->clear();
    TRY(read_numbers("SELECT sequence FROM records" + where(condition), condition.parameters, [&](std::uint64_t sequence) { candidates_->add(sequence); }));
    if (candidates_->empty()) return {};
    wanted = fmt::format(" WHERE is_candidate(sequence) AND sequence BETWEEN {} AND {}", candidates_->first(), candidates_->last());
  }
  Statement statement(*duck_, "SELECT sequence, received, source, raw, raw_bytes FROM records" + wanted);
  if (!statement.good()) return trouble(statement.prepare_error());
  return execute(statement, [&] { return read_record_rows(duck_->api(), statement, visitor); });
}

}  // namespace tocsin::store
#endif
