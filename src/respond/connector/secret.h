// A password, a token, a key: bytes that are wiped when they go, and that nothing can print, log or compare by accident. Whoever hands them to another system says so with reveal().
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tocsin::respond {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  std::string_view reveal() const { return bytes_; }
  bool is_empty() const { return bytes_.empty(); }

 private:
  void wipe();
  std::string bytes_;
};

}  // namespace tocsin::respond
