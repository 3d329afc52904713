#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

namespace tocsin {
namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }

TEST(Descriptors, AreClosedWithTheirOwner) {
  int number = -1;
  {
    Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.get();
    const Descriptor second(std::move(first));
    EXPECT_FALSE(first.is_open());
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Descriptors, AllOfTheBytesGoThroughASocketThatHoldsFewer) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  Descriptor from(ends[0]);
  const Descriptor to(ends[1]);
  std::string sent(3 << 20, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 >> 3);
  std::thread sender([&] {
    EXPECT_TRUE(send_all(from.get(), sent));
    from.close();
  });
  std::string got(sent.size() - 1, ' ');
  EXPECT_TRUE(receive_all(to.get(), got));
  EXPECT_EQ(got, sent.substr(0, got.size()));
  char two[2];
  EXPECT_FALSE(receive_all(to.get(), two)) << "one is left";
  sender.join();
  int gone[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gone), 0);
  const Descriptor alone(gone[0]);
  ::close(gone[1]);
  EXPECT_FALSE(send_all(alone.get(), "x"));
}

TEST(Descriptors, GoToWhoReadsTheSocketOrNot) {
  int ends[2], pipe[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  Descriptor from(ends[0]);
  const Descriptor to(ends[1]), reading(pipe[0]), writing(pipe[1]);
  const std::array<char, 2> sent = {'o', 'k'};
  std::array<char, 2> bytes{};
  std::array<int, 2> numbers{};
  ASSERT_TRUE(send_with_descriptors(from.get(), sent, std::array{reading.get(), writing.get()}));
  ASSERT_TRUE(receive_with_descriptors(to.get(), bytes, numbers));
  EXPECT_EQ(bytes, sent);
  const Descriptor copy(numbers[0]), other_copy(numbers[1]);
  EXPECT_EQ(::write(other_copy.get(), "x", 1), 1);
  char got = 0;
  EXPECT_EQ(::read(copy.get(), &got, 1), 1);
  EXPECT_EQ(got, 'x');
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD), FD_CLOEXEC);

  ASSERT_TRUE(send_with_descriptors(from.get(), sent, {}));
  ASSERT_TRUE(receive_with_descriptors(to.get(), bytes, numbers));
  EXPECT_EQ(numbers, (std::array{-1, -1}));
  from.close();
  EXPECT_FALSE(receive_with_descriptors(to.get(), bytes, numbers));
}

}  // namespace
}  // namespace tocsin
