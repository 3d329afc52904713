#include "protect/candidates.h"

#include "protect/candidates_kernel.h"

namespace tocsin::protect {
namespace {

/// One block.
struct OneBlock {
  const ClassBits& bits;
  const std::size_t block, lane;

  std::uint64_t window(ClassBits::Class one) const { return bits.window(one, block + lane); }
  static bool any(std::uint64_t some) { return some != 0; }
  void put(std::uint64_t some, Lanes& to) const { to.bits[lane] = some; }
  std::uint64_t get(const Lanes& from) const { return from.bits[lane]; }
};

}  // namespace

void find_few_portable(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const OneBlock source{bits, block, lane};
    fill_few<std::uint64_t>(Few<std::uint64_t>(source), source, found);
  }
}

void find_all_portable(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found) {
  for (std::size_t lane = 0; lane < lanes; ++lane) fill_all<std::uint64_t>(OneBlock{bits, block, lane}, found);
}

FindFew best_find_few() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vl")) return find_few_avx512;
  if (__builtin_cpu_supports("avx2")) return find_few_avx2;
#endif
  return find_few_portable;
}

FindAll best_find_all() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vl")) return find_all_avx512;
  if (__builtin_cpu_supports("avx2")) return find_all_avx2;
#endif
  return find_all_portable;
}

}  // namespace tocsin::protect
