#include "base/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin {

namespace {

constexpr std::uint32_t kCodeMax = 0x10FFFF;
constexpr std::uint32_t kInvalidByte = 0x110000;  // plus the byte
constexpr std::uint32_t kReplacement = 0xFFFD;

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_surrogate(std::uint32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

/// Writes the bytes that append_utf8 appends; returns how many.
std::size_t encode(char* into, std::uint32_t code) {
  std::size_t size = 0;
  const auto put = [&](std::uint32_t byte) { into[size++] = static_cast<char>(byte); };
  if (is_surrogate(code)) code = kReplacement;
  if (code < 0x80 || code >= kInvalidByte) {
    put(code & 0xFF);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return size;
}

// Folding is a table of deltas in two stages: kFolds.page_of says which page of 128 code points to look into,
// and most of them share page 0, which is all zero. Built by the compiler from the generated ranges; 15 KiB.
struct FoldRange {
  std::uint32_t first, last, step;
  std::int32_t delta;
};
constexpr FoldRange kFoldRanges[] = {
#include "base/fold_table.inc"
};

constexpr std::uint32_t kPageBits = 7;
constexpr std::uint32_t kPageSize = 1u << kPageBits;
constexpr std::uint32_t kFoldEnd = std::end(kFoldRanges)[-1].last + 1;  // nothing from here on folds
constexpr std::size_t kPageSlots = (kFoldEnd + kPageSize - 1) >> kPageBits;

constexpr std::size_t count_pages() {
  std::array<bool, kPageSlots> used{};
  for (const FoldRange& range : kFoldRanges) {
    for (std::uint32_t code = range.first; code <= range.last; code += range.step)
      used[code >> kPageBits] = true;
  }
  std::size_t pages = 1;
  for (const bool u : used) pages += u ? 1 : 0;
  return pages;
}

struct Folds {
  std::array<std::uint8_t, kPageSlots> page_of{};
  std::array<std::array<std::int32_t, kPageSize>, count_pages()> delta{};
};

constexpr Folds make_folds() {
  Folds folds;
  std::uint8_t pages = 1;
  for (const FoldRange& range : kFoldRanges) {
    for (std::uint32_t code = range.first; code <= range.last; code += range.step) {
      std::uint8_t& page = folds.page_of[code >> kPageBits];
      if (page == 0) page = pages++;
      folds.delta[page][code & (kPageSize - 1)] = range.delta;
    }
  }
  return folds;
}
static_assert(count_pages() < 256, "page_of is a byte");
constexpr Folds kFolds = make_folds();

/// Eight ASCII bytes in lower case. The idea: for bytes below 0x80, adding 0x80 - 'A' carries into the top
/// bit exactly from 'A' on, adding 0x80 - 'Z' - 1 exactly past 'Z'; the top bit of their difference, moved
/// down to 0x20, is the case bit.
std::uint64_t fold_ascii8(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ull;
  const std::uint64_t from_a = word + kOnes * (0x80 - 'A');
  const std::uint64_t past_z = word + kOnes * (0x80 - 'Z' - 1);
  return word | (((from_a ^ past_z) & (kOnes * 0x80)) >> 2);
}

char fold_ascii1(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

#if defined(__SSE2__)
/// Folds 16 bytes if all are ASCII.
bool fold_ascii16(const char* from, char* into) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  if (_mm_movemask_epi8(block) != 0) return false;
  const __m128i capital = _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8('A' - 1)),
                                        _mm_cmplt_epi8(block, _mm_set1_epi8('Z' + 1)));
  const __m128i lower = _mm_or_si128(block, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(into), lower);
  return true;
}
#endif

/// Folds the ASCII bytes at the front of `from` into `into`; returns how many they are. May write past them,
/// but not past `size`.
std::size_t fold_ascii_run(const char* from, std::size_t size, char* into) {
  std::size_t at = 0;
#if defined(__SSE2__)
  while (at + 16 <= size && fold_ascii16(from + at, into + at)) at += 16;
  // The last bytes as a block that overlaps the one before.
  if (size >= 16 && size - at < 16 && fold_ascii16(from + size - 16, into + size - 16)) return size;
#endif
  for (; at + 8 <= size; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, from + at, 8);
    if ((word & 0x8080808080808080ull) != 0) break;
    word = fold_ascii8(word);
    std::memcpy(into + at, &word, 8);
  }
  for (; at < size && static_cast<unsigned char>(from[at]) < 0x80; ++at) into[at] = fold_ascii1(from[at]);
  return at;
}

void append_hex_digits(std::string& out, std::uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out.push_back("0123456789abcdef"[(value >> shift) & 15]);
}

}  // namespace

Char char_at(std::string_view text, std::size_t at) {
  const std::uint32_t lead = byte_at(text, at);
  if (lead < 0x80) return {lead, 1};
  const Char invalid{kInvalidByte + lead, 1};
  const std::uint32_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() - at < size) return invalid;
  std::uint32_t code = lead & (0xFFu >> (size + 1));
  for (std::uint32_t i = 1; i < size; ++i) {
    const std::uint32_t next = byte_at(text, at + i);
    if ((next & 0xC0) != 0x80) return invalid;
    code = (code << 6) | (next & 0x3F);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > kCodeMax || is_surrogate(code)) return invalid;
  return {code, size};
}

void append_utf8(std::string& out, std::uint32_t code) {
  char bytes[4];
  out.append(bytes, encode(bytes, code));
}

bool is_valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word;
    if (at + 8 <= text.size()) {
      std::memcpy(&word, text.data() + at, 8);
      if ((word & 0x8080808080808080ull) == 0) {
        at += 8;
        continue;
      }
    }
    const Char c = char_at(text, at);
    if (c.code >= kInvalidByte) return false;
    at += c.size;
  }
  return true;
}

std::uint32_t fold(std::uint32_t code) {
  if (code >= kFoldEnd) return code;
  return code +
         static_cast<std::uint32_t>(kFolds.delta[kFolds.page_of[code >> kPageBits]][code & (kPageSize - 1)]);
}

std::size_t fold_into(char* to, std::string_view text) {
  std::size_t at = 0, used = 0;
  while (at < text.size()) {
    const std::size_t run = fold_ascii_run(text.data() + at, text.size() - at, to + used);
    at += run;
    used += run;
    while (at < text.size() && byte_at(text, at) >= 0x80) {
      const Char c = char_at(text, at);
      used += encode(to + used, fold(c.code));
      at += c.size;
    }
  }
  return used;
}

void append_folded(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + folded_room(text.size()));
  out.resize(before + fold_into(out.data() + before, text));
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_folded(out, text);
  return out;
}

namespace {

/// Characters that move the cursor, turn the direction of writing, break the line or cannot be seen at all.
bool is_unsafe_to_show(std::uint32_t code) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr Range kUnsafe[] = {
      {0x00, 0x1F},        // C0
      {0x7F, 0x9F},        // DEL, C1
      {0xAD, 0xAD},        // soft hyphen
      {0x61C, 0x61C},      // Arabic letter mark
      {0x180E, 0x180E},    // Mongolian vowel separator
      {0x200B, 0x200F},    // zero-width space and joiners, left-to-right and right-to-left mark
      {0x2028, 0x202E},    // line and paragraph separator, embeddings and overrides
      {0x2060, 0x206F},    // word joiner, invisible operators, isolates, deprecated formats
      {0xFEFF, 0xFEFF},    // zero-width no-break space
      {0xFFF9, 0xFFFB},    // interlinear annotations
      {0xE0000, 0xE007F},  // tags, which spell ASCII invisibly
      {kInvalidByte, kInvalidByte + 0xFF},
  };
  return std::any_of(std::begin(kUnsafe), std::end(kUnsafe),
                     [code](const Range& r) { return code >= r.first && code <= r.last; });
}

}  // namespace

std::string terminal_safe(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    at += c.size;
    if (!is_unsafe_to_show(c.code)) {
      append_utf8(out, c.code);
    } else if (c.code < 0x80 || c.code >= kInvalidByte) {
      out.append("\\x");
      append_hex_digits(out, c.code & 0xFF, 2);
    } else {
      out.append(c.code < 0x10000 ? "\\u" : "\\U");
      append_hex_digits(out, c.code, c.code < 0x10000 ? 4 : 8);
    }
  }
  return out;
}

namespace {

bool is_plain_in_json(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// How many bytes at the front stand in a JSON string as they are.
std::size_t plain_json_run(std::string_view text) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i other = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));  // signed: 0x80 and up are below too
    const int found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
  }
#endif
  while (at < text.size() && is_plain_in_json(byte_at(text, at))) ++at;
  return at;
}

void append_json_escape(std::string& out, unsigned char byte) {
  switch (byte) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      out.append("\\u");
      append_hex_digits(out, byte, 4);
  }
}

/// Four hexadecimal digits, or -1.
std::int32_t parse_hex4(std::string_view digits) {
  if (digits.size() < 4) return -1;
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = digits[static_cast<std::size_t>(i)];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// One \u escape at the front of `rest`, or two that are a surrogate pair. Returns its length, 0 if
/// malformed.
std::size_t decode_unicode_escape(std::string_view rest, std::uint32_t& code) {
  const std::int32_t unit = parse_hex4(rest.substr(2));
  if (unit < 0) return 0;
  code = static_cast<std::uint32_t>(unit);
  if (code < 0xD800 || code >= 0xDC00 || rest.substr(6, 2) != "\\u") return 6;
  const std::int32_t low = parse_hex4(rest.substr(8));
  if (low < 0xDC00 || low > 0xDFFF) return 6;
  code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
  return 12;
}

/// The character that `\` + `c` stands for, 0 if that is no short escape.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

/// Copies up to the first backslash; returns how many bytes those are. May write past them, but not past the
/// size of `from`.
std::size_t copy_to_backslash(std::string_view from, char* to) {
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; at + 16 <= from.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block);
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
  }
#endif
  for (; at < from.size() && from[at] != '\\'; ++at) to[at] = from[at];
  return at;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t run = plain_json_run(text.substr(at));
    out.append(text.substr(at, run));
    at += run;
    if (at == text.size()) return;
    if (byte_at(text, at) < 0x80) {
      append_json_escape(out, byte_at(text, at++));
      continue;
    }
    const Char c = char_at(text, at);
    append_utf8(out, c.code >= kInvalidByte ? kReplacement : c.code);
    at += c.size;
  }
}

bool append_json_unescaped(std::string& out, std::string_view escaped) {
  // No escape is shorter than what it stands for, so the room of the escaped text is enough, and a block of
  // 16 bytes can be copied before looking at what is in it.
  const std::size_t before = out.size();
  out.resize(before + escaped.size());
  char* to = out.data() + before;
  bool well_formed = true;
  std::size_t at = 0;
  while (at < escaped.size()) {
    const std::size_t run = copy_to_backslash(escaped.substr(at), to);
    at += run;
    to += run;
    if (at == escaped.size()) break;
    const std::string_view rest = escaped.substr(at);
    const char kind = rest.size() > 1 ? rest[1] : '\0';
    std::uint32_t code = static_cast<unsigned char>(short_escape(kind));
    std::size_t used = kind == 'u' ? decode_unicode_escape(rest, code) : code != 0 ? 2 : 0;
    if (used == 0) {  // keep what is there: a value must not lose its end
      well_formed = false;
      code = '\\';
      used = 1;
    }
    to += encode(to, code);
    at += used;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return well_formed;
}

}  // namespace tocsin
