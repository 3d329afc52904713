// Events on their way into DuckDB, row by row, whatever they come from: the writer of segments copies them to Parquet, a search asks
// them beside the segments. A RowSource gives them in the order of the store; register_rows() makes a table function of it, whose columns are those
// of a segment (docs/formats/segments.md). Texts that are no UTF-8 get U+FFFD in place of each invalid byte; of such a record, raw_bytes
// has what was received.
//
//   TRY(register_rows(duck, "waiting", rows));   // SELECT … FROM waiting(); each use begins with rows.start()
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/columns.h"

namespace tocsin::store {

class Duck;

/// What it points to stays until the next call of next().
struct EventRow {
  std::uint64_t sequence = 0;
  TimeUs received = kNoTime;
  std::string_view source, raw;
  const EventColumns* columns = nullptr;      // whose time, if the event has none, is that of receipt
  const LogSourceClass* log_source = nullptr;  // of columns->log_source; never moves
  std::string_view mappings = {};              // by which the columns were filled: normalize/taxonomy.h, mark()
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Begins with the first row.
  virtual Status start() = 0;
  /// False behind the last.
  virtual Result<bool> next(EventRow& row) = 0;
};

/// `rows` must outlive the connection's use of it. One use at a time.
Status register_rows(Duck& duck, const std::string& name, RowSource& rows);

}  // namespace tocsin::store
