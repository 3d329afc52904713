// The conditions of candidates.h on words of bits. `Bits` is one such word, or several in a vector of the compiler's; `Source` gives the windows of a class, and `any(bits)` whether a bit is there. Only for
// candidates*.cc.
#pragma once

#include "protect/candidates.h"

// Functions of vectors must not be called, only be part of their caller: how one is handed over depends on how the file is compiled.
#define TOCSIN_INLINE [[gnu::always_inline]] inline

namespace tocsin::protect {
namespace {

template <class Bits>
TOCSIN_INLINE Bits both(Bits bits, int behind) { return bits & bits >> behind; }
/// Two to four places on; the distance of the dots of an IPv4 address.
template <class Bits>
TOCSIN_INLINE Bits two_to_four(Bits bits) { return bits >> 2 | bits >> 3 | bits >> 4; }
template <class Bits>
TOCSIN_INLINE Bits one_to_three(Bits bits) { return bits >> 1 | bits >> 2 | bits >> 3; }
template <class Bits>
TOCSIN_INLINE Bits two_to_five(Bits bits) { return two_to_four(bits) | bits >> 5; }

/// Letters before the first digit of an identifier that begins with some: GB82…, RSSMRA85….
constexpr int kLettersOfIdentifier = 6;

/// The first digit behind letters, no more than some, that begin at `starts`.
template <class Bits>
TOCSIN_INLINE Bits behind_letters(Bits starts, Bits letter, Bits digit) {
  Bits found = starts & ~starts;
  for (int i = 0; i < kLettersOfIdentifier; ++i) {
    starts = starts << 1;
    found = found | (starts & digit);
    starts = starts & letter;
  }
  return found;
}

/// The classes that FewCandidates need.
template <class Bits>
struct Few {
  template <class Source>
  TOCSIN_INLINE explicit Few(const Source& source)
      : digit(source.window(ClassBits::kDigit)),
        letter(source.window(ClassBits::kLetter)),
        word(source.window(ClassBits::kWord)),
        space(source.window(ClassBits::kSpace)),
        dash(source.window(ClassBits::kDash)),
        dot(source.window(ClassBits::kDot)),
        colon(source.window(ClassBits::kColon)),
        begins(~(word << 1)),
        own(((digit | ~digit) >> (64 - kBlockBytes)) << ClassBits::kBefore) {}

  Bits digit, letter, word, space, dash, dot, colon;
  Bits begins;  // where a word can
  Bits own;     // the places of the block
};

/// A number does not begin behind 12:34:5 or 1234- or 1234.
template <class Bits>
TOCSIN_INLINE Bits numbers(const Few<Bits>& few, Bits joint) {
  const Bits part = few.digit | few.space | few.dash | few.dot | joint, four = both(both(part, 1), 2);
  const Bits in_number = few.digit << 1 & (few.dash | few.dot);
  const Bits in_time = few.colon & few.digit << 1 & (~(few.word << 2) | (few.digit << 2 & ~(few.word << 3)));
  return few.digit & few.begins & both(four, 3) & ~((in_number | in_time) << 1);
}

/// Where a word begins with two letters and two digits, and 15 characters with no more than groups between; or with a capital, and eight capitals or digits.
template <class Bits, class Source>
TOCSIN_INLINE Bits lettered(const Few<Bits>& few, const Source& source) {
  const Bits upper = source.window(ClassBits::kUpper), start = few.letter & few.begins, capitals = both(both(both(Bits(upper | few.digit), 1), 2), 4);
  const Bits group = few.digit | few.letter | few.space | few.dash;
  const Bits ibans = start & few.letter >> 1 & both(Bits(few.digit >> 2), 1) & both(both(both(both(group, 1), 2), 4), 7);
  const Bits starts = (start & upper & capitals) | ibans;
  return source.any(starts) ? behind_letters(starts, few.letter, few.digit) : starts;
}

template <class Bits, class Source>
TOCSIN_INLINE void fill_few(const Few<Bits>& few, const Source& source, FewCandidates& found) {
  const Bits base64 = source.window(ClassBits::kBase64);
  source.put(few.own & numbers(few, source.window(ClassBits::kJoint)), found.number);
  source.put(few.own & lettered<Bits>(few, source), found.lettered);
  source.put(few.own & base64 & ~(base64 << 1) & both(both(both(both(base64, 1), 2), 4), 8), found.base64);
  source.put(few.own & source.window(ClassBits::kRare), found.rare);
}

/// Where the six pairs, or the three groups of four, of a hardware address begin, and some places on.
template <class Bits, class Source>
TOCSIN_INLINE Bits macs(Bits pair, Bits with_dash, Bits dot, const Source& source) {
  const Bits four = both(pair, 2) & dot >> 4;
  Bits starts = (both(both(with_dash, 3), 6) & with_dash >> 12 & pair >> 15) | (both(four, 5) & both(pair, 2) >> 10);
  if (!source.any(starts)) return starts;
  starts = starts | starts << 1;
  return starts | starts << 2 | starts << 3;
}

template <class Bits, class Source>
TOCSIN_INLINE Bits colons(Bits colon, const Source& source) {
  const Bits twice = both(colon, 1), three = colon & two_to_five(Bits(colon & two_to_five(colon)));
  if (!source.any(three)) return twice;
  return twice | (colon & two_to_five(Bits(colon & two_to_five(three))));
}

template <class Bits>
TOCSIN_INLINE Bits behind_names(Bits last, Bits quote, Bits assign) {
  const Bits none = last << 1, one = (none & quote) << 1, two = (one & quote) << 1, three = (two & quote) << 1;
  return assign & (none | one | two | three);
}

template <class Bits, class Source>
TOCSIN_INLINE void fill_all(const Source& source, Candidates& found) {
  const Few<Bits> few(source);
  fill_few<Bits>(few, source, found);
  const Bits digit = few.own & few.digit & few.begins, number = digit & ~(few.dot << 1);
  const Bits pair = both(source.window(ClassBits::kHex), 1), with_dash = pair & few.dash >> 2, with_any = with_dash | (pair & few.space >> 2);
  const Bits dot = few.dot & few.digit << 1 & few.digit >> 1;
  const Bits bytes = digit & few.digit >> 1 & both(both(both(with_any, 3), 6), 9), quad = number & one_to_three(Bits(dot & two_to_four(Bits(dot & two_to_four(dot)))));
  const Bits mac = few.own & macs<Bits>(pair, with_dash, few.dot, source), double_colons = few.own & colons<Bits>(few.colon, source);
  const Bits person = few.own & behind_names<Bits>(source.window(ClassBits::kPerson), source.window(ClassBits::kQuote), source.window(ClassBits::kAssign));
  const Bits birth = few.own & source.window(ClassBits::kBirth), place = few.own & source.window(ClassBits::kPlace);
  source.put(digit, found.digit);
  source.put(number & one_to_three(Bits(dot & few.digit >> 2 & few.digit >> 3)), found.degrees);
  source.put(bytes, found.bytes);
  source.put(quad, found.quad);
  source.put(mac, found.mac);
  source.put(double_colons, found.colons);
  source.put(person, found.person);
  source.put(birth, found.birth);
  source.put(place, found.place);
  source.put(source.get(found.number) | source.get(found.lettered) | source.get(found.base64) | source.get(found.rare) | bytes | quad | mac | double_colons | person | birth | place, found.any);
}

}  // namespace
}  // namespace tocsin::protect
