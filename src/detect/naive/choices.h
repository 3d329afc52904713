// Where a generator of test material gets its choices from: the bytes of a fuzzer's input, so that a mutation of the input is
// a mutation of what is made, or a deterministic generator of numbers. For tests and fuzz targets only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::naive {

class Choices {
 public:
  /// Two bytes a choice; when they are used up, every choice is 0 (and generators take 0 for "stop").
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  explicit Choices(std::uint64_t seed) : state_(seed), endless_(true) {}

  /// A number below `n`; n > 0.
  std::uint32_t below(std::uint32_t n) { return next() % n; }
  /// Once in n.
  bool once_in(std::uint32_t n) { return below(n) == n - 1; }
  bool exhausted() const { return !endless_ && at_ >= bytes_.size(); }

  template <class T, std::size_t N>
  const T& of(const std::array<T, N>& list) {
    return list[below(N)];
  }

 private:
  std::uint32_t next() {
    if (endless_) {  // splitmix64 (Steele, Lea, Flood 2014)
      state_ += 0x9E3779B97F4A7C15ull;
      std::uint64_t z = state_;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
      return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 2 && at_ < bytes_.size(); ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::uint64_t state_ = 0;
  bool endless_ = false;
};

}  // namespace tocsin::naive
