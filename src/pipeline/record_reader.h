// One record of the journal as one event, the same way wherever records are read again: detection in the stream, the store, searches. A record
// that begins with a brace is JSON, anything else text: one line, line feeds in it included, unless it says more (normalize/text_records.h). One thread.
//
//   RecordReader reader(engine.taxonomy(), engine.log_sources());
//   reader.read(record.raw, record.received, columns);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/block.h"
#include "event/columns.h"
#include "normalize/column_reader.h"
#include "normalize/json.h"
#include "normalize/partial_columns.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "store/record_values.h"

namespace tocsin {

/// Makes `block` the one record; its memory is used again.
void put_record(std::string_view raw, TimeUs received, Block& block);

class RecordReader : public store::RecordFields {
 public:
  /// Both must outlive it.
  RecordReader(const Taxonomy& taxonomy, LogSourceTable& log_sources);

  /// Taxonomy::mark().
  const std::string& mappings() const { return taxonomy_.mark(); }
  /// Empty columns, none of which can be relied upon, if the record does not parse.
  void read(std::string_view raw, TimeUs received, EventColumns& columns);
  void values(std::string_view raw, std::string_view name, std::vector<std::optional<std::string>>& values) override;

 private:
  template <class Visit>
  void parse(std::string_view raw, TimeUs received, Visit&& visit);
  bool has_name(PathId path, std::string_view name);

  const Taxonomy& taxonomy_;
  PathTable paths_;
  JsonParser json_;
  TextParser text_;
  Classifier classifier_;
  ColumnReader column_reader_;
  PartialColumns partial_columns_;
  Event event_;
  Block block_;
  std::string name_;                   // that was asked for last
  std::vector<std::uint8_t> has_name_;  // by path: 0 not known, 1 no, 2 yes
};

}  // namespace tocsin
