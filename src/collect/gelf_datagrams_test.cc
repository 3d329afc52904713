#include "collect/gelf_datagrams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "collect/gelf_testing.h"
#include "collect/gelf_twin.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;
using std::string_literals::operator""s;

constexpr std::int64_t kSecond = 1'000'000'000;

class Gelf : public ::testing::Test, public ReceivedVisitor {
 protected:
  void record(const Received& received) override { texts_.emplace_back(received.raw); }
  void read(std::string_view datagram, std::string_view sender = "a", std::int64_t now_ns = 0) { gelf_.read(datagram, {sender, {}}, now_ns, *this); }

  GelfDatagrams gelf_;
  Texts texts_;
};

const std::string kText = R"({"version":"1.1","host":"web-01","short_message":"hello","level":6,"_user":"ann"})";

TEST_F(Gelf, ADatagramIsTheTextPackedOrNot) {
  read(kText);
  read(packed(kText, kGzipBits));
  read(packed(kText, kZlibBits));
  read(kText + "\n\0"s);
  read("no JSON at all");
  read("");
  read("\0"s);
  EXPECT_EQ(texts_, (Texts{kText, kText, kText, kText + "\n", "no JSON at all"}));
  EXPECT_EQ(gelf_.take_lost(), 0u);
}

TEST_F(Gelf, EveryZlibHeaderIsKnown) {
  for (int level = 0; level <= 9; ++level) {
    std::string out(1'000, '\0');
    uLongf size = out.size();
    ASSERT_EQ(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(kText.data()), kText.size(), level), Z_OK);
    read(out.substr(0, size));
  }
  EXPECT_EQ(texts_, Texts(10, kText));
}

TEST_F(Gelf, ChunksComeInAnyOrderAndFromManySenders) {
  std::vector<std::string> chunks = gelf_chunks("id", packed(kText, kGzipBits), 10), others = gelf_chunks("id", kText, 10);
  std::ranges::reverse(chunks);
  for (std::size_t i = 0; i < std::max(chunks.size(), others.size()); ++i) {
    if (i < chunks.size()) read(chunks[i], "a");
    if (i < others.size()) read(others[i], "b");
    if (i + 1 < others.size()) read(others[i], "b");  // again
  }
  EXPECT_EQ(texts_, (Texts{kText, kText}));
  EXPECT_EQ(gelf_.unfinished(), 0u);
  EXPECT_EQ(gelf_.unfinished_bytes(), 0u);
  EXPECT_EQ(gelf_.counts().repeated, others.size() - 1);
}

TEST_F(Gelf, AMessageOf128ChunksIsTakenAndOneOf129IsNot) {
  const std::string text(128, 'x');
  for (const std::string& chunk : gelf_chunks("id", text, 1)) read(chunk);
  EXPECT_EQ(texts_, Texts{text});
  read(gelf_chunk("long", 0, 129, "x"));
  read(gelf_chunk("none", 0, 0, "x"));
  read(gelf_chunk("past", 3, 3, "x"));
  read("\x1e\x0f""12345678\0"s);
  read("\x1e\x0f");
  EXPECT_EQ(gelf_.take_lost(), 5u);
  EXPECT_EQ(gelf_.take_lost(), 0u) << "told once";
  EXPECT_EQ(gelf_.unfinished(), 0u);
}

TEST_F(Gelf, TheLastChunkMayBeEmpty) {
  // gelf-pro cuts so where the size is a multiple of that of a chunk.
  read(gelf_chunk("id", 0, 2, "ab"));
  read(gelf_chunk("id", 1, 2, ""));
  EXPECT_EQ(texts_, Texts{"ab"});
}

TEST_F(Gelf, AChunkWithAnotherCountIsLostAlone) {
  read(gelf_chunk("id", 0, 2, "ab"));
  read(gelf_chunk("id", 1, 3, "xx"));
  read(gelf_chunk("id", 1, 2, "cd"));
  EXPECT_EQ(texts_, Texts{"abcd"});
  EXPECT_EQ(gelf_.take_lost(), 1u);
}

TEST_F(Gelf, WhatIsNotWholeInTimeIsGivenUpAndCounted) {
  read(gelf_chunk("one", 0, 2, "ab"), "a", 1 * kSecond);
  read(gelf_chunk("two", 0, 2, "cd"), "a", 3 * kSecond);
  read(gelf_chunk("one", 1, 2, "late"), "a", 6 * kSecond);  // begins anew
  EXPECT_EQ(gelf_.take_lost(), 1u);
  read(gelf_chunk("two", 1, 2, "ef"), "a", 8 * kSecond - 1);
  EXPECT_EQ(texts_, Texts{"cdef"});
  EXPECT_EQ(gelf_.unfinished(), 1u);
  gelf_.finish();
  EXPECT_EQ(gelf_.unfinished(), 0u);
  EXPECT_EQ(gelf_.take_lost(), 1u);
}

TEST_F(Gelf, UnfinishedMessagesAreBoundedInNumber) {
  for (std::size_t i = 0; i <= kGelfUnfinishedMax; ++i) read(gelf_chunk(std::to_string(i), 0, 2, "x"), "a", static_cast<std::int64_t>(i));
  EXPECT_EQ(gelf_.unfinished(), kGelfUnfinishedMax);
  EXPECT_EQ(gelf_.take_lost(), 1u);
  const auto now = static_cast<std::int64_t>(kGelfUnfinishedMax);
  read(gelf_chunk("1", 1, 2, "y"), "a", now);
  EXPECT_EQ(texts_, Texts{"xy"}) << "the oldest went, and only that";
}

TEST_F(Gelf, UnfinishedMessagesAreBoundedInBytes) {
  const std::string part(60'000, 'x');
  std::size_t sent = 0;
  for (int message = 0; sent <= kGelfUnfinishedBytesMax + kGelfPackedBytesMax; ++message) {
    for (int i = 0; i < 16; ++i, sent += part.size()) read(gelf_chunk(std::to_string(message), i, 17, part), "a", message);
    EXPECT_LE(gelf_.unfinished_bytes(), kGelfUnfinishedBytesMax);
  }
  EXPECT_GE(gelf_.unfinished_bytes(), kGelfUnfinishedBytesMax - 17 * part.size());
  EXPECT_GT(gelf_.take_lost(), 0u);
}

TEST_F(Gelf, AMessageThatIsTooLongIsGivenUp) {
  const std::string part(60'000, 'x');
  for (int i = 0; i < 18; ++i) read(gelf_chunk("id", i, 20, part));
  EXPECT_EQ(gelf_.take_lost(), 1u);
  EXPECT_TRUE(texts_.empty());
}

TEST_F(Gelf, ABombAndDamageAreLost) {
  read(packed(std::string(kReceivedBytesMax, ' '), kZlibBits));  // 1,000 to 1
  read(packed(kText, kZlibBits).substr(0, 20));
  read("\x1f\x8b nothing of the kind");
  EXPECT_EQ(gelf_.take_lost(), 3u);
  EXPECT_TRUE(texts_.empty());
}

TEST_F(Gelf, ATextOfTheLargestSizeUnpacksAndOneByteMoreDoesNot) {
  std::mt19937 random(7);
  std::string text(kReceivedBytesMax, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  read(packed(text, kGzipBits));
  ASSERT_EQ(texts_.size(), 1u);
  EXPECT_TRUE(texts_[0] == text);
  read(packed(text + "x", kGzipBits));
  EXPECT_EQ(gelf_.take_lost(), 1u);
  // What little unpacks to may be all alike.
  read(packed(std::string(kGelfFreeBytes, 'x'), kZlibBits));
  EXPECT_EQ(texts_.size(), 2u);
}

TEST_F(Gelf, AgreesWithTheTwinOnMadeUpTraffic) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&](unsigned below) { return static_cast<int>(random() % below); };
    GelfDatagrams gelf;
    GelfTwin twin;
    texts_.clear();
    std::int64_t now = 0;
    for (int i = 0; i < 3'000; ++i) {
      now += any(40) * kSecond / 100 + 1;
      std::string datagram = any(8) == 0 ? packed("plain " + std::to_string(i), any(2) == 0 ? kZlibBits : kGzipBits)
                                         : gelf_chunk(std::to_string(any(12)), any(4), 3 - any(12) / 11, std::string(static_cast<std::size_t>(any(3)), static_cast<char>('a' + any(26))));
      const std::string sender(1, static_cast<char>('a' + any(3)));
      gelf.read(datagram, {sender, {}}, now, *this);
      twin.read(datagram, sender, now);
    }
    EXPECT_EQ(texts_, twin.texts) << seed;
    EXPECT_EQ(gelf.counts(), twin.counts) << seed;
    EXPECT_GT(twin.counts.unfinished, 0u) << seed;
    EXPECT_EQ(gelf.unfinished(), twin.messages.size()) << seed;
    EXPECT_EQ(gelf.unfinished_bytes(), twin.bytes()) << seed;
  }
}

}  // namespace
}  // namespace tocsin
