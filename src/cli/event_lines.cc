#include "cli/event_lines.h"

namespace tocsin::cli {

void EventLines::append(std::string_view source, const Event& event, const PathTable& paths, std::string& out) {
  const std::size_t from = out.size();
  if (format_ == "fields") {
    append_fields_view(out, source, event, paths, engine_.log_sources(), scratch_);
  } else if (format_ == "ecs") {
    if (!columns_reader_) columns_reader_.emplace(engine_.taxonomy(), paths);
    columns_reader_->read(event, columns_);
    append_ecs_view(out, event, columns_, paths, engine_.log_sources(), scratch_);
    if (known_) known_->enrich_ecs(out, from);
  } else {
    if (!projector_) projector_.emplace(engine_.taxonomy(), engine_.log_sources(), paths);
    projector_->append(event, out);
    if (known_) known_->enrich_ocsf(out, from);
  }
  out.push_back('\n');
}

}  // namespace tocsin::cli
