#include "base/sha256.h"

#include <gtest/gtest.h>

#include <thread>

namespace tocsin {
namespace {

std::string hex(std::string_view bytes, std::size_t length = 32) {
  std::string out;
  append_hex(out, sha256(bytes), length);
  return out;
}

TEST(Sha256, ExamplesOfTheStandard) {
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, HexIsCutAtWholeBytes) {
  EXPECT_EQ(hex("abc", 2), "ba78");
  EXPECT_EQ(hex("abc", 99), hex("abc"));
}

TEST(Sha256, PiecesAreTheWhole) {
  Sha256Stream stream, nothing;
  for (const char* const piece : {"a", "", "bc"}) stream.update(piece);
  EXPECT_EQ(stream.finish(), sha256("abc"));
  EXPECT_EQ(nothing.finish(), sha256(""));
}

TEST(Sha256, ThreadsDoNotShareAState) {
  const std::string expected = hex("abc");
  std::thread other([&] {
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(hex("abc"), expected);
  });
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(hex("abc"), expected);
  other.join();
}

}  // namespace
}  // namespace tocsin
