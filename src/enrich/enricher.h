// What the user's databases, registers and lists say of entities. Made once from the settings; immutable then, shared by all threads, and exchanged whole by a reload. Each thread asks through
// an EnrichmentMemory of its own, which remembers what was asked lately.
//
//   auto enricher = TRY(Enricher::load(env, settings, notes));
//   EnrichmentMemory memory(enricher);
//   for (const Enrichment& one : memory.facts(EntityType::kIp, "8.8.8.8")) …
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "detect/intel/indicator_set.h"
#include "enrich/asset_register.h"
#include "enrich/enrich_settings.h"
#include "enrich/geo_database.h"
#include "event/enrichment.h"

namespace tocsin::enrich {

/// A database that is older says where addresses were.
inline constexpr std::int64_t kGeoOldUs = std::int64_t{60} * 86'400 * 1'000'000;
/// Of one entity.
inline constexpr std::size_t kFactsMax = 16;
/// Of one entity, of lists and indicators.
inline constexpr std::size_t kReputationsMax = 8;
/// Entities that a thread remembers: some 3 MB where all of them have facts. A log names few thousand addresses over and over.
inline constexpr std::size_t kMemorySlots = 4'096;
/// A longer value is asked anew each time.
inline constexpr std::size_t kMemoryValueBytesMax = 256;

/// One file of it, for status.
struct EnrichmentFile {
  std::string kind;  // database, assets, list, indicators, allow-list
  std::string name, file;
  TimeUs built = kNoTime;     // of a database its build, of another file when it was last written
  std::size_t entries = 0;
};

class Enricher {
 public:
  /// An error says everything that is wrong, a line each. `notes` gets what is passed over.
  static Result<std::shared_ptr<const Enricher>> load(Env& env, const EnrichSettings& settings, std::vector<std::string>& notes);

  /// Appends what is known; `out` has at most kFactsMax more then.
  void look_up(EntityType type, std::string_view value, std::vector<Enrichment>& out) const;
  /// Where a public address is, by the first database that knows it on the map, else the first that knows the country. Empty where none does. Allocates nothing.
  GeoPlace place_of(const IpAddress& address) const;
  /// Whether there is a database that may say so.
  bool has_databases() const { return !databases_.empty(); }
  /// Files that were loaded, in the order of the settings.
  std::vector<EnrichmentFile> files() const;
  /// What lists and files of indicators name.
  const intel::IndicatorSet& indicators() const { return *indicators_; }
  /// Whether hosts of addresses are to be learnt.
  bool learns_hosts() const { return learns_hosts_; }

 private:
  Enricher() = default;
  void ask_databases(const IpAddress& address, std::vector<Enrichment>& out) const;
  void of_address(const IpAddress& address, std::vector<Enrichment>& out) const;
  void of_lists(EntityType type, std::string_view value, std::vector<Enrichment>& out) const;
  static void add_asset(const Asset* asset, std::vector<Enrichment>& out);

  std::vector<std::unique_ptr<const GeoDatabase>> databases_;
  AssetRegister assets_;
  std::unique_ptr<intel::IndicatorSet> indicators_;
  bool learns_hosts_ = false;
};

/// One thread's memory of what it asked: direct-mapped, compared whole. What it returns holds until the next call.
class EnrichmentMemory {
 public:
  explicit EnrichmentMemory(std::shared_ptr<const Enricher> enricher) : enricher_(std::move(enricher)), slots_(kMemorySlots) {}

  std::span<const Enrichment> facts(EntityType type, std::string_view value);
  const Enricher& enricher() const { return *enricher_; }
  std::uint64_t hits() const { return hits_; }

 private:
  struct Slot {
    EntityType type = EntityType::kNone;
    std::string value;
    std::vector<Enrichment> facts;
  };
  std::shared_ptr<const Enricher> enricher_;  // a reload may exchange it while this thread works with it
  std::vector<Slot> slots_;
  Slot other_;
  std::uint64_t hits_ = 0;
};

/// One thread's memory of where addresses are, for what asks of every log-in: direct-mapped, of kMemorySlots places, without allocation.
class PlaceMemory {
 public:
  explicit PlaceMemory(std::shared_ptr<const Enricher> enricher) : enricher_(std::move(enricher)), slots_(kMemorySlots) {}

  /// What holds until the next call.
  const GeoPlace& place_of(const IpAddress& address);

 private:
  struct Slot {
    IpAddress address;  // :: is nobody's
    GeoPlace place;
  };
  std::shared_ptr<const Enricher> enricher_;  // a reload may exchange it while this thread works with it
  std::vector<Slot> slots_;
};

/// What a row of the table says, without the entity.
Enrichment fact_of(const intel::Found& found);

/// "database GeoLite2-City (…) is 92 days old; …" for each that is too old.
std::vector<std::string> old_databases(const std::vector<EnrichmentFile>& files, TimeUs now);

}  // namespace tocsin::enrich
