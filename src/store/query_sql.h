// A query as one SELECT for DuckDB: text with $1, $2 … and the parameters for them. Nothing that the user wrote stands in the
// text, neither values nor names: columns of the result are c0, c1 …, and what they are called is told beside it.
// docs/formats/query.md says which SQL each construct becomes and why.
//
// A pure function of a parsed query, which always compiles. The relation is the caller's own: an SQL name, or a SELECT in
// parentheses, with the columns of query_columns.h and `fields`, of which record_values(fields, name) makes the values of a
// source-native field (record_values.h); its connection must know that function and address_key (query_functions.h).
//
//   CompiledQuery sql = compile_query(*query, {.relation = "events", .since = now - day});
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/query.h"

namespace tocsin::store {

struct SqlTime {
  TimeUs time = 0;
  bool operator==(const SqlTime&) const = default;
};
struct SqlBlob {
  std::string bytes;
  bool operator==(const SqlBlob&) const = default;
};
/// VARCHAR, BIGINT, DOUBLE, TIMESTAMP, BLOB.
using SqlParameter = std::variant<std::string, std::int64_t, double, SqlTime, SqlBlob>;

struct SqlTarget {
  std::string relation = "events";
  std::optional<TimeUs> since, until;  // from the first on, before the second
};

struct SqlColumn {
  std::string name;  // as the user wrote it
  ColumnType type = ColumnType::kText;
  bool operator==(const SqlColumn&) const = default;
};

struct CompiledQuery {
  std::string sql;
  std::vector<SqlParameter> parameters;  // of $1, $2 …
  std::vector<SqlColumn> columns;        // of c0, c1 …
};

CompiledQuery compile_query(const Query& query, const SqlTarget& target);

/// For people and tests: a string in quotes, a time as RFC 3339, bytes as hexadecimal digits.
std::string describe_parameter(const SqlParameter& parameter);

}  // namespace tocsin::store
