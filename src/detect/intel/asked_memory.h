// What was asked lately and is none, under its raw bytes, compared whole: a value that comes again costs a hash and a compare. One thread; nothing is allocated after construction.
//
// Four tables by length, two places for each value: the one that came last, and the one before it. Up to 15 bytes are two words with the length and what was asked in the byte that is left, which every
// IPv4 address fits in, and up to 31 are four; so most compares call nobody. Longer ones (lists of hashes, URLs) have slots of 64 and 256 bytes.
// Who sends values that meet in one place makes others be asked again, no more.
//
// The tables are larger than near memory, so a look has two halves: find() says where a value would stand and has it fetched, holds() looks there. Who has something else to do in between waits for nothing.
//
//   const AskedMemory::Place place = memory.find(ask, value);
//   …
//   if (!memory.holds(place, value) && !is_any(ask, value)) memory.put(place, value);
#pragma once

#include <cstdint>
#include <cstring>

#include "base/hash.h"
#include "base/huge_array.h"
#include "detect/intel/indicator_set.h"
#include "event/event.h"

namespace tocsin::intel {

class AskedMemory {
 public:
  /// What is shorter names nothing, what is longer is asked each time.
  static constexpr std::size_t kBytesMin = 4, kBytesMax = 254;
  /// Places of up to 15, 31, 62 and 254 bytes: 3.4 MB a thread where all are taken.
  static constexpr std::size_t kTinyPlaces = 1 << 16, kShortPlaces = 1 << 16, kMiddlePlaces = 1 << 11, kLongPlaces = 1 << 10;

 private:
  enum class Table : std::uint8_t { kNone, kTiny, kShort, kMiddle, kLong };
  /// Up to 15 bytes and, in the last byte, how many they are and what was asked; all zero: empty.
  struct Words {
    std::uint64_t low, high;
    bool operator==(const Words&) const = default;
  };

 public:
  struct Place {
    Table table = Table::kNone;
    std::uint8_t mark = 0;  // what was asked, and how the value is written
    std::uint32_t pair = 0;
    Words head{}, tail{};   // of a short value
  };

  Place find(Ask ask, const Value& value) const {
    static_assert(static_cast<int>(Ask::kList) < 8);
    Place place;
    const std::size_t size = value.size;
    if (size < kBytesMin || size > kBytesMax) return place;
    place.mark = static_cast<std::uint8_t>(static_cast<unsigned>(ask) | (value.kind == ValueKind::kJsonText ? 8u : value.kind == ValueKind::kNumber ? 16u : 0u));
    if (size > kShortBytesMax || value.kind == ValueKind::kNumber) {
      place.table = size <= sizeof(Middle::bytes) ? Table::kMiddle : Table::kLong;
      place.pair = static_cast<std::uint32_t>(hash_bytes(value.raw(), place.mark) % (place.table == Table::kMiddle ? kMiddlePlaces / 2 : kLongPlaces / 2) * 2);
      return place;
    }
    if (size <= kTinyBytesMax) {
      place.table = Table::kTiny;
      place.head = marked(words_of(value.data, size), size, place.mark);
      place.pair = static_cast<std::uint32_t>(hash(place.head) % (kTinyPlaces / 2) * 2);
      __builtin_prefetch(&of_.tiny[place.pair]);
      return place;
    }
    place.table = Table::kShort;
    place.head = {load64(value.data), load64(value.data + 8)};
    place.tail = marked(tail_of(value.data + size, size - 16), size - 16, place.mark);
    place.pair = static_cast<std::uint32_t>((hash(place.head) ^ hash(place.tail)) % (kShortPlaces / 2) * 2);
    __builtin_prefetch(&of_.shorter[place.pair]);
    return place;
  }

  bool holds(const Place& place, const Value& value) const {
    switch (place.table) {
      case Table::kNone: return false;
      case Table::kTiny: return of_.tiny[place.pair] == place.head || of_.tiny[place.pair + 1] == place.head;
      case Table::kShort: {
        const Short wanted{place.head, place.tail};
        return of_.shorter[place.pair] == wanted || of_.shorter[place.pair + 1] == wanted;
      }
      case Table::kMiddle: return of_.middle[place.pair].is(place.mark, value) || of_.middle[place.pair + 1].is(place.mark, value);
      case Table::kLong: return of_.longer[place.pair].is(place.mark, value) || of_.longer[place.pair + 1].is(place.mark, value);
    }
    return false;
  }

  void put(const Place& place, const Value& value) {
    const auto shift = [&](auto& table) -> auto& {
      table[place.pair + 1] = table[place.pair];
      return table[place.pair];
    };
    switch (place.table) {
      case Table::kNone: return;
      case Table::kTiny: shift(of_.tiny) = place.head; return;
      case Table::kShort: shift(of_.shorter) = {place.head, place.tail}; return;
      case Table::kMiddle: return shift(of_.middle).set(place.mark, value);
      case Table::kLong: return shift(of_.longer).set(place.mark, value);
    }
  }

 private:
  struct Short {
    Words head, tail;
    bool operator==(const Short&) const = default;
  };
  template <std::size_t kSize>
  struct Slot {
    std::uint8_t mark, size;  // 0: empty
    char bytes[kSize - 2];
    bool is(std::uint8_t wanted, const Value& value) const { return mark == wanted && size == value.size && std::memcmp(bytes, value.data, size) == 0; }
    void set(std::uint8_t with, const Value& value) {
      mark = with;
      size = static_cast<std::uint8_t>(value.size);
      std::memcpy(bytes, value.data, size);
    }
  };
  using Middle = Slot<64>;
  using Long = Slot<256>;
  /// What two words hold beside the byte that says what it is, and four.
  static constexpr std::size_t kTinyBytesMax = 15, kShortBytesMax = 31;

  /// 4 to 15 bytes; reads none beside them.
  static Words words_of(const char* data, std::size_t size) {
    if (size < 8) return {load32(data) | load32(data + size - 4) << (8 * (size - 4)), 0};
    return {load64(data), size == 8 ? 0 : load64(data + size - 8) >> (8 * (16 - size))};
  }
  /// The last 0 to 15 bytes of 16 and more.
  static Words tail_of(const char* end, std::size_t size) {
    if (size >= 8) return {load64(end - size), size == 8 ? 0 : load64(end - 8) >> (8 * (16 - size))};
    return {size == 0 ? 0 : load64(end - 8) >> (8 * (8 - size)), 0};
  }
  static Words marked(Words words, std::uint64_t size, std::uint64_t mark) { return {words.low, words.high | (size | mark << 4) << 56}; }
  static std::size_t hash(Words words) { return hash_fold(words.low ^ 0x2d358dccaa6c78a5ull, words.high ^ 0x8bb84b93962eacc9ull); }

  struct Tables {
    Words tiny[kTinyPlaces];
    Short shorter[kShortPlaces];
    Middle middle[kMiddlePlaces];
    Long longer[kLongPlaces];
  };
  HugeArray<Tables> tables_{1};
  Tables& of_ = tables_[0];
};

}  // namespace tocsin::intel
