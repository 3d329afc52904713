#include "collect/forward_handshake.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <initializer_list>

#include "base/seal.h"
#include "collect/msgpack.h"

namespace tocsin {

namespace {

constexpr std::size_t kChallengeBytes = 16;
constexpr std::string_view kServer = "tocsin";

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// SHA-512 of all of them, one behind the other, in hexadecimal.
std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha512(), nullptr) != 1) return {};
  return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

bool is_same(std::string_view one, std::string_view other) {
  return !one.empty() && one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::string forward_key(std::string_view digest) { return hexadecimal(digest); }

Result<ForwardChallenge> make_forward_challenge() {
  ForwardChallenge challenge;
  for (std::string* const text : {&challenge.nonce, &challenge.auth}) {
    std::uint8_t bytes[kChallengeBytes];
    TRY(random_bytes(bytes, sizeof bytes));
    text->assign(reinterpret_cast<const char*>(bytes), sizeof bytes);
  }
  return challenge;
}

void append_forward_helo(std::string& out, const ForwardChallenge& challenge) {
  append_msgpack_array(out, 2);
  append_msgpack_text(out, "HELO");
  append_msgpack_map(out, 3);
  append_msgpack_text(out, "nonce");
  append_msgpack_binary(out, challenge.nonce);
  append_msgpack_text(out, "auth");
  append_msgpack_binary(out, challenge.auth);
  append_msgpack_text(out, "keepalive");
  append_msgpack_bool(out, true);
}

Result<ForwardPing> read_forward_ping(std::string_view message) {
  const Error wrong{Code::kInvalid, "Forward: a key has to be proved here, and this is no PING: give the client a shared key (`tocsin sender add NAME --input forward` makes one)"};
  MsgpackReader reader(message);
  MsgpackValue value;
  if (!reader.next(value) || value.kind != MsgpackValue::Kind::kArray || value.count != 6) return wrong;
  if (!reader.next(value) || value.bytes != "PING") return wrong;
  ForwardPing ping;
  for (std::string* const text : {&ping.host, &ping.salt, &ping.key_digest, &ping.user, &ping.password_digest}) {
    if (!reader.next(value) || (!value.is_text() && value.kind != MsgpackValue::Kind::kNil) || value.bytes.size() > kForwardPingTextBytesMax) return wrong;
    *text = value.bytes;
  }
  return ping;
}

bool ForwardPing::proves(const ForwardChallenge& challenge, std::string_view name, std::string_view key) const {
  if (!user.empty() && (user != name || !is_same(password_digest, digest_of({challenge.auth, user, key})))) return false;
  return is_same(key_digest, digest_of({salt, host, challenge.nonce, key}));
}

void append_forward_pong(std::string& out, const ForwardPing& ping, const ForwardChallenge& challenge, std::string_view key) {
  append_msgpack_array(out, 5);
  append_msgpack_text(out, "PONG");
  append_msgpack_bool(out, !key.empty());
  append_msgpack_text(out, key.empty() ? "no sender has this key" : "");
  append_msgpack_text(out, kServer);
  append_msgpack_text(out, key.empty() ? std::string() : digest_of({ping.salt, kServer, challenge.nonce, key}));
}

}  // namespace tocsin
