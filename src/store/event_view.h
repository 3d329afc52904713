// One event of the store as queries see it in memory: the columns of query_columns.h and, out of the record, source-native fields. For a live view,
// which asks each event as it comes (query_match.h). One thread.
//
//   EventView view(record_fields);
//   view.set(row);                              // of a RowSource
//   if (matcher.matches(view)) view.append_json(line);
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/event_rows.h"
#include "store/log_source_parts.h"
#include "store/query_match.h"
#include "store/record_values.h"

namespace tocsin::store {

class EventView : public QueryRow {
 public:
  /// `fields` must outlive it.
  explicit EventView(RecordFields& fields) : fields_(fields) {}

  /// What `row` points to must stay until the next call.
  void set(const EventRow& row);

  void values(const QueryField& field, std::vector<std::string_view>& out) const override;
  TimeUs time() const override;
  std::string_view raw() const override { return row_.raw; }
  /// The first value of a column; "" without one.
  std::string_view first(const QueryColumn& column) const;
  /// An object of all columns that the event has.
  void append_json(std::string& out) const;

 private:
  void column_values(const QueryColumn& column, std::vector<std::string_view>& out) const;

  RecordFields& fields_;
  EventRow row_;
  std::string id_, time_, source_port_, destination_port_;
  const LogSourceClass* log_source_ = nullptr;
  LogSourceParts parts_;  // of log_source_
  mutable std::deque<std::vector<std::optional<std::string>>> native_;  // what views point to
};

}  // namespace tocsin::store
