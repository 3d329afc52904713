// The handshake of Fluent Forward, version 1: who sends proves that it knows a sender's key, and the server that it does, without saying it. Three messages of MessagePack:
//
//   server: ["HELO", {"nonce": binary, "auth": binary, "keepalive": true}]
//   client: ["PING", its host, a salt, SHA-512(salt, host, nonce, key), user, SHA-512(auth, user, password)]     digests in hexadecimal
//   server: ["PONG", whether it is let in, why not, "tocsin", SHA-512(salt, "tocsin", nonce, key)]
//
// Both sides have to know the key itself, so the server cannot keep a digest of it alone, as it does of tokens: the key is the digest, in
// hexadecimal, of a token that nobody sees. A client that gives a user, too, gives the sender's name, and the key as its password. Pure.
//
//   const ForwardPing ping = TRY(read_forward_ping(message));
//   if (ping.proves(challenge, sender_name, forward_key(digest))) append_forward_pong(out, ping, challenge, key);
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// A host, a salt, a user or a digest: digests have 128 bytes, names of hosts 255.
inline constexpr std::size_t kForwardPingTextBytesMax = 512;

/// What a client has to put into its shared key, for a sender whose digest this is.
std::string forward_key(std::string_view digest);

/// New for each connection.
struct ForwardChallenge {
  std::string nonce, auth;
};
Result<ForwardChallenge> make_forward_challenge();
void append_forward_helo(std::string& out, const ForwardChallenge& challenge);

struct ForwardPing {
  std::string host, salt, key_digest, user, password_digest;
  bool proves(const ForwardChallenge& challenge, std::string_view name, std::string_view key) const;
};
/// kInvalid if the message is none.
Result<ForwardPing> read_forward_ping(std::string_view message);
/// With "" for the key: the client is not let in.
void append_forward_pong(std::string& out, const ForwardPing& ping, const ForwardChallenge& challenge, std::string_view key);

}  // namespace tocsin
