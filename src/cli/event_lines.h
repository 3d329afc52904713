// Events as lines of JSON in the shape that `--format` names: ocsf, ecs, or fields (the source's own names). For `tocsin normalize` and `tocsin search`.
// One thread.
//
//   EventLines lines("ocsf", engine, nullptr);                    // of a taxonomy that was loaded with OCSF
//   worker.watch_all([&](const Event& event, const PathTable& paths) { lines.append(source, event, paths, out); });
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "normalize/column_reader.h"
#include "normalize/ocsf.h"
#include "pipeline/engine.h"
#include "pipeline/event_enrichment.h"
#include "report/event_views.h"

namespace tocsin::cli {

class EventLines {
 public:
  /// `enricher`, if there is one, is asked about what they name; not by the format "fields", which is what the source said.
  EventLines(std::string format, Engine& engine, std::shared_ptr<const enrich::Enricher> enricher) : format_(std::move(format)), engine_(engine) {
    if (enricher != nullptr) known_.emplace(std::move(enricher));
  }

  /// `paths` is the same in every call.
  void append(std::string_view source, const Event& event, const PathTable& paths, std::string& out);

 private:
  const std::string format_;
  Engine& engine_;
  std::optional<OcsfProjector> projector_;  // made with the first event, when there is a PathTable
  std::optional<ColumnReader> columns_reader_;
  EventColumns columns_;
  std::optional<EventEnrichment> known_;
  ViewScratch scratch_;
};

}  // namespace tocsin::cli
