// Which columns of an event hold everything that it says in the fields that may fill them (EventColumns::partial)? Rules see every value under a name, the
// aliases of its log source class included; a column has one of them. What is asked of a column that is not partial is asked of all of them. One for
// each thread, on that thread's PathTable; warm, it allocates nothing.
//
//   PartialColumns partial(taxonomy, log_sources, paths);
//   column_reader.read(event, columns);
//   columns.partial = partial.of(event, columns);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/columns.h"
#include "event/event.h"
#include "normalize/taxonomy.h"

namespace tocsin {

class PartialColumns {
 public:
  /// All must outlive it.
  PartialColumns(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths);

  std::uint32_t of(const Event& event, const EventColumns& columns);

 private:
  std::uint32_t fed_by(PathId path, LogSourceId log_source);
  bool holds_text(Column column, const EventColumns& columns);

  const TaxonomyTables& tables_;
  const LogSourceTable& log_sources_;
  const PathTable& paths_;
  /// By class, then by path: the columns, as bits, that a rule may mean by one of its names.
  std::vector<std::vector<std::uint32_t>> fed_;
  std::string text_, folded_;  // of the value at hand
};

}  // namespace tocsin
