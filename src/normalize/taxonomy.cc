#include "normalize/taxonomy.h"

#include "base/content.h"

namespace tocsin {

struct TaxonomyTables {};

Taxonomy::Taxonomy(std::unique_ptr<const TaxonomyTables> tables) : tables_(std::move(tables)) {}
Taxonomy::~Taxonomy() = default;

Result<std::unique_ptr<const Taxonomy>> Taxonomy::load(const std::vector<MappingText>&) {
  return std::unique_ptr<const Taxonomy>(new Taxonomy(std::make_unique<TaxonomyTables>()));
}

std::vector<MappingText> Taxonomy::shipped() {
  std::vector<MappingText> texts;
  for (const ContentFile& file : content_files()) {
    if (file.name.starts_with("mappings/")) texts.push_back({std::string(file.name), file.text});
  }
  return texts;
}

PathMeaning Taxonomy::meaning(std::string_view full_path) const {
  PathMeaning meaning;
  const std::size_t dot = full_path.rfind('.');
  if (dot != std::string_view::npos) meaning.names.emplace_back(full_path.substr(dot + 1));
  meaning.names.emplace_back(full_path);
  return meaning;
}

std::size_t Taxonomy::routing_slots() const { return 0; }
std::vector<LogSource> Taxonomy::known_log_sources() const { return {}; }

struct Classifier::Memo {};
Classifier::Classifier(const Taxonomy&, LogSourceTable&, const PathTable&) : memo_(std::make_unique<Memo>()) {}
Classifier::~Classifier() = default;
void Classifier::classify(Event&) {}

}  // namespace tocsin
