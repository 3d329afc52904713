#include "store/text_pattern.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::store {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
/// The two characters beyond ASCII that fold into it, to s and to k; a test holds that there are no others.
constexpr std::string_view kLongS = "\u017f", kKelvin = "\u212a";

/// Folded bytes of logs, the most frequent first: Windows events as JSON.
constexpr std::string_view kFrequent = "ae\"t\\sbcrnoi0dg:wmu lq2fp-,143yhv5869k.j7zx=+{}|)(;_%@[]$\n/'";

/// How often a byte is met, in no unit.
std::size_t frequency(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xC0) return kFrequent.size();  // all characters of a script share it
  if (byte >= 0x80) return kFrequent.size() / 2;
  const std::size_t rank = kFrequent.find(c);
  return rank == kNone ? 0 : kFrequent.size() - rank;
}

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at])) << 56;
  return (seen & 0x8080808080808080ull) == 0;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Behind `count` characters; kNone if there are fewer.
std::size_t skip(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0; --count) {
    if (at >= text.size()) return kNone;
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
  }
  return at;
}

/// Before `count` characters.
std::size_t skip_back(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0; --count) {
    if (at == 0) return kNone;
    --at;
    while (at > 0 && is_continuation(text[at])) --at;
  }
  return at;
}

}  // namespace

WildString read_wild(std::string_view written) {
  WildString wild;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char c = written[i];
    const bool escapes = c == '\\' && i + 1 < written.size() && std::string_view("*?\\").find(written[i + 1]) != kNone;
    if (c == '*') {
      if (wild.empty() || wild.back().kind != WildPart::Kind::kAny) wild.push_back({WildPart::Kind::kAny, {}});
    } else if (c == '?') {
      wild.push_back({WildPart::Kind::kOne, {}});
    } else {
      if (wild.empty() || wild.back().kind != WildPart::Kind::kLiteral) wild.push_back({WildPart::Kind::kLiteral, {}});
      wild.back().literal += escapes ? written[++i] : c;
    }
  }
  return wild;
}

std::string write_wild(const WildString& wild) {
  std::string written;
  for (const WildPart& part : wild) {
    if (part.kind == WildPart::Kind::kAny) written += '*';
    if (part.kind == WildPart::Kind::kOne) written += '?';
    for (const char c : part.literal) {
      if (c == '*' || c == '?' || c == '\\') written += '\\';
      written += c;
    }
  }
  return written;
}

FoldedLiteral::FoldedLiteral(std::string folded) : bytes_(std::move(folded)) {
  for (const char c : bytes_) cases_ += c >= 'a' && c <= 'z' ? '\x20' : '\0';
  const auto rarer = [this](std::size_t a, std::size_t b) { return frequency(bytes_[a]) < frequency(bytes_[b]); };
  for (std::size_t i = 1; i < bytes_.size(); ++i) {
    if (rarer(i, rarest_)) rarest_ = i;
  }
  rare_ = rarest_ == 0 && bytes_.size() > 1 ? 1 : 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i != rarest_ && rarer(i, rare_)) rare_ = i;
  }
}

bool FoldedLiteral::stands_at(const char* place) const {
  const char* const bytes = bytes_.data();
  const char* const cases = cases_.data();
  const std::size_t size = bytes_.size();
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t found, wanted, letters;
    std::memcpy(&found, place + at, 8);
    std::memcpy(&wanted, bytes + at, 8);
    std::memcpy(&letters, cases + at, 8);
    if ((found | letters) != wanted) return false;
  }
  for (; at < size; ++at) {
    if (static_cast<char>(place[at] | cases[at]) != bytes[at]) return false;
  }
  return true;
}

std::size_t FoldedLiteral::find_one_by_one(std::string_view text, std::size_t from) const {
  const char rarest = bytes_[rarest_], letter = cases_[rarest_];
  for (std::size_t at = from; at + bytes_.size() <= text.size(); ++at) {
    if (static_cast<char>(text[at + rarest_] | letter) == rarest && stands_at(text.data() + at)) return at;
  }
  return kNone;
}

#if defined(__SSE2__)
/// Sixteen places at once: those where both rare bytes stand are looked at. At least so many places are there.
std::size_t FoldedLiteral::find_in_blocks(std::string_view text, std::size_t from) const {
  const __m128i bytes[2] = {_mm_set1_epi8(bytes_[rarest_]), _mm_set1_epi8(bytes_[rare_])};
  const __m128i letters[2] = {_mm_set1_epi8(cases_[rarest_]), _mm_set1_epi8(cases_[rare_])};
  const auto fits = [&](const char* place, int which) {
    return _mm_cmpeq_epi8(_mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)), letters[which]), bytes[which]);
  };
  const std::size_t last = text.size() - bytes_.size() - 15;
  for (std::size_t next = from;; next += 16) {
    const std::size_t at = std::min(next, last);  // the last block overlaps the one before
    const char* const place = text.data() + at;
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(fits(place + rarest_, 0), fits(place + rare_, 1))));
    for (; hits != 0; hits &= hits - 1) {
      const auto here = static_cast<std::size_t>(std::countr_zero(hits));
      if (stands_at(place + here)) return at + here;
    }
    if (at == last) return kNone;
  }
}
#else
std::size_t FoldedLiteral::find_in_blocks(std::string_view text, std::size_t from) const { return find_one_by_one(text, from); }
#endif

std::size_t FoldedLiteral::find(std::string_view text, std::size_t from) const {
  if (bytes_.empty()) return from;
  if (text.size() - from < bytes_.size() + 15) return find_one_by_one(text, from);
  return find_in_blocks(text, from);
}

TextPattern::TextPattern(const WildString& wild) : pieces_(1) {
  std::size_t ones = 0;
  const auto add = [&](std::string literal) {
    for (const char c : literal) {
      ascii_ = ascii_ && static_cast<unsigned char>(c) < 0x80;
      has_k_or_s_ = has_k_or_s_ || c == 'k' || c == 's';
    }
    pieces_.back().push_back({ones, FoldedLiteral(std::move(literal))});
    ones = 0;
  };
  for (const WildPart& part : wild) {
    if (part.kind == WildPart::Kind::kOne) ++ones;
    if (part.kind == WildPart::Kind::kLiteral) add(folded(part.literal));
    if (part.kind == WildPart::Kind::kAny) pieces_.emplace_back();  // "?*" is "*?"
  }
  if (ones > 0) add({});
}

/// Behind the parts of the piece from `first` on, if they stand at `at`.
std::size_t TextPattern::end_of(const Piece& piece, std::size_t first, std::string_view text, std::size_t at) {
  for (std::size_t i = first; i < piece.size(); ++i) {
    at = skip(text, at, piece[i].ones);
    const FoldedLiteral& literal = piece[i].literal;
    if (at == kNone || text.size() - at < literal.size() || !literal.stands_at(text.data() + at)) return kNone;
    at += literal.size();
  }
  return at;
}

/// Where the piece begins, if the text ends with it.
std::size_t TextPattern::begin_of(const Piece& piece, std::string_view text) {
  std::size_t at = text.size();
  for (std::size_t i = piece.size(); i > 0; --i) {
    const FoldedLiteral& literal = piece[i - 1].literal;
    if (at < literal.size() || !literal.stands_at(text.data() + at - literal.size())) return kNone;
    at = skip_back(text, at - literal.size(), piece[i - 1].ones);
    if (at == kNone) return kNone;
  }
  return at;
}

/// Behind the first place of the piece from `at` on. Its literal is found beyond the characters that have to stand before it, so whatever is
/// found there has them.
std::size_t TextPattern::find(const Piece& piece, std::string_view text, std::size_t at) {
  if (piece.empty()) return at;
  const FoldedLiteral& literal = piece[0].literal;
  for (std::size_t from = skip(text, at, piece[0].ones); from <= text.size(); ++from) {
    from = literal.find(text, from);
    if (from == kNone) return kNone;
    const std::size_t end = end_of(piece, 1, text, from + literal.size());
    if (end != kNone) return end;
  }
  return kNone;
}

/// The first piece stands at the beginning, the last one at the end, and each of the others as early as can be: what that leaves is
/// enough for the later ones if anything is. Capitals of ASCII are folded on the way, nothing else.
bool TextPattern::walk(std::string_view text) const {
  std::size_t at = end_of(pieces_.front(), 0, text, 0);
  if (at == kNone) return false;
  if (pieces_.size() == 1) return at == text.size();
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    at = find(pieces_[i], text, at);
    if (at == kNone) return false;
  }
  const std::size_t begin = begin_of(pieces_.back(), text);
  return begin != kNone && begin >= at;
}

/// A text in which only ASCII folds into ASCII need not be folded to be asked for ASCII.
bool TextPattern::matches(std::string_view text, std::string& scratch) const {
  if (ascii_) {
    if (walk(text)) return true;
    if (!has_k_or_s_ || is_ascii(text)) return false;
    if (text.find(kLongS) == kNone && text.find(kKelvin) == kNone) return false;
  } else if (is_ascii(text)) {
    return false;
  }
  if (scratch.size() < folded_room(text.size())) scratch.resize(folded_room(text.size()));
  return walk({scratch.data(), fold_into(scratch.data(), text)});
}

}  // namespace tocsin::store
