// What is unwrapped, how damage shows, and that nothing before the damage is lost; each with reads of every size.
#include "collect/byte_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/memory_env.h"

namespace tocsin {
namespace {

std::string gzip(const std::string& text) {
  z_stream zlib{};
  deflateInit2(&zlib, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&zlib, text.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  deflate(&zlib, Z_FINISH);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

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
  expect_unwrapped(gzip(""), "", "");
  expect_unwrapped(gzip(lines(0, 50)) + gzip(lines(50, 90)), lines(0, 90), "");
  expect_unwrapped(gzip(lines(0, 50)) + std::string(512, '\0'), lines(0, 50), "");
}

TEST(ByteStream, ZstdWithSeveralFramesAndSkippableOnes) {
  const std::string skippable = std::string("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  expect_unwrapped(zstd(lines(0, 50)) + zstd(lines(50, 90)), lines(0, 90), "");
  expect_unwrapped(skippable + zstd(lines(0, 50)) + skippable, lines(0, 50), "");
}

TEST(ByteStream, DamageComesAfterWhatIsReadable) {
  expect_unwrapped(gzip(lines(0, 50)) + "rubbish at the end", lines(0, 50),
                   "gzip: something that is not gzip follows the last member");
  const std::string first = zstd(lines(0, 50));
  const std::string cut = zstd(lines(0, 9000));
  EXPECT_EQ(unwrap(first + cut.substr(0, 10), 1 << 20, 1 << 20).error, "zstd: the file ends in the middle of a frame");
  EXPECT_EQ(unwrap(first + cut.substr(0, 10), 1 << 20, 1 << 20).text, lines(0, 50));
  const std::string member = gzip(lines(0, 9000));
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
  env.add_file("log", gzip(lines(0, 9000)));
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
