// Hits on their way from a worker to the correlations, as bytes: about a tenth of what the strings of a Hit would take.
// A worker packs them, the scan puts in where their events stand and sorts them (bytewise order is the order in which
// correlations want them), and one at a time they become a Hit again. Only this program reads them, so there is no version.
//
//   u64 time (sign flipped), u32 source, u64 index, u32 rule      highest byte first: this is the key
//   u32 log source class
//   u32 number of fields; per field u32 place among the rule's fields, u32 length, bytes
//   per entity u32 type, u32 length, bytes
//
// A HitPacker belongs to one thread; the functions are safe from any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/load.h"
#include "event/alert.h"
#include "event/event.h"
#include "event/log_source.h"

namespace tocsin {

/// What correlations want to know of a match of one rule.
struct HitFields {
  bool wanted = false;
  std::vector<std::string> fields;  // sorted
};

/// By rule: what its matches must carry for the correlations of the set.
std::vector<HitFields> wanted_hit_fields(const sigma::RuleSet& set);

/// Hits, each with its length in front.
struct PackedHits {
  std::string bytes;
  void clear() { bytes.clear(); }
};

/// Appends one hit: the constructor begins it, the destructor completes it.
class HitPacker {
 public:
  HitPacker(PackedHits& hits, std::uint32_t rule, std::uint64_t index, TimeUs time, LogSourceId log_source);
  ~HitPacker();
  HitPacker(const HitPacker&) = delete;
  HitPacker& operator=(const HitPacker&) = delete;

  /// All fields before all entities.
  void field(std::uint32_t place, const Value& value);
  void entity(const AlertEntity& entity);

 private:
  void put_u32(std::size_t at, std::uint32_t number);
  std::string& out_;
  const std::size_t begin_;
  std::size_t count_at_ = 0;
  std::uint32_t count_ = 0;
};

/// Takes the first hit off `hits`; empty when there are no more.
std::string_view next_packed_hit(std::string_view& hits);
/// Writes into a packed hit where its event stands.
void place_packed_hit(std::string& hit, EventRef event);
EventRef packed_hit_event(std::string_view hit);

class HitUnpacker {
 public:
  /// All must outlive it.
  HitUnpacker(const sigma::RuleSet& rules, const LogSourceTable& log_sources, const std::vector<HitFields>& fields)
      : rules_(rules), log_sources_(log_sources), fields_(fields) {}
  Hit unpack(std::string_view hit) const;

 private:
  const sigma::RuleSet& rules_;
  const LogSourceTable& log_sources_;
  const std::vector<HitFields>& fields_;
};

}  // namespace tocsin
