// Certificates of our own small authority (X.509, RFC 5280; EC P-256): the authority itself, servers and clients that it signs, and what a certificate says. All of
// it in memory, as PEM; who keeps it where is store/certificates.h. Pure functions but for the random numbers of new keys, safe from any thread. Making one
// fails only where the system cannot make a key; reading fails on what is no certificate.
//
//   const Identity authority = TRY(make_authority("web1", env.now_us()));
//   const Identity server = TRY(make_server_identity(authority, {"web1", "192.0.2.7"}, env.now_us()));
//   const Certificate facts = TRY(read_certificate(server.certificate));
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tocsin {

/// As long as an installation lives: with it everybody who believes it would have to be told of a new one.
inline constexpr int kAuthorityDays = 7'300;
/// The longest that no client refuses (Apple's takes 825).
inline constexpr int kServerCertificateDays = 820;
/// A certificate holds from a day before it is made: clocks differ.
inline constexpr TimeUs kCertificateBeforeUs = 86'400'000'000;

/// A certificate and its private key, both as PEM.
struct Identity {
  std::string certificate = {}, key = {};
};

/// `machine` becomes part of its name, so that two authorities are told apart.
Result<Identity> make_authority(std::string_view machine, TimeUs now);
/// For all of `names`: host names and addresses, of which there is at least one.
Result<Identity> make_server_identity(const Identity& authority, std::span<const std::string> names, TimeUs now);
/// Until the authority's end: who may no longer come is struck off the list of senders.
Result<Identity> make_client_identity(const Identity& authority, std::string_view name, TimeUs now);

/// A new key of P-256: PKCS #8 as PEM.
Result<std::string> make_private_key();
/// The public half of such a key: its point, uncompressed (SEC 1, 2.3.3), 65 bytes. kInvalid where there is no key of P-256.
Result<std::string> public_point(std::string_view key_pem);
/// As make_client_identity, for a key of which only the public half is known here; the certificate as PEM. kInvalid where `point` is none of the curve.
Result<std::string> sign_client_key(const Identity& authority, std::string_view name, std::string_view point, TimeUs now);

/// What the first certificate of a PEM text says.
struct Certificate {
  std::string fingerprint = {};  // SHA-256 of it as DER, 32 bytes
  TimeUs from = kNoTime, until = kNoTime;
};
Result<Certificate> read_certificate(std::string_view pem);
/// Whether the key of `authority` signed it. False where either is no certificate.
bool is_signed_by(std::string_view pem, std::string_view authority);
/// Whether a client that calls the server so takes the certificate for its own. False where `pem` is no certificate.
bool certificate_is_for(std::string_view pem, const std::string& name);

}  // namespace tocsin
