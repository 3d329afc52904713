// What a raw value satisfied the last time it was seen. Logs repeat themselves: in real Windows events 98 of 100 values
// of a field have been seen a moment ago, byte for byte. So the answer of a FieldPlan is kept under the exact bytes,
// before any escape is undone: a hit costs a hash and a compare, and no rule is looked at.
//
// Three direct-mapped tables of fixed size (short, long and very long values); a newcomer displaces who stood there.
// Values longer than kHugeBytesMax or with more groups than a slot holds are not kept. One per thread; nothing is allocated
// after construction.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/hash.h"
#include "base/zeroed_array.h"
#include "detect/plan/field_plan.h"

namespace tocsin::match {

class TokenMemory {
 public:
  static constexpr std::size_t kShortBytesMax = 76, kShortGroupsMax = 6;
  static constexpr std::size_t kLongBytesMax = 380, kLongGroupsMax = 24;
  static constexpr std::size_t kHugeBytesMax = 1916, kHugeGroupsMax = 24;
  /// 16,384 slots of 128 bytes, 4,096 of 512 and 1,024 of 2,048: 6 MB a thread, of which the second-level cache holds
  /// what repeats.
  static constexpr std::size_t kShortSlots = 1 << 14, kLongSlots = 1 << 12, kHugeSlots = 1 << 10;

  static std::uint64_t hash(const Value& value, const plan::FieldPlan* plan) {
    return hash_bytes(value.data, value.size, reinterpret_cast<std::uint64_t>(plan) + static_cast<std::uint64_t>(value.kind));
  }
  static bool keeps(const Value& value) { return value.size <= kHugeBytesMax; }

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
    // A short value with many groups is kept in a long slot.
    if (value.size <= kShortBytesMax && get_from(short_[hash & (kShortSlots - 1)], hash, value, plan, groups)) return true;
    if (value.size <= kLongBytesMax) return get_from(long_[hash & (kLongSlots - 1)], hash, value, plan, groups);
    return get_from(huge_[hash & (kHugeSlots - 1)], hash, value, plan, groups);
  }

  void put(std::uint64_t hash, const Value& value, const plan::FieldPlan* plan, std::span<const plan::GroupId> groups) {
    if (value.size <= kShortBytesMax && groups.size() <= kShortGroupsMax) {
      put_into(short_[hash & (kShortSlots - 1)], hash, value, plan, groups);
    } else if (value.size <= kLongBytesMax && groups.size() <= kLongGroupsMax) {
      put_into(long_[hash & (kLongSlots - 1)], hash, value, plan, groups);
    } else if (value.size <= kHugeBytesMax && groups.size() <= kHugeGroupsMax) {
      put_into(huge_[hash & (kHugeSlots - 1)], hash, value, plan, groups);
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
  using HugeSlot = Slot<kHugeBytesMax, kHugeGroupsMax>;
  static_assert(sizeof(ShortSlot) == 128 && sizeof(LongSlot) == 512 && sizeof(HugeSlot) == 2048);

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
    if (!groups.empty()) std::memcpy(slot.groups, groups.data(), groups.size_bytes());
    std::memcpy(slot.bytes, value.data, value.size);
  }

  ZeroedArray<ShortSlot> short_{kShortSlots};
  ZeroedArray<LongSlot> long_{kLongSlots};
  ZeroedArray<HugeSlot> huge_{kHugeSlots};
};

}  // namespace tocsin::match
