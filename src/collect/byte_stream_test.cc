// What is unwrapped, how damage shows, and that nothing before the damage is lost; each with reads of every size.
#include "collect/byte_stream.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <string>

#include "base/memory_env.h"
#include "base/text.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

struct Outcome {
  std::string text;
  std::string error;  // "" if it ended well
};

Outcome unwrap(const std::string& bytes, std::size_t file_read_max, std::size_t read_size) {
  MemoryEnv env;
  env.add_file("log", bytes);
  env.set_read_size_max(file_read_max);
  Outcome outcome;
  auto stream = ByteStream::open(env, "log");
  if (!stream) return {"", stream.error().message};
  std::string buffer(read_size, '\0');
  for (;;) {
    const Result<std::size_t> got = (*stream)->read(buffer.data(), buffer.size());
    if (!got) {
      outcome.error = got.error().message;
      return outcome;
    }
    if (*got == 0) return outcome;
    outcome.text.append(buffer, 0, *got);
  }
}

/// The same with whole, tiny and odd reads on both sides.
void expect_unwrapped(const std::string& bytes, const std::string& text, const std::string& error) {
  for (const std::size_t file_read_max : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
    for (const std::size_t read_size : {std::size_t{1} << 20, std::size_t{1}, std::size_t{1000}}) {
      const Outcome outcome = unwrap(bytes, file_read_max, read_size);
      EXPECT_EQ(outcome.text, text) << file_read_max << ' ' << read_size;
      EXPECT_EQ(outcome.error, error) << file_read_max << ' ' << read_size;
    }
  }
}

std::string lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + " of many\n";
  return text;
}

TEST(ByteStream, PlainBytesStayAsTheyAre) {
  expect_unwrapped("", "", "");
  expect_unwrapped("a", "a", "");
  expect_unwrapped(lines(0, 100), lines(0, 100), "");
  expect_unwrapped("\x1f", "\x1f", "");
}

TEST(ByteStream, GzipWithSeveralMembersAndPadding) {
  expect_unwrapped(packed(""), "", "");
  expect_unwrapped(packed(lines(0, 50)) + packed(lines(50, 90)), lines(0, 90), "");
  expect_unwrapped(packed(lines(0, 50)) + std::string(512, '\0'), lines(0, 50), "");
}

TEST(ByteStream, ZstdWithSeveralFramesAndSkippableOnes) {
  const std::string skippable = std::string("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  expect_unwrapped(zstd(lines(0, 50)) + zstd(lines(50, 90)), lines(0, 90), "");
  expect_unwrapped(skippable + zstd(lines(0, 50)) + skippable, lines(0, 50), "");
}

/// UTF-8 as UTF-16 of either order, without a mark.
std::string utf16(const std::string& text, bool big) {
  std::string out;
  const auto put = [&](std::uint32_t unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit);
    out += big ? high : low;
    out += big ? low : high;
  };
  for (std::size_t at = 0; at < text.size();) {
    const Char one = char_at(text, at);
    at += one.size;
    if (one.code < 0x10000) {
      put(one.code);
    } else {
      put(0xd800 + ((one.code - 0x10000) >> 10));
      put(0xdc00 + ((one.code - 0x10000) & 0x3ff));
    }
  }
  return out;
}

constexpr const char* kMarks[] = {"\xff\xfe", "\xfe\xff"};

TEST(ByteStream, Utf16BecomesUtf8) {
  const std::string text = lines(0, 50) + "gr\u00fc\u00dfe, \u4f60\u597d, \U0001f511 \U0010ffff\r\n" + lines(50, 90);
  for (const bool big : {false, true}) {
    SCOPED_TRACE(big ? "big" : "little");
    const std::string bare = utf16(text, big);
    expect_unwrapped(bare, text, "");
    expect_unwrapped(kMarks[big] + bare, text, "");
    expect_unwrapped(packed(kMarks[big] + bare), text, "");
    expect_unwrapped(zstd(bare), text, "");
    expect_unwrapped(kMarks[big], "", "");
    expect_unwrapped(kMarks[big] + utf16("a", big), "a", "");
    expect_unwrapped(kMarks[big] + utf16("\u4f60\n", big), "\u4f60\n", "");
  }
}

TEST(ByteStream, Utf16IsReadAcrossTheEndOfABuffer) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "\U0001f511";
  for (const std::string& before : {std::string(), std::string("a")}) {
    for (const bool big : {false, true}) {
      const std::string bytes = kMarks[big] + utf16(before + text, big);
      EXPECT_EQ(unwrap(bytes, 1 << 20, 1 << 20).text, before + text);
      EXPECT_EQ(unwrap(bytes, 7, 5).text, before + text);
    }
  }
}

TEST(ByteStream, DamagedUtf16IsReadOn) {
  const std::string mark = kMarks[0], high("\x3d\xd8", 2), low("\x11\xdd", 2);
  expect_unwrapped(mark + low + utf16("a", false), "\ufffda", "");
  expect_unwrapped(mark + high + utf16("a", false), "\ufffda", "");
  expect_unwrapped(mark + high + high + low, "\ufffd\U0001f511", "");
  expect_unwrapped(mark + utf16("a", false) + high, "a\ufffd", "");
  expect_unwrapped(mark + utf16("ab", false) + "c", "ab\ufffd", "");
  const std::string member = packed(utf16(lines(0, 9000), false));
  const Outcome half = unwrap(member.substr(0, member.size() / 2), 7, 1000);
  EXPECT_EQ(half.error, "gzip: the file ends in the middle of a member");
  EXPECT_GT(half.text.size(), 1000u);
}

TEST(ByteStream, WhatOnlyResemblesUtf16StaysAsItIs) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"[\0]"s, "[\0"s, "ElfFile\0"s, "\xff\xfe\0\0a\0\0\0"s, "123\0"s, "a\0\0b"s, "\0\0\0a"s, "\xff"s}) {
    expect_unwrapped(bytes, bytes, "");
  }
}

TEST(ByteStream, DamageComesAfterWhatIsReadable) {
  expect_unwrapped(packed(lines(0, 50)) + "rubbish at the end", lines(0, 50),
                   "gzip: something that is not gzip follows the last member");
  const std::string first = zstd(lines(0, 50));
  const std::string cut = zstd(lines(0, 9000));
  EXPECT_EQ(unwrap(first + cut.substr(0, 10), 1 << 20, 1 << 20).error, "zstd: the file ends in the middle of a frame");
  EXPECT_EQ(unwrap(first + cut.substr(0, 10), 1 << 20, 1 << 20).text, lines(0, 50));
  const std::string member = packed(lines(0, 9000));
  const Outcome half = unwrap(member.substr(0, member.size() / 2), 1 << 20, 1 << 20);
  EXPECT_EQ(half.error, "gzip: the file ends in the middle of a member");
  EXPECT_GT(half.text.size(), 1000u);
  EXPECT_TRUE(lines(0, 9000).starts_with(half.text));
}

TEST(ByteStream, AGoodZstdFrameBeforeABadOneIsDelivered) {
  std::string bad = zstd(lines(50, 90));
  bad[5] = static_cast<char>(bad[5] ^ 0x7f);
  for (const std::size_t read_size : {std::size_t{1} << 20, std::size_t{1}, std::size_t{1000}}) {
    const Outcome outcome = unwrap(zstd(lines(0, 50)) + bad, 1 << 20, read_size);
    EXPECT_EQ(outcome.text, lines(0, 50));
    EXPECT_TRUE(outcome.error.starts_with("zstd: ")) << outcome.error;
  }
}

TEST(ByteStream, ABombIsCutOff) {
  // A frame of a gigabyte of zeros takes some 100 KB at level 3; behind it, one that never ends would follow.
  const std::string zeros(16 << 20, '\0');
  std::string bomb;
  const std::string frame = zstd(zeros);
  ASSERT_GT(zeros.size() / frame.size(), kInflateRatioMax);
  for (std::uint64_t made = 0; made <= kInflateFreeBytes; made += zeros.size()) bomb += frame;
  MemoryEnv env;
  env.add_file("log", bomb + frame);
  auto stream = ByteStream::open(env, "log");
  ASSERT_TRUE(stream);
  std::string buffer(8 << 20, '\0');
  std::uint64_t total = 0;
  for (;;) {
    const Result<std::size_t> got = (*stream)->read(buffer.data(), buffer.size());
    if (!got) {
      EXPECT_EQ(got.error().code, Code::kLimit);
      break;
    }
    ASSERT_GT(*got, 0u) << "the bomb was read to its end";
    total += *got;
  }
  EXPECT_LE(total, kInflateFreeBytes + zeros.size());
}

TEST(ByteStream, AFailingDiskIsAnError) {
  MemoryEnv env;
  env.add_file("log", packed(lines(0, 9000)));
  env.set_read_size_max(100);
  env.fail_call(1);
  EXPECT_FALSE(ByteStream::open(env, "log"));
  env.fail_call(20);
  auto stream = ByteStream::open(env, "log");
  ASSERT_TRUE(stream);
  std::string buffer(1 << 20, '\0');
  Result<std::size_t> got = (*stream)->read(buffer.data(), buffer.size());
  while (got && *got > 0) got = (*stream)->read(buffer.data(), buffer.size());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kIo);
}

}  // namespace
}  // namespace tocsin
