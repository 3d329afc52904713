// A hit while it is held: packed into one block of memory, its text behind it, shared by every window it stands in, and counted in bytes. A
// match of a correlation is a HeldHit too, one that stands on the hits that made it; that is how correlations chain.
// HitStore makes them and knows how many bytes are alive; HitRef shares them. One thread; the store outlives its hits.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/alert.h"

namespace tocsin::correlate {

/// Where a hit stands in time: what "earlier" and "later" mean. Two hits of one event stand at the same place.
struct Place {
  TimeUs time = kNoTime;
  /// 0 for an event. A match that only the end of a window decides stands after all events of that time, and those of
  /// chained correlations after those they refer to.
  std::uint32_t phase = 0;
  EventRef event;
  auto operator<=>(const Place&) const = default;
};

/// The order in which hits take their turn.
struct Order {
  Place place;
  std::uint32_t node = 0;    // the rule, or the number of rules plus the correlation
  std::uint64_t serial = 0;  // of a match: the order in which they were made
  auto operator<=>(const Order&) const = default;
};

class HitStore;
class HitRef;

/// What a match of a correlation stands on.
struct Below {
  std::vector<HitRef> hits;  // in order, the last one is last
  std::uint64_t left_out = 0;
  std::uint64_t lost = 0;
  bool evicted = false;
  bool late = false;
};

struct HeldHit {
  HitStore* store = nullptr;
  Order order;
  std::uint32_t uses = 0;
  std::uint32_t log_source = 0;  // in the store's table
  std::uint64_t visit = 0;       // the last walk over matches that came by here
  bool late = false;
  std::uint32_t packed_bytes = 0;
  std::unique_ptr<Below> below;  // of a match; null for a hit of a rule

  /// Fields, then entities. They stand behind the object.
  std::string_view packed() const { return {reinterpret_cast<const char*>(this + 1), packed_bytes}; }
  std::size_t bytes() const;

  /// With so many bytes of text, which are yet to be written.
  static HeldHit* make(std::size_t packed_bytes);
  char* text() { return reinterpret_cast<char*>(this + 1); }
  struct Delete {
    void operator()(HeldHit* hit) const;
  };
};
using OwnedHit = std::unique_ptr<HeldHit, HeldHit::Delete>;

/// Shared ownership, counted in the hit itself.
class HitRef {
 public:
  HitRef() = default;
  explicit HitRef(HeldHit* hit) : hit_(hit) {
    if (hit_ != nullptr) ++hit_->uses;
  }
  HitRef(const HitRef& other) : HitRef(other.hit_) {}
  HitRef(HitRef&& other) noexcept : hit_(std::exchange(other.hit_, nullptr)) {}
  HitRef& operator=(HitRef other) noexcept {
    std::swap(hit_, other.hit_);
    return *this;
  }
  ~HitRef() { release(); }

  HeldHit* get() const { return hit_; }
  HeldHit* operator->() const { return hit_; }
  HeldHit& operator*() const { return *hit_; }
  explicit operator bool() const { return hit_ != nullptr; }

 private:
  void release();
  HeldHit* hit_ = nullptr;
};

using FieldId = std::uint32_t;

class HitStore {
 public:
  /// Fields outside the table are not kept.
  explicit HitStore(std::map<std::string, FieldId, std::less<>> fields);

  HitRef keep(const Hit& hit);
  /// A match: `values` are those of its own group-by.
  HitRef keep_match(const Order& order, const std::vector<std::pair<FieldId, std::string>>& values, Below below);
  /// The hit of a rule, as it came.
  Hit restore(const HeldHit& hit) const;
  std::size_t bytes() const { return bytes_; }
  /// A number no walk has had yet.
  std::uint64_t next_visit() { return ++visits_; }

 private:
  friend class HitRef;
  void free(HeldHit* hit);
  std::uint32_t intern(const LogSource& log_source);

  std::map<std::string, FieldId, std::less<>> fields_;
  std::vector<const std::string*> field_names_;
  std::map<LogSource, std::uint32_t> log_source_ids_;
  std::vector<const LogSource*> log_sources_;
  std::uint32_t last_log_source_ = 0;
  std::vector<OwnedHit> dying_;
  std::vector<std::pair<FieldId, std::string_view>> known_;  // of the hit at hand
  bool freeing_ = false;
  std::size_t bytes_ = 0;
  std::uint64_t visits_ = 0;
};

/// The text of a field that the hit carries itself; null data if it does not.
std::string_view packed_field(const HeldHit& hit, FieldId field);

}  // namespace tocsin::correlate
