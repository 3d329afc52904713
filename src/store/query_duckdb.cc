#include "store/query_duckdb.h"

#ifdef TOCSIN_DUCKDB
#include <string_view>

#include "store/duck.h"
#include "store/query_functions.h"

namespace tocsin::store {
namespace {

/// Loaded: whoever calls functions of ours has it.
const DuckApi& api() { return **duck_api(); }

void address_keys(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector texts = api().data_chunk_get_vector(input, 0);
  auto* const strings = static_cast<duckdb_string_t*>(api().vector_get_data(texts));
  const idx_t rows = api().data_chunk_get_size(input);
  api().vector_ensure_validity_writable(output);
  std::uint64_t* const valid = api().vector_get_validity(output);
  std::uint64_t* const given = api().vector_get_validity(texts);
  for (idx_t row = 0; row < rows; ++row) {
    std::optional<std::string> key;
    if (given == nullptr || api().validity_row_is_valid(given, row)) {
      key = address_key(text_of(strings[row]));
    }
    if (key)
      api().vector_assign_string_element_len(output, row, key->data(), key->size());
    else
      api().validity_set_row_invalid(valid, row);
  }
}

struct Bind {
  duckdb_prepared_statement statement;
  idx_t index;

  duckdb_state operator()(const std::string& text) const {
    return api().bind_varchar_length(statement, index, text.data(), text.size());
  }
  duckdb_state operator()(std::int64_t number) const { return api().bind_int64(statement, index, number); }
  duckdb_state operator()(double number) const { return api().bind_double(statement, index, number); }
  duckdb_state operator()(SqlTime time) const { return api().bind_timestamp(statement, index, {time.time}); }
  duckdb_state operator()(const SqlBlob& blob) const {
    return api().bind_blob(statement, index, blob.bytes.data(), blob.bytes.size());
  }
};

}  // namespace

Status register_query_functions(duckdb_connection connection) {
  TRY(duck_available());
  duckdb_scalar_function function = api().create_scalar_function();
  duckdb_logical_type text = api().create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type bytes = api().create_logical_type(DUCKDB_TYPE_BLOB);
  api().scalar_function_set_name(function, "address_key");
  api().scalar_function_add_parameter(function, text);
  api().scalar_function_set_return_type(function, bytes);
  api().scalar_function_set_function(function, address_keys);
  const duckdb_state state = api().register_scalar_function(connection, function);
  api().destroy_logical_type(&bytes);
  api().destroy_logical_type(&text);
  api().destroy_scalar_function(&function);
  if (state != DuckDBSuccess) return Error{Code::kUnsupported, "DuckDB does not take the function address_key"};
  return {};
}

Status bind_parameters(duckdb_prepared_statement statement, std::span<const SqlParameter> parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::visit(Bind{statement, i + 1}, parameters[i]) == DuckDBSuccess) continue;
    const char* const reason = api().prepare_error(statement);
    return Error{Code::kInvalid, "parameter $" + std::to_string(i + 1) + " is not taken: " + (reason ? reason : "")};
  }
  return {};
}

}  // namespace tocsin::store
#endif
