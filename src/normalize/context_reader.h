// From an Event to the context of its alerts (event/alert_context.h): which account, which process, from where. What the part `context` of the
// mappings has a field for is taken from there; host, actor, process and addresses else from the columns. Asked for events that make an
// alert, which are few, so it may allocate. Classify first: aliases and derived values count.
//
//   ContextReader reader(taxonomy, log_sources, paths);
//   reader.read(event, alert.context);
//
// One reader per thread, on that thread's PathTable.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "event/alert_context.h"
#include "normalize/column_reader.h"

namespace tocsin {

class ContextReader {
 public:
  /// All must outlive it.
  ContextReader(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths);

  /// Overwrites `context`; in the order of roles, each once.
  void read(const Event& event, std::vector<AlertContext>& context);

 private:
  struct Best {
    const Value* value = nullptr;
    const std::string* field = nullptr;
    std::uint32_t preference = 0;
  };
  void collect(const Event& event);
  void offer(const std::string& name, const Value& value, const Event& event);
  bool has_field(const std::string& name, const Event& event) const;
  bool says(const Value& value);

  const TaxonomyTables& tables_;
  const LogSourceTable& log_sources_;
  const PathTable& paths_;
  ColumnReader column_reader_;
  EventColumns columns_;
  std::array<Best, kContextRoles> best_{};
  std::string text_;
};

}  // namespace tocsin
