// Signatures of playbooks: CACAO 2.0, section 10.16 and appendix A. What is signed is the playbook in its canonical form (RFC 8785) with this one signature among its `signatures`, less the signature's own `value`; a countersignature
// stands in the `signature` of the one that it signs, and is over all of it, its value too.
//
// The specification signs a hash, and leaves open what of it: the published example (RS256) signs the 64 hexadecimal digits of the SHA-256. Three forms are taken, and which it was is said; what is written here is the hash's bytes,
// as the specification's text has it: sign(algorithm, key, hash(jcs(…))).
//
//   for (const SignatureVerdict& verdict : check_signatures(text, {.trusted = keys, .now = env.now_us()})) …
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "respond/cacao/signature_key.h"

namespace tocsin::cacao {

/// Signatures of one playbook, with those that are over others: each is a hash of the whole.
inline constexpr std::size_t kSignaturesMax = 32;
/// Signatures over each other.
inline constexpr std::size_t kCountersignaturesMax = 8;

enum class SignatureForm : std::uint8_t {
  kHash,       // over the hash's bytes: the strict form
  kHexDigits,  // over the hash as hexadecimal digits: the published example
  kText,       // over the canonical text
};
std::string_view form_name(SignatureForm form);

struct SignatureVerdict {
  enum class Kind : std::uint8_t {
    kHolds,
    kFails,    // it is not that of this playbook
    kUnknown,  // nothing here can tell: no key, another algorithm
  } kind = Kind::kUnknown;
  std::string pointer, id, signee, algorithm;
  SignatureForm form = SignatureForm::kHash;  // kHolds
  std::string key;                            // kHolds: its fingerprint (signature_key.h)
  bool is_trusted = false;                    // kHolds: by one of those given
  std::string why;                            // kFails, kUnknown; kHolds: revoked, or not valid now; else ""
};

struct SignatureOptions {
  std::span<const SignatureKey> trusted = {};
  TimeUs now = kNoTime;  // kNoTime: whether it is valid now is not asked
};

/// In their order, each countersignature behind what it signs. Nothing if the text is no JSON object.
std::vector<SignatureVerdict> check_signatures(std::string_view playbook, const SignatureOptions& options);

struct NewSignature {
  std::string id;            // jss--UUID
  std::string signee;        // who signs, in words
  std::string created_by;    // identity--UUID; "": who made the playbook
  TimeUs now = 0;
  std::string valid_until;   // RFC 3339; "": without end
  std::string countersigns;  // the id of the signature that it is over; "": the playbook
};
/// The playbook with one signature more, set in for people. kNotFound: no signature of that id; kInvalid: no playbook.
Result<std::string> add_signature(std::string_view playbook, const SignatureKey& key, const NewSignature& signature);

}  // namespace tocsin::cacao
