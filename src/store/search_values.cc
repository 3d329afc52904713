#include "store/search_values.h"

#ifdef TOCSIN_DUCKDB
#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace tocsin::store {

bool is_plain(const DuckApi& api, duckdb_logical_type type) {
  switch (api.get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_VARCHAR: return true;
    case DUCKDB_TYPE_LIST: {
      duckdb_logical_type child = api.list_type_child_type(type);
      const bool plain = is_plain(api, child);
      api.destroy_logical_type(&child);
      return plain;
    }
    default: return false;
  }
}

bool is_wide_number(duckdb_type type) {
  return type == DUCKDB_TYPE_HUGEINT || type == DUCKDB_TYPE_UHUGEINT || type == DUCKDB_TYPE_DECIMAL;
}

ValueReader::ValueReader(const DuckApi& api, duckdb_vector vector, bool as_number)
    : api_(api), as_number_(as_number), data_(api.vector_get_data(vector)), validity_(api.vector_get_validity(vector)) {
  duckdb_logical_type type = api.vector_get_column_type(vector);
  type_ = api.get_type_id(type);
  api.destroy_logical_type(&type);
  if (type_ == DUCKDB_TYPE_LIST) child_ = std::make_unique<ValueReader>(api, api.list_vector_get_child(vector), as_number);
}

void ValueReader::read(idx_t row, SearchValue& value) const {
  value.json.clear();
  value.text.clear();
  append(row, value.json, value.text);
}

namespace {

template <class Number>
void append_number(const void* data, idx_t row, std::string& json, std::string& text) {
  const Number number = static_cast<const Number*>(data)[row];
  std::string digits;
  if constexpr (std::is_floating_point_v<Number>) {
    digits = fmt::format("{}", number);
    text += digits;
    json += std::isfinite(number) ? digits : "null";
  } else {
    digits = std::to_string(number);
    text += digits;
    json += digits;
  }
}

void append_string(std::string_view string, std::string& json, std::string& text) {
  text += string;
  json += '"';
  append_json_escaped(json, string);
  json += '"';
}

}  // namespace

void ValueReader::append(idx_t row, std::string& json, std::string& text) const {
  if (validity_ != nullptr && !api_.validity_row_is_valid(validity_, row)) {
    json += "null";
    return;
  }
  switch (type_) {
    case DUCKDB_TYPE_BOOLEAN: {
      const char* const word = static_cast<const bool*>(data_)[row] ? "true" : "false";
      json += word;
      text += word;
      return;
    }
    case DUCKDB_TYPE_TINYINT: return append_number<std::int8_t>(data_, row, json, text);
    case DUCKDB_TYPE_SMALLINT: return append_number<std::int16_t>(data_, row, json, text);
    case DUCKDB_TYPE_INTEGER: return append_number<std::int32_t>(data_, row, json, text);
    case DUCKDB_TYPE_BIGINT: return append_number<std::int64_t>(data_, row, json, text);
    case DUCKDB_TYPE_UTINYINT: return append_number<std::uint8_t>(data_, row, json, text);
    case DUCKDB_TYPE_USMALLINT: return append_number<std::uint16_t>(data_, row, json, text);
    case DUCKDB_TYPE_UINTEGER: return append_number<std::uint32_t>(data_, row, json, text);
    case DUCKDB_TYPE_UBIGINT: return append_number<std::uint64_t>(data_, row, json, text);
    case DUCKDB_TYPE_FLOAT: return append_number<float>(data_, row, json, text);
    case DUCKDB_TYPE_DOUBLE: return append_number<double>(data_, row, json, text);
    case DUCKDB_TYPE_TIMESTAMP: return append_string(format_time(static_cast<const std::int64_t*>(data_)[row]), json, text);
    case DUCKDB_TYPE_VARCHAR: {
      const std::string_view string = text_of(static_cast<const duckdb_string_t*>(data_)[row]);
      if (!as_number_) return append_string(string, json, text);
      text += string;
      json += string;
      return;
    }
    case DUCKDB_TYPE_LIST: {
      const duckdb_list_entry entry = static_cast<const duckdb_list_entry*>(data_)[row];
      json += '[';
      for (idx_t i = 0; i < entry.length; ++i) {
        if (i > 0) json += ',', text += ' ';
        child_->append(entry.offset + i, json, text);
      }
      json += ']';
      return;
    }
    default: json += "null";
  }
}

}  // namespace tocsin::store
#endif
