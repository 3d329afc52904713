// Values of DuckDB as JSON and as text. Types that are read from memory as they are: numbers up to 64 bits, booleans, times, texts, lists of
// those. is_plain() says which; of the rest a search asks DuckDB for its text.
#pragma once

#ifdef TOCSIN_DUCKDB
#include "store/duck.h"
#include "store/search.h"

namespace tocsin::store {

bool is_plain(const DuckApi& api, duckdb_logical_type type);
/// A number although it is read as text: those of 128 bits, and decimals.
bool is_wide_number(duckdb_type type);

/// Reads the values of one vector.
class ValueReader {
 public:
  /// `as_number`: its texts are numbers.
  ValueReader(const DuckApi& api, duckdb_vector vector, bool as_number);
  void read(idx_t row, SearchValue& value) const;

 private:
  void append(idx_t row, std::string& json, std::string& text) const;

  const DuckApi& api_;
  const bool as_number_;
  duckdb_type type_ = DUCKDB_TYPE_INVALID;
  const void* data_ = nullptr;
  std::uint64_t* validity_ = nullptr;
  std::unique_ptr<ValueReader> child_;
};

}  // namespace tocsin::store
#endif
