// For tests: a DuckDB in memory with the table `events` as the store will have it, rows put into it from C++, and the answer of a
// statement as lines of text. A failure of DuckDB is the answer's text. One thread.
#pragma once

#ifdef TOCSIN_DUCKDB
#include <duckdb.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "store/query_duckdb.h"
#include "store/query_match.h"

namespace tocsin::store {

/// An event as the store has it: columns but for time by name, each with its values.
struct TestRow : QueryRow {
  TimeUs at = kNoTime;
  std::map<std::string, std::vector<std::string>, std::less<>> columns;
  /// nullopt: a null among the values.
  std::map<std::string, std::vector<std::optional<std::string>>, std::less<>> fields;

  TimeUs time() const override { return at; }
  std::string_view raw() const override { return columns.at("raw").front(); }
  void values(const QueryField& field, std::vector<std::string_view>& out) const override {
    if (field.column != nullptr) {
      const auto found = columns.find(field.column->name);
      if (found == columns.end()) return;
      for (const std::string& value : found->second) out.push_back(value);
      return;
    }
    const auto found = fields.find(field.name);
    if (found == fields.end()) return;
    for (const auto& value : found->second) {
      if (value) out.push_back(*value);
    }
  }
};

class TestDuckdb {
 public:
  TestDuckdb() {
    TOCSIN_CHECK(duckdb_open(nullptr, &database_) == DuckDBSuccess);
    TOCSIN_CHECK(duckdb_connect(database_, &connection_) == DuckDBSuccess);
    TOCSIN_CHECK(register_query_functions(connection_).has_value());
    run("SET threads = 1");
    run("CREATE MACRO record_values(fields, name) AS fields[name]");
    std::string table = "CREATE TABLE events (";
    for (const QueryColumn& column : kQueryColumns) {
      static constexpr const char* kTypes[] = {"VARCHAR", "VARCHAR[]", "INTEGER", "TIMESTAMP"};
      table += "\"" + std::string(column.name) + "\" " + kTypes[static_cast<int>(column.type)] + ", ";
    }
    run(table + "fields MAP(VARCHAR, VARCHAR[]))");
  }
  TestDuckdb(const TestDuckdb&) = delete;
  TestDuckdb& operator=(const TestDuckdb&) = delete;
  ~TestDuckdb() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  void clear() { run("DELETE FROM events"); }

  void insert(const std::vector<TestRow>& rows) {
    std::string sql;
    for (const TestRow& row : rows) sql += (sql.empty() ? "INSERT INTO events VALUES (" : ", (") + row_sql(row) + ")";
    const std::string answer = run(sql);
    TOCSIN_CHECK(!answer.starts_with("error"), answer);
  }

  /// A line for each row, values separated by " | ", a list as [a, b], null as NULL.
  std::string run(const std::string& sql, const std::vector<SqlParameter>& parameters = {}) {
    duckdb_prepared_statement statement = nullptr;
    duckdb_result result{};
    std::string answer;
    if (duckdb_prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess) {
      answer = std::string("error: ") + duckdb_prepare_error(statement);
    } else if (const Status bound = bind_parameters(statement, parameters); !bound) {
      answer = "error: " + bound.error().message;
    } else if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
      answer = std::string("error: ") + duckdb_result_error(&result);
    } else {
      answer = lines_of(result);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return answer;
  }

  /// The query's answer, every column as text.
  std::string ask(const CompiledQuery& query) {
    std::string columns;
    for (std::size_t i = 0; i < query.columns.size(); ++i) {
      columns += (i == 0 ? "CAST(c" : ", CAST(c") + std::to_string(i) + " AS VARCHAR)";
    }
    return run("SELECT " + columns + " FROM (" + query.sql + ")", query.parameters);
  }

 private:
  static std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
  }

  template <class Values>
  static std::string list_sql(const Values& values) {
    std::string out = "CAST([";
    for (const auto& value : values) {
      if constexpr (std::is_same_v<typename Values::value_type, std::string>)
        out += quoted(value) + ",";
      else
        out += (value ? quoted(*value) : "NULL") + ",";
    }
    if (out.back() == ',') out.pop_back();
    return out + "] AS VARCHAR[])";
  }

  static std::string row_sql(const TestRow& row) {
    std::string out, names, lists;
    for (const QueryColumn& column : kQueryColumns) {
      const auto found = row.columns.find(column.name);
      if (column.type == ColumnType::kTime) {
        out += row.at == kNoTime ? "NULL, " : "make_timestamp(" + std::to_string(row.at) + "), ";
      } else if (found == row.columns.end()) {
        out += "NULL, ";
      } else {
        out += (column.type == ColumnType::kTextList ? list_sql(found->second) : quoted(found->second.front())) + ", ";
      }
    }
    for (const auto& [name, values] : row.fields) {
      names += (names.empty() ? "" : ", ") + quoted(name);
      lists += (lists.empty() ? "" : ", ") + list_sql(values);
    }
    return out + "CAST(MAP([" + names + "], [" + lists + "]) AS MAP(VARCHAR, VARCHAR[]))";
  }

  static std::string lines_of(duckdb_result& result) {
    std::string lines;
    for (idx_t row = 0; row < duckdb_row_count(&result); ++row) {
      for (idx_t column = 0; column < duckdb_column_count(&result); ++column) {
        char* const value = duckdb_value_varchar(&result, column, row);
        lines += (column == 0 ? "" : " | ") + std::string(value == nullptr ? "NULL" : value);
        duckdb_free(value);
      }
      lines += "\n";
    }
    return lines;
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

}  // namespace tocsin::store
#endif
