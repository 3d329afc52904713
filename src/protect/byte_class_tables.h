// Which byte is of which class (byte_classes.h), as tables that the kernels look up. Only for byte_classes*.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protect/byte_classes.h"
#include "protect/words.h"

namespace tocsin::protect {
namespace {

/// Endings of two letters, and beginnings of three, of the words in fields.cc and addresses.cc. Each bit of a table is one line here; pieces of a line share their places, so that it lets "bia" through, too.
constexpr std::size_t kPairs = 8, kTriples = 8, kBirthTriples = 4;
constexpr std::string_view kPersonEnds[kPairs][2] = {{"m", "e"}, {"n", "t"}, {"e", "r"}, {"r", "d"}, {"o", "s"}, {"d", "o"}, {"r", "e"}, {"o", "m"}};
constexpr std::string_view kHints[kTriples][3] = {
    {"b", "iod", "ra"},           // birth, born, bday
    {"d", "o.", "bo"},            // dob, d.o.b
    {"g", "e", "b"},              // geburt, geboren, geb.
    {"n", "a\xC3", "icst\xA9"},   // naissance, nacimiento, nascita, nato, né
    {"l", "a", "t"},              // latitude
    {"l", "o", "n"},              // longitude
    {"lg", "ne", "go"},           // lng, geo
    {"gpcl", "po", "soc"},        // gps, position, coord, location
};

/// By the half of a byte: the bits of the lines whose place it fits.
struct Halves {
  alignas(16) std::uint8_t low[16] = {}, high[16] = {};

  constexpr void take(unsigned char c, std::uint8_t bit) {
    low[c & 15] = static_cast<std::uint8_t>(low[c & 15] | bit);
    high[c >> 4] = static_cast<std::uint8_t>(high[c >> 4] | bit);
  }
  constexpr void take(std::string_view characters, std::uint8_t bit) {
    for (const char c : characters) {
      take(static_cast<unsigned char>(c), bit);
      if (is_letter(c)) take(static_cast<unsigned char>(c - 32), bit);
    }
  }
  constexpr std::uint8_t of(unsigned char c) const { return low[c & 15] & high[c >> 4]; }
};

template <std::size_t kLines, std::size_t kPlaces>
constexpr std::array<Halves, kPlaces> halves_of(const std::string_view (&lines)[kLines][kPlaces]) {
  std::array<Halves, kPlaces> halves{};
  for (std::size_t line = 0; line < kLines; ++line) {
    for (std::size_t place = 0; place < kPlaces; ++place) halves[place].take(lines[line][place], static_cast<std::uint8_t>(1u << line));
  }
  return halves;
}
constexpr std::array<Halves, 2> kPersonHalves = halves_of(kPersonEnds);
constexpr std::array<Halves, 3> kHintHalves = halves_of(kHints);
constexpr std::uint8_t kBirthBits = (1u << kBirthTriples) - 1;

/// Single characters of some classes. Characters of one bit are of one row (the high half of a byte), so that nothing else fits.
constexpr std::uint8_t kRareBits = 0x0f, kAssignBit = 0x10, kQuoteBits = 0x60;
constexpr Halves kSingles = [] {
  Halves halves;
  halves.take("+(%", 0x01);
  halves.take("@", 0x02);
  halves.take("\xC2\xE2", 0x04);
  halves.take("\xEF", 0x08);
  halves.take(":=>", kAssignBit);
  halves.take("\"' ", 0x20);
  halves.take("\\", 0x40);
  return halves;
}();

constexpr std::array<std::uint32_t, 256> classes_of_bytes() {
  std::array<std::uint32_t, 256> classes{};
  for (std::size_t i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const auto put = [&](ClassBits::Class one, bool is) { classes[i] |= is ? 1u << one : 0u; };
    put(ClassBits::kDigit, is_digit(c));
    put(ClassBits::kHex, is_hex(c));
    put(ClassBits::kLetter, is_letter(c));
    put(ClassBits::kUpper, c >= 'A' && c <= 'Z');
    put(ClassBits::kWord, is_word(c));
    put(ClassBits::kSpace, c == ' ');
    put(ClassBits::kDash, c == '-');
    put(ClassBits::kDot, c == '.');
    put(ClassBits::kColon, c == ':');
    put(ClassBits::kJoint, c == '/' || c == '(' || c == ')' || i >= 0x80);
    put(ClassBits::kBase64, is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_');
    put(ClassBits::kRare, (kSingles.of(static_cast<unsigned char>(i)) & kRareBits) != 0);
    put(ClassBits::kAssign, (kSingles.of(static_cast<unsigned char>(i)) & kAssignBit) != 0);
    put(ClassBits::kQuote, (kSingles.of(static_cast<unsigned char>(i)) & kQuoteBits) != 0);
  }
  return classes;
}
constexpr std::array<std::uint32_t, 256> kClassesOfBytes = classes_of_bytes();

}  // namespace
}  // namespace tocsin::protect
