// "Might any of these keywords stand in this text?" asked once per event over the raw record, before anything is
// unescaped. A no is certain; a yes is only a reason to look at the values one by one.
//
// The idea is Teddy's (from Hyperscan, Wang et al., NSDI 2019, section on literal matching): each literal lends three
// neighbouring bytes, its fingerprint; literals are dealt into eight buckets; two 16-entry tables per position, indexed
// by the halves of a byte, say which buckets that byte fits; three look-ups and an `and` test 32 or 64 places at once. Only where
// a bucket survives are its literals compared. ASCII letters count without case. A text with one of the two non-ASCII
// characters that fold to ASCII (U+017F, U+212A) is a yes.
//
// Immutable, safe from any thread. Literals are folded ASCII of at least two bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::match {

/// What the kernels read; plain so that each can be compiled for its own instruction set.
struct FilterTables {
  alignas(16) std::uint8_t low[3][16] = {};
  alignas(16) std::uint8_t high[3][16] = {};
};
using FilterVerify = bool (*)(const void* filter, const char* at, std::uint8_t buckets);
/// Tests every place of [text, text + size) whose fingerprint ends within it. `high` is set if a byte is not ASCII.
using FilterKernel = bool (*)(const FilterTables&, const char* text, std::size_t size, const void* filter,
                              FilterVerify verify, bool& non_ascii);

bool filter_portable(const FilterTables&, const char*, std::size_t, const void*, FilterVerify, bool&);
#if defined(__x86_64__)
bool filter_avx2(const FilterTables&, const char*, std::size_t, const void*, FilterVerify, bool&);
bool filter_avx512(const FilterTables&, const char*, std::size_t, const void*, FilterVerify, bool&);
#endif
FilterKernel best_filter_kernel();

class KeywordFilter {
 public:
  explicit KeywordFilter(const std::vector<std::string>& literals, FilterKernel kernel = best_filter_kernel());

  bool might_match(std::string_view text) const;

 private:
  struct Literal {
    std::string text;
    std::uint32_t fingerprint_at = 0;
  };
  static bool verify(const void* filter, const char* at, std::uint8_t buckets);
  bool stands_at(const Literal& literal, const char* fingerprint) const;

  FilterTables tables_;
  std::array<std::vector<Literal>, 8> buckets_;
  FilterKernel kernel_;
};

}  // namespace tocsin::match
