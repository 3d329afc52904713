// What is known of an entity beside the event that names it: where an address is, who announces it, which asset it is, which list names it, which host had it. The room enrich
// makes these facts; alerts and exports show them; rules do not see them. Each fact says where it is from, so that a person can check it. Plain data, owning its texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "event/path_table.h"

namespace tocsin {

/// Of one alert. What is more is a list, and stands in the entities anyway.
inline constexpr std::size_t kEnrichmentsMax = 64;

/// Where an address is, as a database has it; what it does not say is empty.
struct GeoFact {
  std::string continent_code, country_code;  // two letters; the country's by ISO 3166-1
  std::string country, region, city;
  std::optional<double> latitude, longitude;  // degrees, WGS 84
};

/// Who announces the network of an address.
struct AsFact {
  std::uint32_t number = 0;
  std::string organisation;
};

struct AssetFact {
  std::string name, criticality, owner;  // criticality: low, medium, high, critical, or "" where the register says none
  std::vector<std::string> tags;
};

struct ReputationFact {
  std::string list, category;
  std::string entry;         // of the list, that matched: the longest network, the nearest parent of a domain
  std::optional<int> score;  // 0 to 100, as the settings have it
  bool benign = false;       // of a list of what is known to be good
  std::string reference;     // what the maker of an indicator calls it
  std::string tags;          // with commas between
  TimeUs valid_from = kNoTime, valid_until = kNoTime;
};

/// Which host had an address when the event happened.
struct HostFact {
  std::string host;
  std::string learnt_from;  // dhcp, log-in
  TimeUs since = kNoTime, until = kNoTime;  // for how long that is known; no `until`: until another host has it
};

/// Where a fact is from.
struct FactSource {
  std::string name;         // the type of a database, the name of a list, "assets", the source of a log
  std::string file;
  std::string record;       // within it: a network, a line
  TimeUs built = kNoTime;   // of a database its build, of another file when it was last written
};

using Fact = std::variant<GeoFact, AsFact, AssetFact, ReputationFact, HostFact>;

struct Enrichment {
  EntityType type = EntityType::kNone;
  std::string value;  // of the entity, as the event has it
  Fact fact;
  FactSource source;
};

/// Whether a fact is one of an event of that time: an indicator holds from then until then.
inline bool holds_at(const Fact& fact, TimeUs time) {
  const ReputationFact* const of_list = std::get_if<ReputationFact>(&fact);
  if (of_list == nullptr || time == kNoTime) return true;
  return (of_list->valid_from == kNoTime || time >= of_list->valid_from) && (of_list->valid_until == kNoTime || time < of_list->valid_until);
}

/// By Fact::index().
inline constexpr std::string_view kFactKinds[] = {"geo", "as", "asset", "reputation", "host"};
inline std::string_view fact_kind(const Fact& fact) { return kFactKinds[fact.index()]; }

}  // namespace tocsin
