// Counts allocations of the whole test program, so that tests can say that warm code makes none. Apart from the tests
// because g++ 12, seeing both operators and a container in one file, warns of a mismatch.
#include <atomic>
#include <cstdlib>
#include <new>

namespace tocsin {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++tocsin::allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
// A library may allocate by the form that does not throw and let us delete: every form must come from one allocator.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++tocsin::allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
