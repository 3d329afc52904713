#include "protect/candidates.h"

namespace tocsin::protect {
namespace {

constexpr std::uint64_t both(std::uint64_t bits, unsigned behind) { return bits & bits >> behind; }
/// Two to four places on; the distance of the dots of an IPv4 address.
constexpr std::uint64_t two_to_four(std::uint64_t bits) { return bits >> 2 | bits >> 3 | bits >> 4; }
constexpr std::uint64_t one_to_three(std::uint64_t bits) { return bits >> 1 | bits >> 2 | bits >> 3; }

/// Letters before the first digit of an identifier that begins with some: GB82…, RSSMRA85….
constexpr int kLettersOfIdentifierMax = 6;

/// The first digit behind letters, no more than some, that begin at `starts`.
std::uint64_t behind_letters(std::uint64_t starts, std::uint64_t letter, std::uint64_t digit) {
  std::uint64_t found = 0;
  for (int i = 0; i < kLettersOfIdentifierMax; ++i) {
    starts <<= 1;
    found |= starts & digit;
    starts &= letter;
  }
  return found;
}

/// The classes that few_candidates needs.
struct Few {
  Few(const ClassBits& bits, std::size_t block)
      : digit(bits.window(ClassBits::kDigit, block)),
        letter(bits.window(ClassBits::kLetter, block)),
        word(bits.window(ClassBits::kWord, block)),
        space(bits.window(ClassBits::kSpace, block)),
        dash(bits.window(ClassBits::kDash, block)),
        dot(bits.window(ClassBits::kDot, block)),
        colon(bits.window(ClassBits::kColon, block)) {}

  std::uint64_t digit, letter, word, space, dash, dot, colon;
  std::uint64_t begins() const { return ~(word << 1); }
};

/// A number does not begin behind 12:34:5 or 1234- or 1234.
std::uint64_t numbers(const Few& few, std::uint64_t joint) {
  const std::uint64_t part = few.digit | few.space | few.dash | few.dot | joint, four = both(both(part, 1), 2);
  const std::uint64_t in_number = few.digit << 1 & (few.dash | few.dot);
  const std::uint64_t in_time = few.colon & few.digit << 1 & (~(few.word << 2) | (few.digit << 2 & ~(few.word << 3)));
  return few.digit & few.begins() & both(four, 3) & ~((in_number | in_time) << 1);
}

/// Where a word begins with two letters and two digits, and 15 characters with no more than groups between; or with a capital, and eight capitals or digits.
std::uint64_t lettered(const Few& few, std::uint64_t upper) {
  const std::uint64_t start = few.letter & few.begins(), capitals = both(both(both(upper | few.digit, 1), 2), 4);
  const std::uint64_t identifiers = start & upper & capitals;
  const std::uint64_t alnum = few.digit | few.letter, group = alnum | few.space | few.dash;
  std::uint64_t ibans = start & few.letter >> 1 & both(few.digit >> 2, 1);
  if (ibans != 0) ibans &= both(both(both(both(group, 1), 2), 4), 7);
  const std::uint64_t starts = identifiers | ibans;
  return starts == 0 ? 0 : behind_letters(starts, few.letter, few.digit);
}

void fill(const ClassBits& bits, std::size_t block, const Few& few, FewCandidates& all) {
  all.number = kOwn & numbers(few, bits.window(ClassBits::kJoint, block));
  all.lettered = kOwn & lettered(few, bits.window(ClassBits::kUpper, block));
  const std::uint64_t base64 = bits.window(ClassBits::kBase64, block);
  all.base64 = kOwn & base64 & ~(base64 << 1) & both(both(both(both(base64, 1), 2), 4), 8);
  all.rare = kOwn & bits.window(ClassBits::kRare, block);
}

/// Where the six pairs, or the three groups of four, of a hardware address begin; and where bytes are printed, at least seven.
void fill_hex(std::uint64_t hex, const Few& few, Candidates& all) {
  const std::uint64_t pair = both(hex, 1), with_dash = pair & few.dash >> 2, with_any = with_dash | (pair & few.space >> 2);
  const std::uint64_t bytes = both(both(both(with_any, 3), 6), 9);
  all.bytes = kOwn & few.digit & few.begins() & few.digit >> 1 & bytes;
  const std::uint64_t four = both(pair, 2) & few.dot >> 4;
  std::uint64_t starts = (both(both(with_dash, 3), 6) & with_dash >> 12 & pair >> 15) | (both(four, 5) & both(pair, 2) >> 10);
  if (starts == 0) return;
  starts |= starts << 1;
  starts |= starts << 2 | starts << 3;
  all.mac = kOwn & starts;
}

std::uint64_t near(std::uint64_t bits) { return two_to_four(bits) | bits >> 5; }

std::uint64_t colons(std::uint64_t colon) {
  const std::uint64_t twice = both(colon, 1), three = colon & near(colon & near(colon));
  return three == 0 ? twice : twice | (colon & near(colon & near(three)));
}

}  // namespace

FewCandidates few_candidates(const ClassBits& bits, std::size_t block) {
  FewCandidates all;
  fill(bits, block, Few(bits, block), all);
  return all;
}

Candidates candidates(const ClassBits& bits, std::size_t block) {
  Candidates all;
  const Few few(bits, block);
  fill(bits, block, few, all);
  fill_hex(bits.window(ClassBits::kHex, block), few, all);
  all.digit = kOwn & few.digit & few.begins();
  const std::uint64_t dot = few.dot & few.digit << 1 & few.digit >> 1, number = all.digit & ~(few.dot << 1);
  all.quad = number & one_to_three(dot & two_to_four(dot & two_to_four(dot)));
  all.degrees = number & one_to_three(dot & few.digit >> 2 & few.digit >> 3);
  all.colons = kOwn & colons(few.colon);
  const std::uint64_t quote = bits.window(ClassBits::kQuote, block);
  const std::uint64_t end = bits.window(ClassBits::kPerson, block) << 1, one = (end & quote) << 1, two = (one & quote) << 1, three = (two & quote) << 1;
  all.person = kOwn & bits.window(ClassBits::kAssign, block) & (end | one | two | three);
  all.birth = kOwn & bits.window(ClassBits::kBirth, block);
  all.place = kOwn & bits.window(ClassBits::kPlace, block);
  return all;
}

}  // namespace tocsin::protect
