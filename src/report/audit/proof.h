// A proof that one leaf is in the log that a checkpoint is over, with all that a check needs: the leaf, the hashes, the checkpoint; and, where wanted, that the log of that checkpoint goes on from that of an older one.
// One object of JSON, schema tocsin.audit-proof/1 (docs/formats/audit.md). Plain values and pure functions, any thread; kInvalid with what is wrong or does not fit.
//
//   const std::string text = proof_json(TRY(make_proof(*log, 17, note, older)));
//   const Checkpoint checkpoint = TRY(check_proof(TRY(read_proof(text)), key));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/audit/audit_log.h"
#include "report/audit/signed_note.h"

namespace tocsin::audit {

/// A leaf at its largest with every byte of it escaped, hashes and two notes.
inline constexpr std::size_t kProofBytesMax = 2u << 20;

struct Proof {
  std::uint64_t number = 0;  // of the leaf
  std::string leaf;
  std::vector<Hash> inclusion;
  std::string checkpoint;    // the note
  std::string older = {};    // a note; "": none
  std::vector<Hash> consistency = {};
};

/// `checkpoint` and `older` ("": none) are notes of this log; that they are is for check_proof to say. kInvalid where they are over more or fewer leaves than that needs.
Result<Proof> make_proof(const AuditLog& log, std::uint64_t number, const std::string& checkpoint, const std::string& older);
std::string proof_json(const Proof& proof);
Result<Proof> read_proof(std::string_view text);
/// The checkpoint that it was checked against.
Result<Checkpoint> check_proof(const Proof& proof, const VerifierKey& key);

}  // namespace tocsin::audit
