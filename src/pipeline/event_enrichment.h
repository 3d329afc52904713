// Events on their way out, with what is known of their entities: OCSF gets `enrichments` for its observables, and `location` and `autonomous_system` in its endpoints; ECS gets `geo` and `as` in source and
// destination, and all of it as tocsin.enrichments. Works on the text that the projection made, one object at its end. One thread; nothing can fail.
//
//   EventEnrichment events(enricher);
//   projector.append(event, out);
//   events.enrich_ocsf(out, from);            // from where the object begins
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "enrich/enricher.h"

namespace tocsin {

class EventEnrichment {
 public:
  explicit EventEnrichment(std::shared_ptr<const enrich::Enricher> enricher) : known_(std::move(enricher)) {}

  void enrich_ocsf(std::string& out, std::size_t from);
  void enrich_ecs(std::string& out, std::size_t from);

 private:
  /// Text to be put before a place in the object.
  struct Insertion {
    std::size_t at = 0;
    std::string text;
  };
  std::string ocsf_enrichments(std::string_view observables);
  void add_ocsf_place(std::string_view object, std::string_view endpoint);
  void add_ecs_place(std::string_view object, std::string_view end);
  std::string ecs_enrichments(std::string_view related);
  void append_facts(EntityType type, std::string_view value, std::string& out, std::size_t& count);
  void insert(std::string& out, std::size_t from);

  enrich::EnrichmentMemory known_;
  std::vector<Insertion> insertions_;
};

}  // namespace tocsin
