// The same as candidates_avx2.cc, where one instruction makes any function of three words.
#if defined(__x86_64__)
#include "protect/candidates_four.h"

namespace tocsin::protect {

void find_few_avx512(const ClassBits& bits, std::size_t block, FewCandidates& found) {
  const FourBlocks source{bits, block};
  fill_few<FourWords>(Few<FourWords>(source), source, found);
}

void find_all_avx512(const ClassBits& bits, std::size_t block, Candidates& found) { fill_all<FourWords>(FourBlocks{bits, block}, found); }

}  // namespace tocsin::protect
#endif
