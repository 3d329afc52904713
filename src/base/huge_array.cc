#include "base/huge_array.h"

#include <sys/mman.h>

#include <cstdint>

#include "base/check.h"

namespace tocsin {

namespace {

/// Of x86-64, and of arm64 with pages of 4 KiB. Where they are others the kernel finds what fits by itself.
constexpr std::size_t kHugePageBytes = 2u << 20;

std::size_t whole_pages(std::size_t bytes) { return (bytes + 65'535) / 65'536 * 65'536; }  // the largest pages that a kernel is built with

}  // namespace

void* map_huge(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::size_t wanted = whole_pages(bytes), mapped = wanted + kHugePageBytes;
  void* const from = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TOCSIN_CHECK(from != MAP_FAILED);
  const auto address = reinterpret_cast<std::uintptr_t>(from);
  const std::size_t before = (kHugePageBytes - address % kHugePageBytes) % kHugePageBytes;
  char* const begin = static_cast<char*>(from) + before;
  if (before > 0) ::munmap(from, before);
  if (mapped - before > wanted) ::munmap(begin + wanted, mapped - before - wanted);
  ::madvise(begin, wanted, MADV_HUGEPAGE);  // a kernel without them says no, and that is all
  return begin;
}

void unmap_huge(void* memory, std::size_t bytes) {
  if (memory != nullptr) ::munmap(memory, whole_pages(bytes));
}

}  // namespace tocsin
