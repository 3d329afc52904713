// DuckDB's C API, loaded when it is first wanted: the library is larger than all the rest of the program, and a scan of files should not
// wait for it. duck_api() gives the functions, or says why there are none; it is safe from any thread and loads once. Where the build found no
// DuckDB (TOCSIN_DUCKDB is not defined), duck_available() says so and everything that needs it is left out.
//
//   const DuckApi& duck = *TRY(duck_api());
//   duck.open_ext(nullptr, &database, config, &message);
#pragma once

#include "base/result.h"

namespace tocsin::store {

/// kUnsupported with what to do if this program has no DuckDB, or it cannot be loaded.
Status duck_available();

}  // namespace tocsin::store

#ifdef TOCSIN_DUCKDB
#include <duckdb.h>

namespace tocsin::store {

// Every function of DuckDB that is called, without its prefix duckdb_.
#define TOCSIN_DUCKDB_FUNCTIONS(F)                                                                                                 \
  F(bind_add_result_column) F(bind_blob) F(bind_double) F(bind_int64) F(bind_timestamp) F(bind_varchar_length) F(close)            \
  F(connect) F(create_config) F(create_list_type) F(create_logical_type) F(create_scalar_function) F(create_table_function)        \
  F(data_chunk_get_size) F(data_chunk_get_vector) F(data_chunk_set_size) F(destroy_config) F(destroy_data_chunk)                   \
  F(destroy_logical_type) F(destroy_prepare) F(destroy_result) F(destroy_scalar_function) F(destroy_table_function)                \
  F(disconnect) F(execute_prepared_streaming) F(fetch_chunk) F(free) F(function_get_extra_info) F(function_get_init_data)          \
  F(function_set_error) F(get_type_id) F(init_get_column_count) F(init_get_column_index) F(init_get_extra_info)                    \
  F(init_set_init_data) F(init_set_max_threads) F(interrupt) F(list_type_child_type) F(list_vector_get_child) F(list_vector_get_size)           \
  F(list_vector_reserve) F(list_vector_set_size) F(open_ext) F(prepare) F(prepare_error) F(prepared_statement_column_count)        \
  F(prepared_statement_column_logical_type) F(prepared_statement_column_name) F(prepared_statement_column_type)                    \
  F(prepared_statement_type) F(query) F(register_scalar_function) F(register_table_function) F(result_error)                       \
  F(scalar_function_add_parameter) F(scalar_function_get_extra_info) F(scalar_function_set_extra_info)                             \
  F(scalar_function_set_function) F(scalar_function_set_name) F(scalar_function_set_return_type) F(set_config)                     \
  F(table_function_set_bind) F(table_function_set_extra_info) F(table_function_set_function) F(table_function_set_init)            \
  F(table_function_set_name) F(table_function_supports_projection_pushdown) F(validity_row_is_valid) F(validity_set_row_invalid)   \
  F(vector_assign_string_element_len) F(vector_ensure_validity_writable) F(vector_get_column_type) F(vector_get_data)              \
  F(vector_get_validity) F(vector_size)

struct DuckApi {
#define TOCSIN_DUCKDB_POINTER(name) decltype(&::duckdb_##name) name = nullptr;
  TOCSIN_DUCKDB_FUNCTIONS(TOCSIN_DUCKDB_POINTER)
#undef TOCSIN_DUCKDB_POINTER
};

Result<const DuckApi*> duck_api();

}  // namespace tocsin::store
#endif
