#include "store/record_values.h"

#ifdef TOCSIN_DUCKDB
#include <map>
#include <mutex>
#include <thread>

#include "store/duck.h"

namespace tocsin::store {
namespace {

const DuckApi& api() { return **duck_api(); }

struct Pool {
  explicit Pool(MakeRecordFields maker) : make(std::move(maker)) {}

  RecordFields& of_this_thread() {
    const std::lock_guard<std::mutex> lock(mutex);
    std::unique_ptr<RecordFields>& mine = by_thread[std::this_thread::get_id()];
    if (mine == nullptr) mine = make();
    return *mine;
  }

  const MakeRecordFields make;
  std::mutex mutex;
  std::map<std::thread::id, std::unique_ptr<RecordFields>> by_thread;
};

/// One chunk's answers, appended row by row.
class ListWriter {
 public:
  explicit ListWriter(duckdb_vector lists)
      : lists_(lists),
        child_(api().list_vector_get_child(lists)),
        entries_(static_cast<duckdb_list_entry*>(api().vector_get_data(lists))),
        size_(api().list_vector_get_size(lists)) {
    api().vector_ensure_validity_writable(lists);
    validity_ = api().vector_get_validity(lists);
  }

  void add(idx_t row, const std::vector<std::optional<std::string>>& values) {
    entries_[row] = {size_, values.size()};
    if (values.empty()) return api().validity_set_row_invalid(validity_, row);
    api().list_vector_reserve(lists_, size_ + values.size());
    api().list_vector_set_size(lists_, size_ + values.size());
    for (const std::optional<std::string>& value : values) {
      if (value) {
        api().vector_assign_string_element_len(child_, size_, value->data(), value->size());
      } else {
        api().vector_ensure_validity_writable(child_);
        api().validity_set_row_invalid(api().vector_get_validity(child_), size_);
      }
      ++size_;
    }
  }

 private:
  duckdb_vector lists_, child_;
  duckdb_list_entry* entries_;
  std::uint64_t* validity_ = nullptr;
  idx_t size_;
};

void record_values(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  RecordFields& fields = static_cast<Pool*>(api().scalar_function_get_extra_info(info))->of_this_thread();
  const duckdb_vector raws = api().data_chunk_get_vector(input, 0), names = api().data_chunk_get_vector(input, 1);
  const auto* const raw = static_cast<const duckdb_string_t*>(api().vector_get_data(raws));
  const auto* const name = static_cast<const duckdb_string_t*>(api().vector_get_data(names));
  std::uint64_t* const raw_there = api().vector_get_validity(raws);
  std::uint64_t* const name_there = api().vector_get_validity(names);
  ListWriter lists(output);
  std::vector<std::optional<std::string>> values;
  for (idx_t row = 0; row < api().data_chunk_get_size(input); ++row) {
    values.clear();
    const bool asked = (raw_there == nullptr || api().validity_row_is_valid(raw_there, row)) &&
                       (name_there == nullptr || api().validity_row_is_valid(name_there, row));
    if (asked) fields.values(text_of(raw[row]), text_of(name[row]), values);
    lists.add(row, values);
  }
}

}  // namespace

Status register_record_values(Duck& duck, MakeRecordFields make) {
  duckdb_scalar_function function = api().create_scalar_function();
  duckdb_logical_type text = api().create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type texts = api().create_list_type(text);
  api().scalar_function_set_name(function, "record_values");
  api().scalar_function_add_parameter(function, text);
  api().scalar_function_add_parameter(function, text);
  api().scalar_function_set_return_type(function, texts);
  api().scalar_function_set_extra_info(function, new Pool(std::move(make)), [](void* data) { delete static_cast<Pool*>(data); });
  api().scalar_function_set_function(function, record_values);
  const duckdb_state state = api().register_scalar_function(duck.connection(), function);
  api().destroy_logical_type(&texts);
  api().destroy_logical_type(&text);
  api().destroy_scalar_function(&function);
  if (state != DuckDBSuccess) return Error{Code::kUnsupported, "DuckDB does not take the function record_values"};
  return {};
}

}  // namespace tocsin::store
#endif
