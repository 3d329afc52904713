// How a host becomes a sender: the code that `tocsin sender add NAME --enrol` prints, and the RELP command by which `tocsin forward` hands it in. The code is
// the secret that lets its host in, once, and the mark of the authority by which the host tells the service before it says the secret: there is no trust on first use. Used
// by both sides. Pure functions, but for Enroller.
//
//   code    = "tce_" 32 hexadecimal digits: the secret · 32: the mark, the first 16 bytes of SHA-256 of the authority's certificate (DER)
//   command = RELP's frame (relp_frames.h) with the command "enrol" and the data  code SP key
//   key     = 130 hexadecimal digits: the host's public key, a point of P-256 (SEC 1, 2.3.3, uncompressed)
//   answer  = 200, its words followed by LF and the host's certificate (PEM); or 500 and why not
//
//   const std::string code = enrolment_code(secret, authority.fingerprint);
//   const EnrolmentRequest request = TRY(read_enrolment(data));
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

inline constexpr std::string_view kEnrolmentPrefix = "tce_";
inline constexpr std::size_t kEnrolmentSecretBytes = 16, kEnrolmentMarkBytes = 16;
/// An uncompressed point of P-256.
inline constexpr std::size_t kEnrolmentKeyBytes = 65;
/// What senders that wait for their host have as their input, until they are one of RELP.
inline constexpr std::string_view kEnrolmentInput = "enrol";

/// `secret` has kEnrolmentSecretBytes, `fingerprint` (SHA-256) at least kEnrolmentMarkBytes.
std::string enrolment_code(std::string_view secret, std::string_view fingerprint);
/// The mark in a code, as bytes; nothing if the text is no code.
std::optional<std::string> enrolment_mark(std::string_view code);

struct EnrolmentRequest {
  std::string code;
  std::string key;  // kEnrolmentKeyBytes
  bool operator==(const EnrolmentRequest&) const = default;
};

/// Who can let hosts in. Safe from any thread.
class Enroller {
 public:
  virtual ~Enroller() = default;
  /// Makes who hands in a code, which Senders::by_token() knows as one of kEnrolmentInput, a sender with a certificate for its key. `done` comes once, from any
  /// thread, with the certificate (PEM) or why there is none.
  virtual void enrol(const EnrolmentRequest& request, std::function<void(Result<std::string>)> done) = 0;
};

/// The data of the command.
std::string enrolment_data(const EnrolmentRequest& request);
/// kInvalid if it is none. Whether the key is a point of the curve is for whoever signs it to see.
Result<EnrolmentRequest> read_enrolment(std::string_view data);

}  // namespace tocsin
