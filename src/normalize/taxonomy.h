// What an event is: its log source class, the field names under which rules may see its values, its time, its entities.
// All of it is data (content/mappings/*.yml; docs/mappings.md says how it is written), compiled at start into a
// Taxonomy, which is immutable and shared by all threads. Each worker owns a Classifier: memo tables over the Taxonomy,
// without locks and, once warm, without allocation. A mapping that is wrong is an error with file:line:column when it is
// loaded; an event that no mapping knows keeps LogSourceTable::kUnknown and kNoTime, which is not an error.
//
//   auto taxonomy = TRY(Taxonomy::load(Taxonomy::shipped()));
//   PathTable paths(*taxonomy);
//   Classifier classifier(*taxonomy, log_sources, paths);   // one per thread, on that thread's PathTable
//   classifier.classify(event);                             // sets event.log_source and event.time, derives values
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin {

struct MappingText {
  std::string file;  // for messages
  std::string_view text;
};

struct TaxonomyTables;
struct TextFormats;

class Taxonomy : public Naming {
 public:
  static Result<std::unique_ptr<const Taxonomy>> load(const std::vector<MappingText>& texts);
  /// What is built into the program: content/mappings, and content/ocsf where events are projected. That is ten times as much to read.
  static std::vector<MappingText> shipped(bool with_ocsf = false);

  ~Taxonomy() override;
  PathMeaning meaning(std::string_view full_path) const override;
  std::size_t routing_slots() const;
  /// Every log source that some mapping can yield, sorted: a rule that fits none of them can never fire.
  std::vector<LogSource> known_log_sources() const;

  /// Tells these mappings, and the program that reads them, from others: what was made with another mark may have been made otherwise.
  const std::string& mark() const { return mark_; }

  /// What TextParser reads lines by beside the formats that are code.
  const TextFormats& formats() const;
  const TaxonomyTables& tables() const { return *tables_; }  // for the Classifier

 private:
  Taxonomy(std::unique_ptr<const TaxonomyTables> tables, std::string mark);
  std::unique_ptr<const TaxonomyTables> tables_;
  const std::string mark_;
};

class Classifier {
 public:
  Classifier(const Taxonomy& taxonomy, LogSourceTable& log_sources, PathTable& paths);
  ~Classifier();

  /// Sets event.log_source, and event.time if the parser has not set it; appends the values that the mappings derive for
  /// such an event, whose bytes stay until the next call.
  void classify(Event& event);

  /// The events that follow are of this input, of which mappings may say in which zone its clocks are (local_times.h). `latest`: when it was received,
  /// or its file last written; kNoTime if nobody knows.
  void begin_source(std::string_view source, TimeUs latest);

 private:
  struct Memo;
  std::unique_ptr<Memo> memo_;
};

}  // namespace tocsin
