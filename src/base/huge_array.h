// A large table whose elements begin as zero bytes, on huge pages where the kernel has them (Linux: transparent huge pages, asked for by MADV_HUGEPAGE). A table of megabytes that is looked at here and
// there misses the processor's memory of page addresses with nearly each look, and in a virtual machine finding a page costs more than what stands on it. Where there are no huge pages it is memory
// like any other. Its memory is taken as a whole, once it is used at all; what is hardly used wants zeroed_array.h. For trivially copyable types whose empty state is all zeros. Ends the program if
// there is no memory, like new.
//
//   HugeArray<std::uint64_t> words(1 << 18);
//   words[place] |= bit;
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace tocsin {

/// `bytes` of zeros, aligned to a huge page; of 0 none. Given back with the same number.
void* map_huge(std::size_t bytes);
void unmap_huge(void* memory, std::size_t bytes);

template <class T>
class HugeArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit HugeArray(std::size_t size = 0) : elements_(static_cast<T*>(map_huge(size * sizeof(T)))), size_(size) {}
  HugeArray(HugeArray&& other) noexcept : elements_(std::exchange(other.elements_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  HugeArray& operator=(HugeArray&& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~HugeArray() { unmap_huge(elements_, size_ * sizeof(T)); }

  T& operator[](std::size_t index) { return elements_[index]; }
  const T& operator[](std::size_t index) const { return elements_[index]; }
  T* begin() { return elements_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(T); }

 private:
  T* elements_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tocsin
