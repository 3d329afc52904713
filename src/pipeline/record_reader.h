// One record of the journal as one event, the same way wherever records are read again: detection in the stream, the store, searches. A record
// that begins with a brace is JSON, anything else text: one line, line feeds in it included, unless it says more (normalize/text_records.h). One thread.
//
//   RecordReader reader(engine.taxonomy(), engine.log_sources());
//   reader.protect_with(policy, tokens);                                  // of what is read from now on
//   kept = reader.read(record.raw, record.received, source, columns);     // the record as it may be kept
#pragma once

#include <memory>
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
#include "protect/protector.h"
#include "store/record_values.h"

namespace tocsin {

/// Makes `block` the one record; its memory is used again. Where what is in the block begins in `raw`.
std::size_t put_record(std::string_view raw, TimeUs received, Block& block);

class RecordReader : public store::RecordFields {
 public:
  /// Both must outlive it.
  RecordReader(const Taxonomy& taxonomy, LogSourceTable& log_sources);

  /// Taxonomy::mark().
  const std::string& mappings() const { return taxonomy_.mark(); }
  /// Empty columns, none of which can be relied upon, if the record does not parse.
  void read(std::string_view raw, TimeUs received, EventColumns& columns);
  /// The same of the record as the policy lets it be kept, which is returned: `raw`, or bytes that are good until the next call.
  std::string_view read(std::string_view raw, TimeUs received, std::string_view source, EventColumns& columns);
  /// Both outlive it.
  void protect_with(const protect::Policy& policy, Tokens& tokens);
  void values(std::string_view raw, std::string_view name, std::vector<std::optional<std::string>>& values) override;

 private:
  template <class Visit>
  void parse(std::string_view raw, TimeUs received, Visit&& visit);
  bool has_name(PathId path, std::string_view name);

  const Taxonomy& taxonomy_;
  const LogSourceTable& log_sources_;
  PathTable paths_;
  JsonParser json_;
  TextParser text_;
  Classifier classifier_;
  ColumnReader column_reader_;
  PartialColumns partial_columns_;
  std::unique_ptr<protect::Protector> protector_;  // nullptr: everything may be kept as it is
  std::string kept_;
  Event event_;
  Block block_;
  std::size_t shift_ = 0;              // where the block's bytes begin in the record
  std::string name_;                   // that was asked for last
  std::vector<std::uint8_t> has_name_;  // by path: 0 not known, 1 no, 2 yes
};

}  // namespace tocsin
