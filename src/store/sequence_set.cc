#include "store/sequence_set.h"

#ifdef TOCSIN_DUCKDB
#include "store/duck.h"

namespace tocsin::store {
namespace {

const DuckApi& api() { return **duck_api(); }

void is_candidate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& set = **static_cast<const SequenceSet**>(api().scalar_function_get_extra_info(info));
  const auto* const sequences = static_cast<const std::int64_t*>(api().vector_get_data(api().data_chunk_get_vector(input, 0)));
  auto* const is_one = static_cast<bool*>(api().vector_get_data(output));
  for (idx_t row = 0; row < api().data_chunk_get_size(input); ++row) is_one[row] = set.contains(static_cast<std::uint64_t>(sequences[row]));
}

}  // namespace

Status register_candidates(Duck& duck, const SequenceSet& set) {
  duckdb_scalar_function function = api().create_scalar_function();
  duckdb_logical_type number = api().create_logical_type(DUCKDB_TYPE_BIGINT);
  duckdb_logical_type boolean = api().create_logical_type(DUCKDB_TYPE_BOOLEAN);
  api().scalar_function_set_name(function, "is_candidate");
  api().scalar_function_add_parameter(function, number);
  api().scalar_function_set_return_type(function, boolean);
  api().scalar_function_set_extra_info(function, new const SequenceSet*(&set), [](void* data) { delete static_cast<const SequenceSet**>(data); });
  api().scalar_function_set_function(function, is_candidate);
  const duckdb_state state = api().register_scalar_function(duck.connection(), function);
  api().destroy_logical_type(&boolean);
  api().destroy_logical_type(&number);
  api().destroy_scalar_function(&function);
  if (state != DuckDBSuccess) return Error{Code::kUnsupported, "DuckDB does not take the function is_candidate"};
  return {};
}

}  // namespace tocsin::store
#endif
