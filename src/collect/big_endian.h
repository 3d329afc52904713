// Numbers in network order, as protocols write them. The bytes must be there; whoever asks has looked. Pure, safe from any thread.
//
//   const auto port = big_at<std::uint16_t>(datagram, 2);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace tocsin {

template <class T>
T big_at(std::string_view bytes, std::size_t at) {
  static_assert(std::is_unsigned_v<T>);
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) number = static_cast<T>(number << 8 | static_cast<unsigned char>(bytes[at + i]));
  return number;
}

/// Of up to eight bytes, all of them.
inline std::uint64_t big_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

template <class T>
void append_big(std::string& out, T number) {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = sizeof(T); i-- > 0;) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

}  // namespace tocsin
