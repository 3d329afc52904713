// A file descriptor that is closed with its owner; bytes to and from a socket, all of them; and descriptors sent to another process with a message over a
// socket of this machine (unix(7), SCM_RIGHTS). Fails by saying so; errno is the system's.
//
//   const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
//   if (!file.is_open()) return system_error(path);
//   if (!send_with_descriptors(socket, bytes, std::array{file.get()})) …
#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace tocsin {

/// One thread at a time.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void close() { *this = Descriptor(); }

 private:
  int number_;
};

/// All of it, however long that takes; false where the other end is gone. The socket blocks.
bool send_all(int socket, std::string_view bytes);
/// Fills all of it; false where it ends before.
bool receive_all(int socket, std::span<char> bytes);

/// So many go with one message at most: the ports of every input, and some.
inline constexpr std::size_t kDescriptorsSentMax = 32;

/// All of it or nothing; the socket keeps messages apart (SOCK_SEQPACKET). `bytes` is not empty.
bool send_with_descriptors(int socket, std::span<const char> bytes, std::span<const int> descriptors);
/// One message that has exactly so many bytes. Exactly so many descriptors as `descriptors` takes, or else none: then they are -1. False, too,
/// at the end.
bool receive_with_descriptors(int socket, std::span<char> bytes, std::span<int> descriptors);

}  // namespace tocsin
