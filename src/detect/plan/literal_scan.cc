#include "detect/plan/literal_scan.h"

#include <algorithm>
#include <climits>
#include <tuple>

namespace tocsin::plan {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Higher for bytes that logs are full of.
int commonness(char c) {
  static constexpr std::string_view kCommon = "etaoinsrlcd .-0123";
  const std::size_t at = kCommon.find(c);
  return at == std::string_view::npos ? 1 : static_cast<int>(2 * kCommon.size() - at);
}

/// Where the three neighbouring bytes (fewer in a short literal) begin that are least common.
std::uint32_t choose_fingerprint(std::string_view text) {
  const std::size_t bytes = std::min<std::size_t>(3, text.size());
  int best = INT_MAX;
  std::uint32_t best_at = 0;
  for (std::uint32_t at = 0; at + bytes <= text.size(); ++at) {
    int cost = 0;
    for (std::size_t k = 0; k < bytes; ++k) cost += commonness(text[at + k]);
    if (cost < best) best = cost, best_at = at;
  }
  return best_at;
}

}  // namespace

LiteralScan::LiteralScan(std::vector<Literal> literals, bool fold_ascii, ScanKernel kernel)
    : size_(literals.size()), fold_ascii_(fold_ascii), kernel_(kernel) {
  std::ranges::sort(literals, {}, [](const Literal& literal) { return std::tie(literal.text, literal.id); });
  for (std::size_t i = 0; i < literals.size(); ++i) {
    Place place{literals[i].text, literals[i].id, choose_fingerprint(literals[i].text)};
    const std::size_t bucket = i * 8 / literals.size();  // neighbours in the alphabet share nibbles
    const std::uint8_t bit = static_cast<std::uint8_t>(1u << bucket);
    Print print;
    for (std::size_t k = 0; k < 3; ++k) {
      if (place.fingerprint_at + k >= place.text.size()) {  // a short literal: anything may follow
        for (int half = 0; half < 16; ++half) tables_.low[k][half] |= bit, tables_.high[k][half] |= bit;
        for (std::uint8_t& buckets : tables_.whole[k]) buckets |= bit;
        continue;
      }
      const unsigned char c = static_cast<unsigned char>(place.text[place.fingerprint_at + k]);
      tables_.low[k][c & 15] |= bit;
      tables_.high[k][c >> 4] |= bit;
      tables_.whole[k][c & 127] |= bit;
      if (fold_ascii && c >= 'a' && c <= 'z') tables_.high[k][(c - 32) >> 4] |= bit, tables_.whole[k][c - 32] |= bit;
      reinterpret_cast<unsigned char*>(&print.print)[k] = c;
      reinterpret_cast<unsigned char*>(&print.mask)[k] = 0xff;
      if (fold_ascii && c >= 'a' && c <= 'z') reinterpret_cast<unsigned char*>(&print.fold)[k] = 0x20;
    }
    buckets_[bucket].prints.push_back(print);
    buckets_[bucket].places.push_back(std::move(place));
  }
}

bool LiteralScan::stands_at(const Range& range, const Place& place, const char* fingerprint) {
  if (fingerprint - range.begin < static_cast<std::ptrdiff_t>(place.fingerprint_at)) return false;
  const char* const from = fingerprint - place.fingerprint_at;
  if (range.end - from < static_cast<std::ptrdiff_t>(place.text.size())) return false;
  const bool fold = range.self->fold_ascii_;
  for (std::size_t i = 0; i < place.text.size(); ++i) {
    if ((fold ? lower(from[i]) : from[i]) != place.text[i]) return false;
  }
  return true;
}

bool LiteralScan::verify_any(const void* context, const char* at, std::uint8_t buckets) {
  return for_each_standing(*static_cast<const Range*>(context), at, buckets, [](const Place&) { return true; });
}

bool LiteralScan::any(std::string_view text, bool& non_ascii) const {
  const Range range{this, text.data(), text.data() + text.size()};
  return kernel_(tables_, text.data(), text.size(), &range, verify_any, non_ascii);
}

bool scan_portable(const ScanTables& tables, const char* text, std::size_t size, const void* context, ScanVerify verify,
                   bool& non_ascii) {
  for (std::size_t at = 0; at < size; ++at) {
    const auto buckets_of = [&](std::size_t k) -> std::uint8_t {
      if (at + k >= size) return tables.low[k][0] & tables.low[k][1] & tables.low[k][15];  // where anything may follow
      const unsigned char c = static_cast<unsigned char>(text[at + k]);
      return tables.low[k][c & 15] & tables.high[k][c >> 4];
    };
    if (static_cast<unsigned char>(text[at]) >= 0x80) non_ascii = true;
    const std::uint8_t buckets = buckets_of(0) & buckets_of(1) & buckets_of(2);
    if (buckets != 0 && verify(context, text + at, buckets)) return true;
  }
  return false;
}

ScanKernel best_scan_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi2")) return scan_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return scan_avx2;
#endif
  return scan_portable;
}

}  // namespace tocsin::plan
