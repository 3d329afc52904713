#include "base/seal.h"

#include <gtest/gtest.h>

#include <set>

#include "base/bytes.h"

namespace tocsin {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

SealKey key_of(const std::string& bytes) {
  Result<SealKey> key = SealKey::from(bytes);
  EXPECT_TRUE(key);
  return std::move(*key);
}

/// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14.
TEST(Seal, MeetsPublishedVectors) {
  const SealKey key = key_of(std::string(32, '\0'));
  Seal seal(key);
  std::string out;
  seal.seal({}, "", "", out);
  EXPECT_EQ(out, from_hex("530f8afbc74536b9a963b4f1c4cb738b"));
  out.clear();
  seal.seal({}, "", std::string(16, '\0'), out);
  EXPECT_EQ(out, from_hex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"));
}

TEST(Seal, OpensWhatItSealedAndNothingElse) {
  const SealKey key = key_of(std::string(32, 'k')), other = key_of(std::string(32, 'o'));
  Seal seal(key);
  SealNonce nonce{1, 2, 3}, wrong_nonce{1, 2, 4};
  std::string sealed = "before", plain;
  seal.seal(nonce, "header", "the text", sealed);
  ASSERT_TRUE(sealed.starts_with("before"));
  sealed.erase(0, 6);
  ASSERT_TRUE(seal.open(nonce, "header", sealed, plain));
  EXPECT_EQ(plain, "the text");
  EXPECT_FALSE(seal.open(wrong_nonce, "header", sealed, plain));
  EXPECT_EQ(plain, "");
  EXPECT_FALSE(seal.open(nonce, "heades", sealed, plain));
  EXPECT_FALSE(seal.open(nonce, "header", std::string_view(sealed).substr(1), plain));
  EXPECT_FALSE(seal.open(nonce, "header", "", plain));
  EXPECT_FALSE(Seal(other).open(nonce, "header", sealed, plain));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(seal.open(nonce, "header", changed, plain)) << bit;
  }
}

TEST(SealKey, IsRandomOrExactlyOf32Bytes) {
  std::set<std::string> seen;
  for (int i = 0; i < 8; ++i) seen.emplace(SealKey::random()->bytes());
  EXPECT_EQ(seen.size(), 8u);
  EXPECT_FALSE(SealKey::from(std::string(31, 'k')));
  EXPECT_FALSE(SealKey::from(std::string(33, 'k')));
  SealKey key = key_of(std::string(32, 'k'));
  const SealKey moved = std::move(key);
  EXPECT_EQ(moved.bytes(), std::string(32, 'k'));
  EXPECT_EQ(key.bytes(), std::string(32, '\0')) << "no copy is left behind";  // NOLINT: that is the point
}

TEST(ByteReader, GivesNothingBehindTheEnd) {
  std::string bytes;
  append_number(bytes, std::uint32_t{0x01020304});
  append_number(bytes, std::uint16_t{0x0506});
  EXPECT_EQ(bytes, std::string("\x04\x03\x02\x01\x06\x05", 6));
  ByteReader reader(bytes);
  EXPECT_EQ(reader.number<std::uint32_t>(), 0x01020304u);
  EXPECT_EQ(reader.take(1), "\x06");
  EXPECT_TRUE(reader.good());
  EXPECT_EQ(reader.number<std::uint16_t>(), 0u);
  EXPECT_FALSE(reader.good());
  EXPECT_EQ(reader.number<std::uint8_t>(), 0u) << "once something was not there, nothing is";
  EXPECT_TRUE(reader.at_end());
}

TEST(Seal, OpensUnderEitherKeyAndSealsUnderTheNewOne) {
  const std::string old_bytes(32, 'a'), new_bytes(32, 'b');
  const SealNonce nonce{1};
  Seal old_seal(*SealKey::from(old_bytes)), new_seal(*SealKey::from(new_bytes));
  std::string under_old, under_new, plain;
  old_seal.seal(nonce, "", "text", under_old);
  new_seal.seal(nonce, "", "text", under_new);

  Seal seal(*SealKey::from(old_bytes));
  EXPECT_FALSE(seal.open(nonce, "", under_new, plain));
  SealKeys keys{*SealKey::from(new_bytes), std::nullopt};
  keys.before.emplace(*SealKey::from(old_bytes));
  seal.rekey(keys);
  EXPECT_TRUE(seal.open(nonce, "", under_old, plain));
  EXPECT_EQ(plain, "text");
  EXPECT_TRUE(seal.open(nonce, "", under_new, plain));
  std::string sealed;
  seal.seal(nonce, "", "text", sealed);
  EXPECT_EQ(sealed, under_new);
  keys.before.reset();
  seal.rekey(keys);
  EXPECT_FALSE(seal.open(nonce, "", under_old, plain));
  EXPECT_TRUE(plain.empty());
}

}  // namespace
}  // namespace tocsin
