#include "protect/prefix_preserving.h"

#include <arpa/inet.h>

#include <cstring>

#include "base/address.h"
#include "base/check.h"

namespace tocsin::protect {

namespace {

constexpr std::size_t kBitsV4 = 32, kBitsV6 = 128;

std::uint8_t bit_of(const std::uint8_t* bytes, std::size_t bit) { return static_cast<std::uint8_t>(bytes[bit / 8] >> (7 - bit % 8) & 1); }
void flip(std::uint8_t* bytes, std::size_t bit) { bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 0x80 >> bit % 8); }

}  // namespace

PrefixPreserving::PrefixPreserving(const std::array<std::uint8_t, 32>& key) : cipher_(EVP_CIPHER_CTX_new()) {
  TOCSIN_CHECK(cipher_ != nullptr && EVP_EncryptInit_ex(cipher_.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1);
  EVP_CIPHER_CTX_set_padding(cipher_.get(), 0);
  encrypt(key.data() + 16, padding_.data(), 1);
}

void PrefixPreserving::encrypt(const std::uint8_t* from, std::uint8_t* to, std::size_t blocks) {
  int written = 0;
  TOCSIN_CHECK(EVP_EncryptUpdate(cipher_.get(), to, &written, from, static_cast<int>(blocks * sizeof(Block))) == 1);
}

/// The first `bits` of the address, the rest of the padding.
PrefixPreserving::Block PrefixPreserving::padded(const std::uint8_t* address, std::size_t bits) const {
  Block block = padding_;
  std::memcpy(block.data(), address, bits / 8);
  if (bits % 8 != 0) {
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
    block[bits / 8] = static_cast<std::uint8_t>((address[bits / 8] & mask) | (padding_[bits / 8] & ~mask));
  }
  return block;
}

/// Bit n is turned if the cipher says so of the n bits before it, all of which are known: so all are asked at once.
void PrefixPreserving::replace(std::uint8_t (&address)[16], bool v6) {
  const std::size_t bits = v6 ? kBitsV6 : kBitsV4;
  std::array<Block, kBitsV6> asked, answers;
  for (std::size_t bit = 0; bit < bits; ++bit) asked[bit] = padded(address, bit);
  encrypt(asked[0].data(), answers[0].data(), bits);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    if (bit_of(answers[bit].data(), 0) != 0) flip(address, bit);
  }
}

/// Here the bits before are known only one after the other.
void PrefixPreserving::restore(std::uint8_t (&address)[16], bool v6) {
  for (std::size_t bit = 0; bit < (v6 ? kBitsV6 : kBitsV4); ++bit) {
    const Block asked = padded(address, bit);
    Block answer;
    encrypt(asked.data(), answer.data(), 1);
    if (bit_of(answer.data(), 0) != 0) flip(address, bit);
  }
}

bool PrefixPreserving::append(std::string_view text, bool restoring, std::string& out) {
  std::uint8_t address[16] = {};
  bool v6 = false;
  if (!parse_address(text, address, v6)) return false;
  restoring ? restore(address, v6) : replace(address, v6);
  char room[INET6_ADDRSTRLEN];
  TOCSIN_CHECK(::inet_ntop(v6 ? AF_INET6 : AF_INET, address, room, sizeof room) != nullptr);
  out += room;
  return true;
}

bool PrefixPreserving::append_replaced(std::string_view text, std::string& out) { return append(text, false, out); }
bool PrefixPreserving::append_restored(std::string_view text, std::string& out) { return append(text, true, out); }

}  // namespace tocsin::protect
