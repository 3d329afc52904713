// Events as lines of JSON in the shape that `--format` names: ocsf, ecs, or fields (the source's own names). For `tocsin normalize` and `tocsin search`.
// One thread.
//
//   EventLines lines("ocsf", engine);                    // of a taxonomy that was loaded with OCSF
//   worker.watch_all([&](const Event& event, const PathTable& paths) { lines.append(source, event, paths, out); });
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "normalize/column_reader.h"
#include "normalize/ocsf.h"
#include "pipeline/engine.h"
#include "report/event_views.h"

namespace tocsin::cli {

class EventLines {
 public:
  EventLines(std::string format, Engine& engine) : format_(std::move(format)), engine_(engine) {}

  /// `paths` is the same in every call.
  void append(std::string_view source, const Event& event, const PathTable& paths, std::string& out);

 private:
  const std::string format_;
  Engine& engine_;
  std::optional<OcsfProjector> projector_;  // made with the first event, when there is a PathTable
  std::optional<ColumnReader> columns_reader_;
  EventColumns columns_;
  ViewScratch scratch_;
};

}  // namespace tocsin::cli
