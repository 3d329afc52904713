#include "protect/surroundings.h"

#include <algorithm>
#include <bit>

#include "protect/check_digits.h"
#include "protect/letter_bits.h"

namespace tocsin::protect {
namespace {

/// What an identifier beside it would be part of. Quotation marks of UTF-8 are not.
bool is_joined(char c) { return is_alnum(c) || c == '_'; }

/// The word that ends before `end`; no more than 40 bytes of it, which is a UUID and more.
std::string_view word_before(std::string_view text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && end - from < 40 && is_joined(text[from - 1])) --from;
  return text.substr(from, end - from);
}

/// The letter without its accent, of a letter of two bytes that UTF-8 begins with C3, C4 or C5 (U+00C0 to U+017F); 0 if it is none.
char unaccented(unsigned char first, unsigned char second) {
  constexpr std::string_view kLatin1 = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
  constexpr std::string_view kExtended =
      "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrsssssssstttttt"
      "uuuuuuuuuuuuwwyyyzzzzzzs";
  static_assert(kLatin1.size() == 64 && kExtended.size() == 128);
  if (second < 0x80 || second > 0xbf) return 0;
  if (first == 0xc3) return kLatin1[second - 0x80u];
  return first == 0xc4 || first == 0xc5 ? kExtended[(first - 0xc4u) * 64u + (second - 0x80u)] : '\0';
}

/// Where a new word begins inside of letters: userSsn, SSNValue. Not in "SSNs".
bool is_camel_start(std::string_view text, std::size_t at) {
  if (at == 0 || !is_upper(text[at])) return false;
  if (is_lower(text[at - 1])) return true;
  return is_upper(text[at - 1]) && at + 2 < text.size() && is_lower(text[at + 1]) && is_lower(text[at + 2]);
}

/// How much of `text` from `at` is `word`, or 0.
std::size_t match_word(std::string_view text, std::size_t at, std::string_view word) {
  const std::size_t from = at;
  for (const char c : word) {
    if (c == ' ') {
      at += at < text.size() && text[at] == ' ';
    } else if (at < text.size() && text[at] == c) {
      ++at;
    } else {
      return 0;
    }
  }
  return at - from;
}

bool has_one_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word[0]); at != std::string_view::npos; at = text.find(word[0], at + 1)) {
    if (at > 0 && is_alnum(text[at - 1])) continue;
    std::size_t end = at + match_word(text, at, word);
    if (end == at) continue;
    if (end < text.size() && text[end] == 's') ++end;
    if (end < text.size() && is_digit(text[end])) ++end;  // card1, but not cc01, as dumps have it
    if (end == text.size() || !is_alnum(text[end])) return true;
  }
  return false;
}

}  // namespace

void add_words(const WordList& list, WordFilter& filter) {
  for (std::string_view words = list.words; !words.empty();) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    std::string_view rest = words.substr(0, bar);
    std::array<char, 4> joined = {};
    std::size_t size = 0;
    for (; size < joined.size() && !rest.empty(); rest.remove_prefix(1)) {
      if (rest[0] == ' ') filter.add({joined.data(), size});
      if (rest[0] == ' ' && size == 1) filter.add(words.substr(0, 3));  // "d n" of "d nummer"
      if (rest[0] != ' ') joined[size++] = rest[0];
    }
    filter.add({joined.data(), size});
    if (size < joined.size()) {
      for (const char more : std::string_view("s0123456789")) {
        std::array<char, 4> longer = joined;
        longer[size] = more;
        filter.add({longer.data(), size + 1});
        for (const char digit : std::string_view("0123456789")) {
          if (more != 's' || size + 2 > longer.size()) break;
          longer[size + 1] = digit;
          filter.add({longer.data(), size + 2});
        }
      }
    }
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
}

bool Surroundings::is_start() const {
  if (at_ == 0) return true;
  const char before = text_[at_ - 1];
  if (is_joined(before)) return false;
  if (before == '+') return false;
  if (before != '-' && before != '.' && before != ':' && before != '/') return true;
  const std::string_view word = word_before(text_, at_ - 1);
  if (before == '-') return !word.empty() && is_letter(word.back()) && std::none_of(word.begin(), word.end(), is_digit);
  if (before == '.') return std::none_of(word.begin(), word.end(), is_digit);
  return !are_digits(word) || word.size() > 2;
}

bool Surroundings::is_end(std::size_t length) const {
  const std::size_t end = at_ + length;
  if (end >= text_.size()) return end == text_.size();
  if (is_joined(text_[end])) return false;
  if (end + 1 == text_.size()) return true;
  const char next = text_[end + 1];
  if (text_[end] == '-' || text_[end] == '@') return !is_joined(next);
  return text_[end] != '.' || !is_digit(next);
}

bool Surroundings::has_word(const WordList& list) {
  if (std::ranges::none_of(beginnings(), [&](std::uint16_t one) { return list.has(one); })) return false;
  if (!is_folded_) fold();
  for (std::string_view words = list.words; !words.empty();) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    if (has_one_word(folded(), words.substr(0, bar))) return true;
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
  return false;
}

std::span<const std::uint16_t> Surroundings::beginnings() {
  if (!is_begun_) begin();
  return {begins_.data(), begins_size_};
}

/// A word that the window cuts is not seen: "discard" is no card.
std::string_view Surroundings::before() const {
  std::size_t from = at_ - std::min(at_, kBytes);
  if (from > 0 && is_alnum(text_[from - 1])) {
    while (from < at_ && is_alnum(text_[from])) ++from;
  }
  return text_.substr(from, at_ - from);
}

/// Of ASCII without folding it, since that is mostly all that is asked.
void Surroundings::begin() {
  is_begun_ = true;
  const std::string_view text = before();
  const LetterBits letters(text);
  if (letters.high != 0) {
    fold();
    begin_folded();
    return;
  }
  const std::uint64_t alnum = letters.alnum(), starts = alnum & (~(alnum << 1) | letters.camel());
  const std::uint64_t ends = ~alnum | starts;
  const std::uint64_t inside = (letters.upper | letters.lower) & ~starts, four = inside >> 1 & inside >> 2 & inside >> 3;
  for (std::uint64_t left = starts; left != 0; left &= left - 1) {
    std::size_t at = static_cast<std::size_t>(std::countr_zero(left));
    if (filter_ != nullptr && !filter_->may_have(WordFilter::key_at(text, at, ends))) continue;
    FourCharacters word;
    if ((four >> at & 1) != 0) {
      word.characters = {lower(text[at]), lower(text[at + 1]), lower(text[at + 2]), lower(text[at + 3])};
      begins_[begins_size_++] = word.beginning();
      continue;
    }
    do word.add(lower(text[at++]));
    while (word.size < 4 && at < text.size() && (alnum >> at & 1) != 0 && (starts >> at & 1) == 0);
    begins_[begins_size_++] = word.beginning();
    const std::uint64_t more = at < text.size() ? starts >> at << at : 0;
    if (word.size >= 3 || more == 0) continue;
    word.add(' ');  // and the next word
    at = static_cast<std::size_t>(std::countr_zero(more));
    do word.add(lower(text[at++]));
    while (word.size < 4 && at < text.size() && (alnum >> at & 1) != 0 && (starts >> at & 1) == 0);
    if (word.size < 4) word.add(' ');
    begins_[begins_size_++] = word.beginning();
  }
}

/// The same with bytes that are no ASCII.
void Surroundings::begin_folded() {
  const std::string_view text = folded();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ' || (at > 0 && is_alnum(text[at - 1]))) continue;
    FourCharacters word;
    std::size_t end = at;
    for (; end < text.size() && text[end] != ' ' && word.size < 4; ++end) word.add(text[end]);
    begins_[begins_size_++] = word.beginning();
    if (word.size >= 3 || end == text.size() || begins_size_ == begins_.size()) continue;
    for (; end < text.size() && word.size < 4; ++end) word.add(text[end]);
    begins_[begins_size_++] = word.beginning();
  }
}

void Surroundings::fold() {
  is_folded_ = true;
  const std::string_view text = before();
  const auto add = [this](char c) { folded_[folded_size_++] = c; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool spaced = folded_size_ == 0 || folded_[folded_size_ - 1] == ' ';
    if (is_camel_start(text, at) && !spaced) add(' ');
    if (is_upper(c)) {
      add(static_cast<char>(c - 'A' + 'a'));
    } else if (is_alnum(c)) {
      add(c);
    } else if (const char letter = at + 1 < text.size() ? unaccented(static_cast<unsigned char>(c), static_cast<unsigned char>(text[at + 1])) : '\0'; letter != 0) {
      add(letter);
      ++at;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      add(c);
    } else if (!spaced) {
      add(' ');
    }
  }
}

bool Surroundings::is_in_dump(std::size_t length, char separator) const {
  const auto is_group = [this](std::size_t from) {
    return from + 4 <= text_.size() && std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(from), text_.begin() + static_cast<std::ptrdiff_t>(from) + 4, is_hex);
  };
  int groups = 0;
  for (std::size_t at = at_; groups < 2 && at >= 5 && text_[at - 1] == separator && is_group(at - 5); at -= 5) ++groups;
  for (std::size_t at = at_ + length; groups < 2 && at < text_.size() && text_[at] == separator && is_group(at + 1); at += 5) ++groups;
  return groups >= 2;
}

}  // namespace tocsin::protect
