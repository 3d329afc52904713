// A large table whose elements begin as zero bytes, without touching them: the kernel hands out its zero page by page, so a
// table that is hardly used costs hardly anything, neither time at start nor memory. For trivially copyable types whose
// empty state is all zeros. Ends the program if there is no memory, like new.
//
//   ZeroedArray<Slot> slots(1 << 14);
//   slots[hash & mask]
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>

#include "base/check.h"

namespace tocsin {

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit ZeroedArray(std::size_t size) : memory_(std::calloc(size + 1, sizeof(T))) {
    TOCSIN_CHECK(memory_ != nullptr);
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    elements_ = reinterpret_cast<T*>((address + alignof(T) - 1) / alignof(T) * alignof(T));
  }

  T& operator[](std::size_t index) { return elements_[index]; }
  const T& operator[](std::size_t index) const { return elements_[index]; }
  T* get() { return elements_; }
  const T* get() const { return elements_; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  T* elements_ = nullptr;
};

}  // namespace tocsin
