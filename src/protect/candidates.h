// Where in a text can personal data begin? For 32 places at once, by what has to stand around them: three dots between digits, seven digits with little between, pairs of hexadecimal digits, … Each
// answer is necessary for what the parts of the finder look for, and cheap; whether it is enough, they say. So that the finder finds what it would find if it looked at every place (finder_twin.h), and looks
// at one in fifty. Few instructions a byte, all on words of bits (byte_classes.h), the same on every machine.
//
// Bit ClassBits::kBefore is the first place of the block. Bits of other places are rubbish, except where kOwn is named.
//
//   const Candidates all = candidates(bits, block, {});
//   for (std::uint64_t left = all.any(); left != 0; left &= left - 1) … std::countr_zero(left)
#pragma once

#include <cstdint>

#include "protect/byte_classes.h"

namespace tocsin::protect {

/// The places of the block.
inline constexpr std::uint64_t kOwn = 0xffffffffull << ClassBits::kBefore;

/// Of cards, accounts and identifiers of states, and of what hides things: all that some policies ask for.
struct FewCandidates {
  std::uint64_t number = 0;   // a digit, where a word does, of seven with little between them
  std::uint64_t lettered = 0;  // the first digit of a word that begins with letters and may be an IBAN or an identifier
  std::uint64_t base64 = 0;   // the first of a run of 16
  std::uint64_t rare = 0;     // ClassBits::kRare
};

struct Candidates : FewCandidates {
  std::uint64_t bytes = 0;        // two digits, where a word begins, of seven pairs of hexadecimal ones
  std::uint64_t quad = 0;         // a digit, where a word begins, before three dots between digits
  std::uint64_t degrees = 0;      // the same before a point with three digits behind
  std::uint64_t digit = 0;        // any digit where a word begins
  std::uint64_t mac = 0;          // of a hardware address with hyphens or dots: its first digits and what follows them
  std::uint64_t colons = 0;       // "::", or the first of five that are near each other
  std::uint64_t person = 0;       // behind what ends as a field for names does
  std::uint64_t birth = 0, place = 0;  // the last letter of three with which a word begins that makes a date, or a number, what it is
};

/// Those of kOwn alone; `bits` needs no more than its first classes.
FewCandidates few_candidates(const ClassBits& bits, std::size_t block);
Candidates candidates(const ClassBits& bits, std::size_t block);

}  // namespace tocsin::protect
