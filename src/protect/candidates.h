// Where in a text can personal data begin? For 128 places at once, by what has to stand around them: three dots between digits, seven digits with little between, pairs of hexadecimal digits, … Each answer is
// necessary for what the parts of the finder look for, and cheap; whether it is enough, they say. So that the finder finds what it would find if it looked at every place (finder_twin.h), and looks at one in
// fifty. All on words of bits (byte_classes.h): eight blocks at a time where the machine has AVX-512, four where it has AVX2, else one after the other, by the same code (candidates_kernel.h).
//
// In each word bit ClassBits::kBefore is the first place of its block. Words behind the last block are rubbish.
//
//   Candidates some;
//   find_all(bits, block, 3, some);      // blocks `block` to `block + 2`; `block` is a multiple of kLanes
//   for (std::uint64_t left = some.any[0]; left != 0; left &= left - 1) … std::countr_zero(left)
#pragma once

#include <array>
#include <cstdint>

#include "protect/byte_classes.h"

namespace tocsin::protect {

inline constexpr std::size_t kLanes = 8;
static_assert(ClassBits::kChunkBlocks % kLanes == 0);

/// By block.
struct alignas(64) Lanes {
  std::array<std::uint64_t, kLanes> bits;
  std::uint64_t operator[](std::size_t lane) const { return bits[lane]; }
};

/// Of cards, accounts and identifiers of states, and of what hides things: all that some policies ask for.
struct FewCandidates {
  Lanes number;    // a digit, where a word does, of seven with little between them
  Lanes lettered;  // the first digit of a word that begins with letters and may be an IBAN or an identifier
  Lanes base64;    // the first of a run of 16
  Lanes rare;      // ClassBits::kRare
};

struct Candidates : FewCandidates {
  Lanes bytes;         // two digits, where a word begins, of seven pairs of hexadecimal ones
  Lanes quad;          // a digit, where a word begins, before three dots between digits
  Lanes degrees;       // the same before a point with three digits behind
  Lanes digit;         // any digit where a word begins
  Lanes mac;           // of a hardware address with hyphens or dots: its first digits and what follows them
  Lanes colons;        // "::", or the first of five that are near each other
  Lanes person;        // behind what ends as a field for names does
  Lanes birth, place;  // the last letter of three with which a word begins that makes a date, or a number, what it is
  Lanes any;           // all but `digit` and `degrees`, which need such a word
};

using FindFew = void (*)(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found);
using FindAll = void (*)(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found);

void find_few_portable(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found);
void find_all_portable(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found);
#if defined(__x86_64__)
/// Only where the machine has AVX2.
void find_few_avx2(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found);
void find_all_avx2(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found);
/// Only where it has AVX-512 F and VL.
void find_few_avx512(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found);
void find_all_avx512(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found);
#endif
FindFew best_find_few();
FindAll best_find_all();

}  // namespace tocsin::protect
