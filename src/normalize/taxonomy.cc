#include "normalize/taxonomy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/content.h"
#include "base/sha256.h"
#include "normalize/taxonomy_load.h"

namespace tocsin {

namespace {

/// To be raised where parsers or the reading of columns change what an event of the same record is.
constexpr int kReading = 2;
constexpr std::size_t kMarkBytes = 8;
constexpr std::string_view kProjection = "ocsf/";

std::string mark_of(const std::vector<MappingText>& texts) {
  Sha256Stream hash;
  hash.update(fmt::format("{} {}\n", TOCSIN_VERSION, kReading));
  for (const MappingText& text : texts) {
    if (text.file.starts_with(kProjection)) continue;  // what an event becomes elsewhere changes nothing of it here
    hash.update(fmt::format("{} {}\n{}", text.file, text.text.size(), text.text));
  }
  std::string mark;
  append_hex(mark, hash.finish(), kMarkBytes);
  return mark;
}

}  // namespace

Taxonomy::Taxonomy(std::unique_ptr<const TaxonomyTables> tables, std::string mark) : tables_(std::move(tables)), mark_(std::move(mark)) {}
Taxonomy::~Taxonomy() = default;

Result<std::unique_ptr<const Taxonomy>> Taxonomy::load(const std::vector<MappingText>& texts) {
  MappingLoader loader;
  for (const MappingText& text : texts) loader.add(text);
  std::unique_ptr<const TaxonomyTables> tables = TRY(loader.finish());
  return std::unique_ptr<const Taxonomy>(new Taxonomy(std::move(tables), mark_of(texts)));
}

std::vector<MappingText> Taxonomy::shipped(bool with_ocsf) {
  std::vector<MappingText> texts;
  for (const ContentFile& file : content_files()) {
    if (file.name.starts_with("mappings/") || (with_ocsf && file.name.starts_with(kProjection) && file.name.ends_with(".yml"))) texts.push_back({std::string(file.name), file.text});
  }
  return texts;
}

PathMeaning Taxonomy::meaning(std::string_view full_path) const {
  PathMeaning meaning;
  PathNames names = tables_->naming.names(full_path);
  meaning.names = std::move(names.all);
  meaning.column_field = tables_->columns.field_of(std::string(full_path), names.routing);
  for (const std::string& name : meaning.names) {
    const auto entity = tables_->entities.find(name);
    if (entity != tables_->entities.end() && meaning.entity == EntityType::kNone) meaning.entity = entity->second;
    const auto rank = tables_->time_ranks.find(name);
    if (rank != tables_->time_ranks.end() && (meaning.time_rank == 0 || rank->second < meaning.time_rank)) {
      meaning.time_rank = rank->second;
    }
  }
  const std::vector<FieldId> fields = tables_->routing_fields(full_path);
  if (!fields.empty()) meaning.routing_slot = static_cast<std::int16_t>(fields.front());
  return meaning;
}

const TextFormats& Taxonomy::formats() const { return *tables_->formats; }

std::size_t Taxonomy::routing_slots() const { return tables_->fields.size(); }

std::vector<LogSource> Taxonomy::known_log_sources() const {
  std::vector<LogSource> sources;
  for (const TaxonomyEntry& entry : tables_->entries) {
    if (entry.source != LogSource{}) sources.push_back(entry.source);
  }
  std::ranges::sort(sources);
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

}  // namespace tocsin
