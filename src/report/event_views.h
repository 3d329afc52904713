// One event as a line of JSON for other programs: what the source said under its own names, or the Elastic Common Schema.
// Nothing can fail; each appends one object without a line break. The scratch is the caller's, so that one event after another allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/columns.h"
#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin {

struct ViewScratch {
  std::vector<std::pair<PathId, std::uint32_t>> order;
  std::string text;
};

/// {"time","source","log_source":[{product,category,service}],"entities":[{type,value}],"fields":{path: value}}
void append_fields_view(std::string& out, std::string_view source, const Event& event, const PathTable& paths, const LogSourceTable& log_sources,
                        ViewScratch& scratch);

/// ECS 8.11: what `columns` hold under its names, `related`, and the source's own fields under `tocsin.fields`.
void append_ecs_view(std::string& out, const Event& event, const EventColumns& columns, const PathTable& paths, const LogSourceTable& log_sources,
                        ViewScratch& scratch);

}  // namespace tocsin
