#include "protect/word_marks.h"

#include <algorithm>
#include <bit>

#include "protect/identifiers.h"
#include "protect/letter_bits.h"
#include "protect/phone_words.h"
#include "protect/word_filter.h"

namespace tocsin::protect {
namespace {

/// How far surroundings.h and phone.h look back.
constexpr std::size_t kBack = 64;
/// What is read again before a stretch, so that it is known whether its first letter begins a word (a capital behind a small letter), and behind it, so that a word is not cut: the key of a word is of four letters.
constexpr std::size_t kOverlap = 1, kAhead = 4;
constexpr std::size_t kStep = 64 - kOverlap - kAhead;

struct Filters {
  const WordFilter& identifiers = identifier_words();
  const WordFilter& phones = phone_words();

  std::uint8_t names_of(std::uint32_t key) const { return static_cast<std::uint8_t>((identifiers.may_have(key) ? kNamesIdentifier : 0) | (phones.may_have(key) ? kNamesPhone : 0)); }
};

const Filters& filters() {
  static const Filters both;
  return both;
}

}  // namespace

std::uint8_t WordMarks::before(std::size_t at) {
  if (at < read_to_) return kNamesIdentifier | kNamesPhone;
  const std::size_t first = at - std::min(at, kBack);
  for (std::size_t from = std::max(read_to_, first); from < at; from = read_to_) read(from, std::min(from + kStep, at));
  std::uint8_t names = 0;
  if (behind_identifier_ > first) names |= kNamesIdentifier;
  if (behind_phone_ > first) names |= kNamesPhone;
  // A word that begins before those 64 bytes: phone.h sees its rest as one.
  if (first > 0 && (names & kNamesPhone) == 0 && is_letter(text_[first]) && is_letter(text_[first - 1])) {
    const LetterBits bits(text_.substr(first, kAhead));
    const std::uint64_t letter = bits.upper | bits.lower;
    if ((filters().names_of(WordFilter::key_at(text_.substr(first), 0, ~letter | (bits.upper & bits.lower << 1))) & kNamesPhone) != 0) names |= kNamesPhone;
  }
  return names;
}

void WordMarks::read(std::size_t from, std::size_t to) {
  read_to_ = to;
  // With what stands behind, so that no word is cut; near the end of the text with what stands before, so that there are 64 bytes.
  const std::size_t begin = std::min(from - std::min(from, kOverlap), text_.size() - std::min<std::size_t>(text_.size(), 64));
  const std::string_view here = text_.substr(begin, 64);
  const LetterBits bits(here);
  const std::uint64_t own = ~std::uint64_t{0} >> (64 - (to - begin)) & ~std::uint64_t{0} << (from - begin);
  if ((bits.high & own) != 0) behind_identifier_ = behind_phone_ = begin + static_cast<std::size_t>(std::bit_width(bits.high & own));
  const std::uint64_t letter = bits.upper | bits.lower, small_before = bits.upper & bits.lower << 1, capitals_before = bits.camel() & ~small_before;
  const std::uint64_t ends = ~letter | small_before;
  const Filters& words = filters();
  for (std::uint64_t left = own & letter & (~(letter << 1) | small_before | capitals_before); left != 0; left &= left - 1) {
    const auto at = static_cast<std::size_t>(std::countr_zero(left));
    std::uint32_t key = WordFilter::key_at(here, at, ends);
    const std::uint64_t next = left & (left - 1);
    if (key < 256 && next != 0) key |= ' ' << 8 | WordFilter::key_of(here.substr(static_cast<std::size_t>(std::countr_zero(next)), 1)) << 16;  // one letter is a word with the next one alone
    std::uint8_t names = words.names_of(key);
    // "SSNValue" is two words for identifiers, and one for phones.
    if ((capitals_before >> at >> 1 & 7) != 0) names |= words.names_of(WordFilter::key_at(here, at, ends | capitals_before));
    if ((names & kNamesIdentifier) != 0) behind_identifier_ = std::max(behind_identifier_, begin + at + 1);
    if ((names & kNamesPhone) != 0) behind_phone_ = std::max(behind_phone_, begin + at + 1);
  }
}

}  // namespace tocsin::protect
