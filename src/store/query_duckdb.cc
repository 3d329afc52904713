#include "store/query_duckdb.h"

#ifdef TOCSIN_DUCKDB
#include <cstring>
#include <optional>
#include <string_view>

#include "store/duck.h"
#include "store/query_functions.h"
#include "store/text_pattern.h"

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

/// The same pattern stands in every row of a chunk, but for SQL that says otherwise; it is read when it is another one than before.
void text_matches(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector texts = api().data_chunk_get_vector(input, 0), patterns = api().data_chunk_get_vector(input, 1);
  const auto* const text = static_cast<const duckdb_string_t*>(api().vector_get_data(texts));
  const auto* const written = static_cast<const duckdb_string_t*>(api().vector_get_data(patterns));
  std::uint64_t* const text_there = api().vector_get_validity(texts);
  std::uint64_t* const written_there = api().vector_get_validity(patterns);
  auto* const matches = static_cast<bool*>(api().vector_get_data(output));
  api().vector_ensure_validity_writable(output);
  std::uint64_t* const valid = api().vector_get_validity(output);
  const auto is_there = [](std::uint64_t* mask, idx_t row) { return mask == nullptr || api().validity_row_is_valid(mask, row); };
  std::optional<TextPattern> pattern;
  const duckdb_string_t* read = nullptr;
  std::string scratch;
  for (idx_t row = 0; row < api().data_chunk_get_size(input); ++row) {
    if (!is_there(text_there, row) || !is_there(written_there, row)) {
      api().validity_set_row_invalid(valid, row);
      continue;
    }
    if (read == nullptr || std::memcmp(read, &written[row], sizeof *read) != 0) {
      read = &written[row];
      pattern.emplace(read_wild(text_of(*read)));
    }
    matches[row] = pattern->matches(text_of(text[row]), scratch);
  }
}

Status register_function(duckdb_connection connection, const char* name, idx_t texts, duckdb_type gives, duckdb_scalar_function_t run) {
  duckdb_scalar_function function = api().create_scalar_function();
  duckdb_logical_type text = api().create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type type = api().create_logical_type(gives);
  api().scalar_function_set_name(function, name);
  for (idx_t i = 0; i < texts; ++i) api().scalar_function_add_parameter(function, text);
  api().scalar_function_set_return_type(function, type);
  api().scalar_function_set_function(function, run);
  const duckdb_state state = api().register_scalar_function(connection, function);
  api().destroy_logical_type(&type);
  api().destroy_logical_type(&text);
  api().destroy_scalar_function(&function);
  if (state != DuckDBSuccess) return Error{Code::kUnsupported, std::string("DuckDB does not take the function ") + name};
  return {};
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
  TRY(register_function(connection, "address_key", 1, DUCKDB_TYPE_BLOB, address_keys));
  return register_function(connection, "text_matches", 2, DUCKDB_TYPE_BOOLEAN, text_matches);
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
