// One event as a line of JSON for other programs: what the source said under its own names, or the Elastic Common Schema.
// No state, nothing can fail; each appends one object without a line break.
#pragma once

#include <string>
#include <string_view>

#include "event/columns.h"
#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin {

/// {"time","source","log_source":[{product,category,service}],"entities":[{type,value}],"fields":{path: value}}
void append_fields_view(std::string& out, std::string_view source, const Event& event, const PathTable& paths, const LogSourceTable& log_sources);

/// ECS 8.11: what `columns` hold under its names, `related`, and the source's own fields under `tocsin.fields`.
void append_ecs_view(std::string& out, const Event& event, const EventColumns& columns, const PathTable& paths, const LogSourceTable& log_sources);

}  // namespace tocsin
