// Numbers in file formats, little-endian. Only for machines that are so themselves, which all we build for are.
#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tocsin {

static_assert(std::endian::native == std::endian::little);

template <class T>
void append_number(std::string& out, T number) {
  static_assert(std::is_integral_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

/// The bytes at `at` must be there.
template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  static_assert(std::is_integral_v<T>);
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// Takes numbers and stretches from the front; once something was not there, everything that follows is not either.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  T number() {
    if (rest_.size() < sizeof(T)) return fail(), T{};
    const T number = number_at<T>(rest_, 0);
    rest_.remove_prefix(sizeof(T));
    return number;
  }
  std::string_view take(std::size_t size) {
    if (rest_.size() < size) return fail(), std::string_view();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return rest_; }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  void fail() {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace tocsin
