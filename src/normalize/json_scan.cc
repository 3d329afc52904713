#include "normalize/json_scan.h"

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

/// The obvious twin of the vector kernels, and the one for machines that have none.
BlockMasks portable_masks(const char* block) {
  BlockMasks masks{};
  for (int i = 0; i < 64; ++i) {
    const unsigned char c = static_cast<unsigned char>(block[i]);
    const std::uint64_t bit = 1ull << i;
    if (c == '\\') masks.backslash |= bit;
    if (c == '"') masks.quote |= bit;
    if (c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':') masks.op |= bit;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') masks.space |= bit;
    if (c < 0x20) masks.control |= bit;
    if (c >= 0x80) masks.high |= bit;
    if (c == 'n' || c == 'r' || c == 't' || c == '/' || c == 'b' || c == 'f') masks.escapable |= bit;
    if (c == 'u') masks.u |= bit;
  }
  return masks;
}

}  // namespace

JsonScan json_scan_portable(const char* text, std::size_t size, std::uint32_t* index) {
  return scan_blocks<portable_masks, write_positions>(text, size, index);
}

JsonScanner best_json_scanner() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2")) return json_scan_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return json_scan_avx2;
  return json_scan_sse2;
#else
  return json_scan_portable;
#endif
}

}  // namespace tocsin
