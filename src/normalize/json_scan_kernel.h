// The pass of json_scan.h over 64-byte blocks, for any way of computing the masks of a block. Included by one file per
// instruction set, each compiled with its own flags, so nothing here may use a template or inline function of the
// standard library: the linker might then keep the copy that an older machine cannot run.
#pragma once

#include "normalize/json_scan.h"

namespace tocsin {
namespace {

/// One bit per byte of a block, bit 0 for the first. `escapable` marks the letters that may follow a backslash, except
/// the quote and the backslash, which have masks of their own.
struct BlockMasks {
  std::uint64_t backslash, quote, op, space, control, high, escapable, u;
};

inline std::uint64_t prefix_xor(std::uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

/// Bytes that a backslash makes literal. `carry` says that the block before ended in an open escape. No branch for the
/// block without a backslash: in logs full of Windows paths it cannot be predicted.
inline std::uint64_t escaped_bytes(std::uint64_t backslash, std::uint64_t& carry) {
  constexpr std::uint64_t kEven = 0x5555555555555555ull;
  backslash &= ~carry;
  const std::uint64_t follows = backslash << 1 | carry;
  const std::uint64_t odd_starts = backslash & ~kEven & ~follows;
  unsigned long long even_sequences = 0;
  carry = __builtin_uaddll_overflow(odd_starts, backslash, &even_sequences) ? 1 : 0;
  return (kEven ^ (static_cast<std::uint64_t>(even_sequences) << 1)) & follows;
}

inline bool hex4(const char* at) {
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return true;
}

/// Every \u in the block must be followed by four hexadecimal digits. Rare, so one at a time.
[[gnu::noinline]] inline void check_unicode_escapes(const char* block, const char* end, std::uint64_t escaped_u, JsonScan& scan) {
  scan.unicode_escape = true;
  for (; escaped_u != 0; escaped_u &= escaped_u - 1) {
    const char* at = block + __builtin_ctzll(escaped_u);
    if (end - at < 5 || !hex4(at + 1)) scan.bad_string = true;
  }
}

/// Writes the position of every set bit, four at a time without asking: a branch per bit is mispredicted once a block.
inline std::uint32_t* write_positions(std::uint32_t* out, std::uint32_t base, std::uint64_t bits) {
  const int found = __builtin_popcountll(bits);
  for (std::uint32_t* at = out; bits != 0; at += 4) {
    for (int i = 0; i < 4; ++i) {
      at[i] = base + static_cast<std::uint32_t>(__builtin_ctzll(bits | 1ull << 63));
      bits &= bits - 1;
    }
  }
  return out + found;
}

template <BlockMasks (*kMasks)(const char*), std::uint32_t* (*kWrite)(std::uint32_t*, std::uint32_t, std::uint64_t)>
inline JsonScan scan_blocks(const char* text, std::size_t size, std::uint32_t* index) {
  JsonScan scan;
  std::uint32_t* out = index;
  std::uint64_t escape_carry = 0, in_string_carry = 0, scalar_carry = 0, high = 0, bad = 0;
  for (std::size_t base = 0; base < size; base += 64) {
    BlockMasks masks = kMasks(text + base);
    const std::size_t left = size - base;
    if (left < 64) {  // what lies beyond the end counts as blanks
      const std::uint64_t inside = (1ull << left) - 1;
      masks.backslash &= inside;
      masks.quote &= inside;
      masks.op &= inside;
      masks.space |= ~inside;
      masks.control &= inside;
      masks.high &= inside;
      masks.u &= inside;
    }
    const std::uint64_t escaped = escaped_bytes(masks.backslash, escape_carry);
    const std::uint64_t quote = masks.quote & ~escaped;
    const std::uint64_t in_string = prefix_xor(quote) ^ in_string_carry;  // opening quote included, closing not
    in_string_carry = static_cast<std::uint64_t>(static_cast<std::int64_t>(in_string) >> 63);
    const std::uint64_t escaped_inside = escaped & in_string;
    bad |= (masks.control & in_string) | (escaped_inside & ~(masks.escapable | masks.u | masks.quote | masks.backslash));
    if ((escaped_inside & masks.u) != 0) [[unlikely]] {
      check_unicode_escapes(text + base, text + size, escaped_inside & masks.u, scan);
    }
    high |= masks.high;
    const std::uint64_t scalar = ~(masks.op | masks.space);  // quotes included
    const std::uint64_t plain_scalar = scalar & ~quote;
    const std::uint64_t starts = scalar & ~(plain_scalar << 1 | scalar_carry);
    scalar_carry = plain_scalar >> 63;
    // In a string only its opening quote counts; the closing quote is a scalar too, but stands where in_string ends.
    std::uint64_t bits = (masks.op | starts) & ~in_string & ~quote;
    bits |= quote & in_string;
    out = kWrite(out, static_cast<std::uint32_t>(base), bits);
  }
  scan.count = static_cast<std::size_t>(out - index);
  scan.open_string = in_string_carry != 0;
  scan.non_ascii = high != 0;
  scan.bad_string = scan.bad_string || bad != 0;
  return scan;
}

}  // namespace
}  // namespace tocsin
