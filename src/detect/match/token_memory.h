// What a raw value satisfied the last time it was seen. Logs repeat themselves: in real Windows events 98 of 100 values
// of a field have been seen a moment ago, byte for byte. So the answer of a FieldPlan is kept under the exact bytes,
// before any escape is undone: a hit costs a hash and a compare, and no rule is looked at.
//
// Two direct-mapped tables of fixed size (short values and long ones); a newcomer displaces who stood there. Values
// longer than kLongBytesMax or with more than kLongGroupsMax groups are not kept. One per thread; nothing is allocated
// after construction.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "base/hash.h"
#include "detect/plan/field_plan.h"

namespace tocsin::match {

class TokenMemory {
 public:
  static constexpr std::size_t kShortBytesMax = 76, kShortGroupsMax = 6;
  static constexpr std::size_t kLongBytesMax = 380, kLongGroupsMax = 24;
  /// 16,384 slots of 128 bytes and 4,096 of 512: 4 MB a thread, most of it in the second-level cache when it pays.
  static constexpr std::size_t kShortSlots = 1 << 14, kLongSlots = 1 << 12;

  TokenMemory() : short_(std::make_unique<ShortSlot[]>(kShortSlots)), long_(std::make_unique<LongSlot[]>(kLongSlots)) {}

  static std::uint64_t hash(const Value& value, const plan::FieldPlan* plan) {
    return hash_bytes(value.data, value.size, reinterpret_cast<std::uint64_t>(plan) + static_cast<std::uint64_t>(value.kind));
  }
  static bool keeps(const Value& value) { return value.size <= kLongBytesMax; }

  void prefetch(std::uint64_t hash, const Value& value) const {
    if (value.size <= kShortBytesMax) {
      const char* slot = reinterpret_cast<const char*>(&short_[hash & (kShortSlots - 1)]);
      __builtin_prefetch(slot);
      __builtin_prefetch(slot + 64);
    } else {
      __builtin_prefetch(&long_[hash & (kLongSlots - 1)]);
    }
  }

  /// True on a hit; then `groups` is what the value satisfies, valid until the next put().
  bool get(std::uint64_t hash, const Value& value, const plan::FieldPlan* plan, std::span<const plan::GroupId>& groups) const {
    // A value with many groups is kept in a long slot whatever its size.
    if (value.size <= kShortBytesMax && get_from(short_[hash & (kShortSlots - 1)], hash, value, plan, groups)) return true;
    return get_from(long_[hash & (kLongSlots - 1)], hash, value, plan, groups);
  }

  void put(std::uint64_t hash, const Value& value, const plan::FieldPlan* plan, std::span<const plan::GroupId> groups) {
    if (value.size <= kShortBytesMax && groups.size() <= kShortGroupsMax) {
      put_into(short_[hash & (kShortSlots - 1)], hash, value, plan, groups);
    } else if (value.size <= kLongBytesMax && groups.size() <= kLongGroupsMax) {
      put_into(long_[hash & (kLongSlots - 1)], hash, value, plan, groups);
    }
  }

 private:
  template <std::size_t kBytes, std::size_t kGroups>
  struct alignas(64) Slot {
    std::uint64_t hash = 0;
    const plan::FieldPlan* plan = nullptr;
    std::uint32_t size = 0;
    ValueKind kind = ValueKind::kNull;
    std::uint8_t count = 0;
    plan::GroupId groups[kGroups];
    char bytes[kBytes];
  };
  using ShortSlot = Slot<kShortBytesMax, kShortGroupsMax>;
  using LongSlot = Slot<kLongBytesMax, kLongGroupsMax>;
  static_assert(sizeof(ShortSlot) == 128 && sizeof(LongSlot) == 512);

  template <class S>
  static bool get_from(const S& slot, std::uint64_t hash, const Value& value, const plan::FieldPlan* plan,
                       std::span<const plan::GroupId>& groups) {
    if (slot.hash != hash || slot.plan != plan || slot.size != value.size || slot.kind != value.kind) return false;
    if (std::memcmp(slot.bytes, value.data, value.size) != 0) return false;
    groups = {slot.groups, slot.count};
    return true;
  }
  template <class S>
  static void put_into(S& slot, std::uint64_t hash, const Value& value, const plan::FieldPlan* plan,
                       std::span<const plan::GroupId> groups) {
    slot.hash = hash;
    slot.plan = plan;
    slot.size = value.size;
    slot.kind = value.kind;
    slot.count = static_cast<std::uint8_t>(groups.size());
    std::memcpy(slot.groups, groups.data(), groups.size_bytes());
    std::memcpy(slot.bytes, value.data, value.size);
  }

  std::unique_ptr<ShortSlot[]> short_;
  std::unique_ptr<LongSlot[]> long_;
};

}  // namespace tocsin::match
