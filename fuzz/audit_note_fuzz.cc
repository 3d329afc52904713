// Any bytes as a checkpoint that somebody kept, as a list of them, as a public key, and as a proof: what is taken is written again as the same bytes, and nothing that nobody signed holds.
#include <cstdint>
#include <string>
#include <string_view>

#include "report/audit/proof.h"
#include "report/audit/signed_note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::audit;
  static const SigningKey key = *SigningKey::from_seed(std::string(kSeedBytes, 'f'));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<SignedNote> note = parse_note(text);
  if (note) {
    const Result<Checkpoint> checkpoint = parse_checkpoint_text(note->text);
    if (checkpoint && !note->text.starts_with(checkpoint_text(*checkpoint))) __builtin_trap();
    if (open_checkpoint(text, key.verifier())) __builtin_trap();
  }
  const NoteList list = split_notes(text);
  if (list.whole_bytes > size || list.notes.empty() != (list.whole_bytes == 0)) __builtin_trap();
  if (const Result<VerifierKey> parsed = VerifierKey::parse(text); parsed && parsed->text() != text) __builtin_trap();
  if (const Result<std::string> bytes = from_base64(text); bytes && base64_of(*bytes) != text) __builtin_trap();
  (void)note_in_line(text);
  if (const Result<Proof> proof = read_proof(text)) {
    if (check_proof(*proof, key.verifier())) __builtin_trap();
    const Result<Proof> again = read_proof(proof_json(*proof));
    if (!again || again->leaf != proof->leaf || again->inclusion != proof->inclusion) __builtin_trap();
  }
  return 0;
}
