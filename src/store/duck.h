// A DuckDB in memory, in its limits: so much memory, so many threads, files of these folders and no others, no extensions, and a
// configuration that nothing can change any more. Who writes segments and who searches them has one of its own. One thread, but for
// interrupt(). Fails with DuckDB's own message.
//
// prepare() does what takes long and makes no thread, so that the process may still fork, or confine itself, between it and settle().
//
//   auto duck = TRY(Duck::open({.memory_bytes = 256u << 20, .folders = {data.segments()}}));     // prepare() and settle()
//   TRY(duck->run("COPY (SELECT …) TO …"));
#pragma once

#ifdef TOCSIN_DUCKDB
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/duck_api.h"

namespace tocsin::store {

struct DuckLimits {
  std::uint64_t memory_bytes = 256u << 20;  // of its buffers; what else it needs comes on top, some 30 MB
  unsigned threads = 1;
  bool keeps_order = true;                  // of rows; what need not costs less memory
  std::vector<std::string> folders;         // may be read and written; none: no file at all
  std::vector<std::string> files = {};      // the same of single files
};

class Duck {
 public:
  static Result<std::unique_ptr<Duck>> open(const DuckLimits& limits);
  static Result<std::unique_ptr<Duck>> prepare(const DuckLimits& limits);
  /// Its threads, and its limits for good: before it is asked anything.
  Status settle();
  ~Duck();
  Duck(const Duck&) = delete;
  Duck& operator=(const Duck&) = delete;

  const DuckApi& api() const { return api_; }
  duckdb_connection connection() const { return connection_; }
  /// A statement of which no rows are wanted.
  Status run(const std::string& sql);
  /// Makes what runs fail soon. From any thread.
  void interrupt() { api_.interrupt(connection_); }

 private:
  Duck(const DuckApi& api, const DuckLimits& limits) : api_(api), limits_(limits) {}
  Status start();

  const DuckApi& api_;
  const DuckLimits limits_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

/// What duckdb_string_t_data and duckdb_string_t_length give, without two calls for each value; as duckdb.h has the type.
inline std::string_view text_of(const duckdb_string_t& text) {
  const std::uint32_t size = text.value.inlined.length;
  return {size <= sizeof text.value.inlined.inlined ? text.value.inlined.inlined : text.value.pointer.ptr, size};
}

/// As an SQL literal.
std::string sql_text(std::string_view text);
/// ['a', 'b']
std::string sql_list(const std::vector<std::string>& texts);

}  // namespace tocsin::store
#endif
