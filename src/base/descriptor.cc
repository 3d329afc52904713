#include "base/descriptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace tocsin {

namespace {

/// A message and the room for its descriptors.
struct Message {
  Message(std::span<char> bytes, std::size_t descriptors) : part{bytes.data(), bytes.size()} {
    TOCSIN_CHECK(descriptors <= kDescriptorsSentMax);
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    if (descriptors == 0) return;
    head.msg_control = control;
    head.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
  }

  iovec part;
  alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsSentMax * sizeof(int))] = {};
  msghdr head{};
};

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool receive_all(int socket, std::span<char> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool send_with_descriptors(int socket, std::span<const char> bytes, std::span<const int> descriptors) {
  Message message({const_cast<char*>(bytes.data()), bytes.size()}, descriptors.size());
  if (!descriptors.empty()) {
    cmsghdr* const control = CMSG_FIRSTHDR(&message.head);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
  }
  return ::sendmsg(socket, &message.head, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool receive_with_descriptors(int socket, std::span<char> bytes, std::span<int> descriptors) {
  Message message(bytes, descriptors.size());
  ssize_t got = 0;
  do got = ::recvmsg(socket, &message.head, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  std::ranges::fill(descriptors, -1);
  const cmsghdr* const control = got > 0 ? CMSG_FIRSTHDR(&message.head) : nullptr;
  if (control != nullptr && control->cmsg_type == SCM_RIGHTS && control->cmsg_len == CMSG_LEN(descriptors.size_bytes())) {
    std::memcpy(descriptors.data(), CMSG_DATA(control), descriptors.size_bytes());
  }
  return got == static_cast<ssize_t>(bytes.size());
}

}  // namespace tocsin
