// The source-native fields of stored events. They are not written beside the raw record, which has them; record_values(raw, name)
// → VARCHAR[] takes one out of it when a query asks: its values in the order of the record, a JSON null as NULL; NULL if the record has no such field.
// How a record is read is for normalize; whoever opens a search hands in a RecordFields.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tocsin::store {

class Duck;

/// Belongs to one thread.
class RecordFields {
 public:
  virtual ~RecordFields() = default;
  /// Replaces `values` by those of the field; none if the record has no such field. Valid UTF-8.
  virtual void values(std::string_view raw, std::string_view name, std::vector<std::optional<std::string>>& values) = 0;
};
/// Called once for each thread of DuckDB.
using MakeRecordFields = std::function<std::unique_ptr<RecordFields>()>;

Status register_record_values(Duck& duck, MakeRecordFields make);

}  // namespace tocsin::store
