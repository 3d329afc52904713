#include "base/memory.h"

#include <malloc.h>

namespace tocsin {

/// Said outright, glibc's threshold does not rise to 32 MB with the first large piece that is freed, as it does otherwise; then the other has to be said, too.
void give_back_large_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(kKeptBufferBytesMax));
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(2 * kKeptBufferBytesMax));
#endif
}

}  // namespace tocsin
