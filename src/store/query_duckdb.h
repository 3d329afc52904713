// What ties compiled queries to DuckDB's C API: the functions that they need on a connection, and their parameters on a prepared
// statement. Only where the build found DuckDB (TOCSIN_DUCKDB). Call both from the thread that owns the connection;
// they fail where DuckDB does, with its message.
//
//   TRY(register_query_functions(connection));
//   duckdb_prepare(connection, compiled.sql.c_str(), &statement);
//   TRY(bind_parameters(statement, compiled.parameters));
#pragma once

#ifdef TOCSIN_DUCKDB
#include <duckdb.h>

#include <span>

#include "base/result.h"
#include "store/query_sql.h"

namespace tocsin::store {

/// address_key(VARCHAR) → BLOB (query_functions.h) and text_matches(VARCHAR, VARCHAR) → BOOLEAN (text_pattern.h), for this connection's database.
Status register_query_functions(duckdb_connection connection);
Status bind_parameters(duckdb_prepared_statement statement, std::span<const SqlParameter> parameters);

}  // namespace tocsin::store
#endif
