// Checkpoints of the audit log: signed notes (C2SP signed-note) whose text is a tree head (C2SP tlog-checkpoint): the name of the log, how many leaves it has, its root. Signed by Ed25519 (RFC 8032), by libsodium.
// Pure functions and plain values, any thread; kInvalid with what is wrong with the bytes, which may come from anywhere.
//
//   const SigningKey key = TRY(SigningKey::from_seed(seed, "tocsin-audit-5f…"));
//   const std::string note = key.sign({key.name(), tree.size(), tree.root()});
//   const Checkpoint head = TRY(open_checkpoint(note, TRY(VerifierKey::parse(key.verifier().text()))));
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/audit/merkle.h"

namespace tocsin::audit {

/// A note has a name, a number, a hash and one signature of ours; witnesses may have added theirs.
inline constexpr std::size_t kNoteBytesMax = 16 << 10;
inline constexpr std::size_t kNoteSignaturesMax = 16;
inline constexpr std::size_t kKeyNameBytesMax = 255;
inline constexpr std::size_t kSeedBytes = 32, kPublicKeyBytes = 32, kSignatureBytes = 64;

struct Checkpoint {
  std::string origin;  // the name of the log, that of its key
  std::uint64_t size = 0;
  Hash root{};
  bool operator==(const Checkpoint&) const = default;
};

/// The text that is signed: three lines, each with its line feed.
std::string checkpoint_text(const Checkpoint& checkpoint);
/// Lines behind the third are extensions, which are skipped.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);

/// What signatures are checked with, as anybody may have it.
class VerifierKey {
 public:
  /// "NAME+8 hexadecimal digits+base64 of 0x01 and the public key".
  static Result<VerifierKey> parse(std::string_view text);
  std::string text() const;
  const std::string& name() const { return name_; }
  /// First four bytes of SHA-256 over name, line feed, 0x01 and public key.
  std::string id() const;
  bool verifies(std::string_view text, std::string_view signature) const;
  bool operator==(const VerifierKey&) const = default;

 private:
  friend class SigningKey;
  std::string name_;
  std::array<std::uint8_t, kPublicKeyBytes> public_{};
};

/// Moved, not copied; wiped when it goes.
class SigningKey {
 public:
  /// kInvalid unless there are kSeedBytes. "": the name that belongs to the key, "tocsin-audit-" and 16 digits of a digest of it.
  static Result<SigningKey> from_seed(std::string_view seed, std::string_view name = "");
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;
  ~SigningKey();
  const std::string& name() const { return verifier_.name(); }
  const VerifierKey& verifier() const { return verifier_; }
  /// The whole note.
  std::string sign(const Checkpoint& checkpoint) const;

 private:
  SigningKey() = default;
  VerifierKey verifier_;
  std::array<std::uint8_t, 64> secret_{};
};

struct NoteSignature {
  std::string name;
  std::string id;         // 4 bytes
  std::string signature;  // as the kind of key has it
};

struct SignedNote {
  std::string text;  // that is signed, with its last line feed
  std::vector<NoteSignature> signatures;
};

/// The form alone; nothing is checked.
Result<SignedNote> parse_note(std::string_view note);
/// A checkpoint that this key has signed. Signatures of others are skipped; one of this key that does not hold is an error, whatever else there is.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

/// Notes one after another, each followed by an empty line, as they are kept and exported. What comes behind the last whole one is `rest`, bytes.
struct NoteList {
  std::vector<std::string> notes;
  std::size_t whole_bytes = 0;
};
NoteList split_notes(std::string_view text);

/// The same on one line, for syslog: in quotes, a line feed as \n; and back out of a line that has it somewhere, "" if none has.
std::string note_on_a_line(std::string_view note);
std::string note_in_line(std::string_view line);

/// Text of bytes and back (RFC 4648, section 4; with padding, canonical: no other text gives these bytes).
std::string base64_of(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

}  // namespace tocsin::audit
