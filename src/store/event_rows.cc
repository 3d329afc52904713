#include "store/event_rows.h"

#ifdef TOCSIN_DUCKDB
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "store/duck.h"
#include "store/log_source_parts.h"
#include "store/query_columns.h"

namespace tocsin::store {
namespace {

/// Bytes of raw records after which a chunk is handed on before it is full.
constexpr std::size_t kChunkBytes = 8u << 20;

struct StoredColumn {
  enum class What : std::uint8_t { kSequence, kReceived, kTime, kSource, kProduct, kCategory, kService, kText, kPort, kHashes, kRaw, kRawBytes, kMappings, kPartial };
  std::string name;
  What what = What::kText;
  Column column = Column::kHost;  // kText, kPort
};
using What = StoredColumn::What;

std::vector<StoredColumn> make_columns() {
  std::vector<StoredColumn> columns = {{"sequence", What::kSequence, {}}, {"received", What::kReceived, {}}};
  const std::pair<std::string_view, What> apart[] = {{"time", What::kTime},         {"source", What::kSource},   {"product", What::kProduct},
                                                     {"category", What::kCategory}, {"service", What::kService}, {"hash", What::kHashes},
                                                     {"raw", What::kRaw}};
  for (const QueryColumn& query : kQueryColumns) {
    if (query.name == "id") continue;  // source and sequence
    StoredColumn& column = columns.emplace_back();
    column.name = query.name;
    const auto found = std::ranges::find(apart, query.name, &std::pair<std::string_view, What>::first);
    if (found != std::end(apart)) {
      column.what = found->second;
    } else {
      column.what = query.type == ColumnType::kInteger ? What::kPort : What::kText;
      column.column = static_cast<Column>(std::ranges::find(kColumnNames, query.name) - kColumnNames.begin());
    }
  }
  columns.push_back({"raw_bytes", What::kRawBytes, {}});
  columns.push_back({"mappings", What::kMappings, {}});
  columns.push_back({"partial", What::kPartial, {}});
  return columns;
}

const std::vector<StoredColumn>& stored_columns() {
  static const std::vector<StoredColumn> columns = make_columns();
  return columns;
}

duckdb_type type_of(What what) {
  switch (what) {
    case What::kSequence: return DUCKDB_TYPE_BIGINT;
    case What::kReceived:
    case What::kTime: return DUCKDB_TYPE_TIMESTAMP;
    case What::kPort:
    case What::kPartial: return DUCKDB_TYPE_INTEGER;
    case What::kRawBytes: return DUCKDB_TYPE_BLOB;
    default: return DUCKDB_TYPE_VARCHAR;
  }
}

bool is_list(What what) { return what == What::kProduct || what == What::kCategory || what == What::kService || what == What::kHashes; }

struct RowsState {
  explicit RowsState(RowSource& source) : rows(source) {}

  RowSource& rows;
  std::unordered_map<const LogSourceClass*, LogSourceParts> log_sources;

  const LogSourceParts& parts_of(const LogSourceClass* log_source) {
    const auto [at, is_new] = log_sources.try_emplace(log_source);
    if (is_new && log_source != nullptr) at->second = store::parts_of(*log_source);
    return at->second;
  }
};

/// One use of the table function.
struct Scan {
  std::vector<std::uint16_t> wanted;  // indexes into stored_columns(), in the order of the chunk's vectors
  bool ended = false;
  std::string trouble;  // why it could not begin
};

/// Writes rows into the vectors of one chunk.
class ChunkWriter {
 public:
  ChunkWriter(RowsState& state, const Scan& scan, duckdb_data_chunk chunk) : state_(state), api_(**duck_api()) {
    for (std::size_t i = 0; i < scan.wanted.size(); ++i) {
      if (scan.wanted[i] == stored_columns().size()) continue;  // a row's mere being, where no column is wanted
      const StoredColumn& column = stored_columns()[scan.wanted[i]];
      Target& target = targets_.emplace_back();
      target.column = &column;
      target.vector = api_.data_chunk_get_vector(chunk, i);
      target.data = api_.vector_get_data(target.vector);
      api_.vector_ensure_validity_writable(target.vector);
      target.validity = api_.vector_get_validity(target.vector);
      if (is_list(column.what)) target.child = api_.list_vector_get_child(target.vector);
    }
  }

  void add(idx_t at, const EventRow& row) {
    const LogSourceParts& parts = state_.parts_of(row.log_source);
    for (Target& target : targets_) put(target, at, row, parts);
  }

 private:
  struct Target {
    const StoredColumn* column = nullptr;
    duckdb_vector vector = nullptr, child = nullptr;
    void* data = nullptr;
    std::uint64_t* validity = nullptr;
    idx_t list_size = 0;
  };

  void put(Target& target, idx_t at, const EventRow& row, const LogSourceParts& parts) {
    const EventColumns& columns = *row.columns;
    switch (target.column->what) {
      case What::kSequence: return number(target, at, static_cast<std::int64_t>(row.sequence));
      case What::kReceived: return number(target, at, row.received);
      case What::kTime: return number(target, at, columns.time == kNoTime ? row.received : columns.time);
      case What::kSource: return text(target, at, row.source);
      case What::kProduct: return list(target, at, parts.products);
      case What::kCategory: return list(target, at, parts.categories);
      case What::kService: return list(target, at, parts.services);
      case What::kHashes: return list(target, at, columns.hashes);
      case What::kPort: return port(target, at, target.column->column == Column::kSourcePort ? columns.source_port : columns.destination_port);
      case What::kRaw: return text(target, at, row.raw);
      case What::kRawBytes: return bytes_of_odd(target, at, row.raw);
      case What::kMappings: return text(target, at, row.mappings);
      case What::kPartial: return partial(target, at, row);
      case What::kText: break;
    }
    const std::string& value = columns.text(target.column->column);
    if (value.empty()) return null(target, at);
    text(target, at, value);
  }

  void number(const Target& target, idx_t at, std::int64_t value) { static_cast<std::int64_t*>(target.data)[at] = value; }
  void null(const Target& target, idx_t at) { api_.validity_set_row_invalid(target.validity, at); }

  void partial(const Target& target, idx_t at, const EventRow& row) {
    const std::uint32_t all = is_valid_utf8(row.raw) ? 0 : kAllPartial;
    static_cast<std::int32_t*>(target.data)[at] = static_cast<std::int32_t>(row.columns->partial | all);
  }

  void port(const Target& target, idx_t at, std::int32_t port) {
    if (port == EventColumns::kNoPort) return null(target, at);
    static_cast<std::int32_t*>(target.data)[at] = port;
  }

  void text(const Target& target, idx_t at, std::string_view value) {
    if (!is_valid_utf8(value)) value = valid(value);
    api_.vector_assign_string_element_len(target.vector, at, value.data() == nullptr ? "" : value.data(), value.size());
  }

  void bytes_of_odd(const Target& target, idx_t at, std::string_view raw) {
    if (is_valid_utf8(raw)) return null(target, at);
    api_.vector_assign_string_element_len(target.vector, at, raw.data(), raw.size());
  }

  void list(Target& target, idx_t at, const std::vector<std::string>& values) {
    const idx_t from = target.list_size;
    static_cast<duckdb_list_entry*>(target.data)[at] = {from, values.size()};
    if (values.empty()) return null(target, at);
    target.list_size += values.size();
    api_.list_vector_reserve(target.vector, target.list_size);
    api_.list_vector_set_size(target.vector, target.list_size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      api_.vector_assign_string_element_len(target.child, from + i, values[i].data(), values[i].size());
    }
  }

  std::string_view valid(std::string_view broken) {
    scratch_.clear();
    for (std::size_t at = 0; at < broken.size();) {
      const Char c = char_at(broken, at);
      append_utf8(scratch_, c.code >= 0x110000 ? 0xfffd : c.code);
      at += c.size;
    }
    return scratch_;
  }

  RowsState& state_;
  const DuckApi& api_;
  std::vector<Target> targets_;
  std::string scratch_;
};

/// Loaded: whoever calls these functions of ours has it.
const DuckApi& api() { return **duck_api(); }

void bind(duckdb_bind_info info) {
  for (const StoredColumn& column : stored_columns()) {
    duckdb_logical_type type = api().create_logical_type(type_of(column.what));
    duckdb_logical_type list = api().create_list_type(type);
    api().bind_add_result_column(info, column.name.c_str(), is_list(column.what) ? list : type);
    api().destroy_logical_type(&list);
    api().destroy_logical_type(&type);
  }
}

void init(duckdb_init_info info) {
  auto* const state = static_cast<RowsState*>(api().init_get_extra_info(info));
  auto* const scan = new Scan;
  for (idx_t i = 0; i < api().init_get_column_count(info); ++i) {
    const idx_t column = api().init_get_column_index(info, i);
    scan->wanted.push_back(static_cast<std::uint16_t>(std::min<idx_t>(column, stored_columns().size())));
  }
  if (const Status started = state->rows.start(); !started) scan->trouble = started.error().message;
  api().init_set_max_threads(info, 1);
  api().init_set_init_data(info, scan, [](void* data) { delete static_cast<Scan*>(data); });
}

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto* const state = static_cast<RowsState*>(api().function_get_extra_info(info));
  auto* const scan = static_cast<Scan*>(api().function_get_init_data(info));
  if (!scan->trouble.empty()) return api().function_set_error(info, scan->trouble.c_str());
  ChunkWriter writer(*state, *scan, chunk);
  const idx_t most = api().vector_size();
  idx_t rows = 0;
  for (std::size_t bytes = 0; !scan->ended && rows < most && bytes < kChunkBytes; ++rows) {
    EventRow row;
    const Result<bool> more = state->rows.next(row);
    if (!more) return api().function_set_error(info, more.error().message.c_str());
    scan->ended = !*more;
    if (scan->ended) break;
    writer.add(rows, row);
    bytes += row.raw.size();
  }
  api().data_chunk_set_size(chunk, rows);
}

}  // namespace

Status register_rows(Duck& duck, const std::string& name, RowSource& rows) {
  const DuckApi& api = duck.api();
  duckdb_table_function function = api.create_table_function();
  api.table_function_set_name(function, name.c_str());
  api.table_function_set_extra_info(function, new RowsState(rows), [](void* data) { delete static_cast<RowsState*>(data); });
  api.table_function_set_bind(function, bind);
  api.table_function_set_init(function, init);
  api.table_function_set_function(function, fill);
  api.table_function_supports_projection_pushdown(function, true);
  const duckdb_state done = api.register_table_function(duck.connection(), function);
  api.destroy_table_function(&function);
  if (done != DuckDBSuccess) return Error{Code::kUnsupported, "DuckDB does not take the function " + name};
  return {};
}

}  // namespace tocsin::store
#endif
