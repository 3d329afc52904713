#include "detect/match/keyword_filter.h"

#include <algorithm>

namespace tocsin::match {

namespace {

struct Range {
  const char* begin;
  const char* end;
};
/// The text under examination, for verify(): literals must not be compared beyond it. One per thread, set per call.
thread_local Range examined{nullptr, nullptr};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Higher for bytes that logs are full of.
int commonness(char c) {
  static constexpr std::string_view kCommon = "etaoinsrlcd .-0123";
  const std::size_t at = kCommon.find(c);
  return at == std::string_view::npos ? 1 : static_cast<int>(2 * kCommon.size() - at);
}

}  // namespace

KeywordFilter::KeywordFilter(const std::vector<std::string>& literals, FilterKernel kernel) : kernel_(kernel) {
  std::vector<std::string> sorted = literals;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    Literal literal{sorted[i], 0};
    const std::size_t bytes = std::min<std::size_t>(3, literal.text.size());
    int best = INT32_MAX;
    for (std::uint32_t at = 0; at + bytes <= literal.text.size(); ++at) {
      int cost = 0;
      for (std::size_t k = 0; k < bytes; ++k) cost += commonness(literal.text[at + k]);
      if (cost < best) best = cost, literal.fingerprint_at = at;
    }
    const std::size_t bucket = i * 8 / sorted.size();  // neighbours in the alphabet share nibbles
    const std::uint8_t bit = static_cast<std::uint8_t>(1u << bucket);
    for (std::size_t k = 0; k < 3; ++k) {
      if (k >= bytes) {  // a literal of two bytes: anything may follow
        for (int half = 0; half < 16; ++half) tables_.low[k][half] |= bit, tables_.high[k][half] |= bit;
        continue;
      }
      const unsigned char c = static_cast<unsigned char>(literal.text[literal.fingerprint_at + k]);
      tables_.low[k][c & 15] |= bit;
      tables_.high[k][c >> 4] |= bit;
      if (c >= 'a' && c <= 'z') tables_.high[k][(c - 32) >> 4] |= bit;
    }
    buckets_[bucket].push_back(std::move(literal));
  }
}

bool KeywordFilter::stands_at(const Literal& literal, const char* fingerprint) const {
  const char* const from = fingerprint - literal.fingerprint_at;
  if (fingerprint - examined.begin < static_cast<std::ptrdiff_t>(literal.fingerprint_at)) return false;
  if (examined.end - from < static_cast<std::ptrdiff_t>(literal.text.size())) return false;
  for (std::size_t i = 0; i < literal.text.size(); ++i) {
    if (lower(from[i]) != literal.text[i]) return false;
  }
  return true;
}

bool KeywordFilter::verify(const void* filter, const char* at, std::uint8_t buckets) {
  const auto* self = static_cast<const KeywordFilter*>(filter);
  for (int bucket = 0; bucket < 8; ++bucket) {
    if ((buckets >> bucket & 1) == 0) continue;
    for (const Literal& literal : self->buckets_[bucket]) {
      if (self->stands_at(literal, at)) return true;
    }
  }
  return false;
}

bool KeywordFilter::might_match(std::string_view text) const {
  examined = {text.data(), text.data() + text.size()};
  bool non_ascii = false;
  if (kernel_(tables_, text.data(), text.size(), this, verify, non_ascii)) return true;
  return non_ascii && (text.find("\xC5\xBF") != std::string_view::npos || text.find("\xE2\x84\xAA") != std::string_view::npos);
}

bool filter_portable(const FilterTables& tables, const char* text, std::size_t size, const void* filter,
                     FilterVerify verify, bool& non_ascii) {
  for (std::size_t at = 0; at < size; ++at) {
    const auto buckets_of = [&](std::size_t k) -> std::uint8_t {
      if (at + k >= size) return tables.low[k][0] & tables.low[k][1] & tables.low[k][15];  // only "anything may follow"
      const unsigned char c = static_cast<unsigned char>(text[at + k]);
      return tables.low[k][c & 15] & tables.high[k][c >> 4];
    };
    if (static_cast<unsigned char>(text[at]) >= 0x80) non_ascii = true;
    const std::uint8_t buckets = buckets_of(0) & buckets_of(1) & buckets_of(2);
    if (buckets != 0 && verify(filter, text + at, buckets)) return true;
  }
  return false;
}

FilterKernel best_filter_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2")) return filter_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return filter_avx2;
#endif
  return filter_portable;
}

}  // namespace tocsin::match
