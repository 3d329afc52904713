// A quick 64-bit hash for in-memory tables: 16 bytes a step, multiply and fold, in the manner of wyhash (Wang Yi, public
// domain). Not stable across releases, not for anything that leaves the process, not against chosen collisions: every
// table that uses it compares the full key and has a bounded probe or a bounded size.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin {

inline std::uint64_t hash_fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t load64(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, 8);
  return value;
}

inline std::uint64_t load32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, 4);
  return value;
}

inline std::uint64_t hash_bytes(const char* data, std::size_t size, std::uint64_t seed) {
  constexpr std::uint64_t k0 = 0x2d358dccaa6c78a5ull, k1 = 0x8bb84b93962eacc9ull;
  std::uint64_t state = seed ^ k0;
  std::uint64_t a = 0, b = 0;
  if (size >= 16) {
    std::size_t at = 0;
    for (; at + 16 < size; at += 16) state = hash_fold(load64(data + at) ^ k1, load64(data + at + 8) ^ state);
    a = load64(data + size - 16);
    b = load64(data + size - 8);
  } else if (size >= 8) {
    a = load64(data);
    b = load64(data + size - 8);
  } else if (size >= 4) {
    a = load32(data);
    b = load32(data + size - 4);
  } else if (size > 0) {
    a = (static_cast<std::uint64_t>(static_cast<unsigned char>(data[0])) << 16) |
        (static_cast<std::uint64_t>(static_cast<unsigned char>(data[size >> 1])) << 8) |
        static_cast<unsigned char>(data[size - 1]);
  }
  return hash_fold(k1 ^ size, hash_fold(a ^ k1, b ^ state));
}

inline std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed = 0) {
  return hash_bytes(text.data(), text.size(), seed);
}

}  // namespace tocsin
