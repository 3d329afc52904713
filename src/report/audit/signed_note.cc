#include "report/audit/signed_note.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

namespace tocsin::audit {

namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // an em dash and a space
constexpr char kEd25519 = '\1';
constexpr std::size_t kIdBytes = 4;

std::string_view bytes_of(const auto& array) { return {reinterpret_cast<const char*>(array.data()), array.size()}; }

const unsigned char* unsigned_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error invalid(std::string_view what) { return {Code::kInvalid, std::string(what)}; }

/// As both specifications have it: something, without spaces and without a plus.
bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyNameBytesMax && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7F' && c != '+'; });
}

/// Up to and without the next line feed, which is taken too; kInvalid where there is none.
Result<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return invalid("a line of the note has no end");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

/// Decimal without leading zeros.
Result<std::uint64_t> read_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool good = !text.empty() && error == std::errc() && end == text.data() + text.size() && (text == "0" || text.front() != '0') && size <= INT64_MAX;
  if (!good) return invalid("the second line of a checkpoint is not a number of leaves");
  return size;
}

Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return invalid("a line of signatures does not begin with a dash (U+2014) and a space");
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return invalid("a signature has no name of a key");
  const std::string bytes = TRY(from_base64(line.substr(space + 1)));
  if (bytes.size() <= kIdBytes) return invalid("a signature is too short");
  return NoteSignature{std::string(line.substr(0, space)), bytes.substr(0, kIdBytes), bytes.substr(kIdBytes)};
}

}  // namespace

std::string base64_of(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), unsigned_bytes(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its final zero
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != text.data() + text.size()) return invalid("this is not base64");
  bytes.resize(size);
  if (base64_of(bytes) != text) return invalid("this is not base64 as it is written");
  return bytes;
}

std::string checkpoint_text(const Checkpoint& checkpoint) { return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, base64_of(bytes_of(checkpoint.root))); }

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  Checkpoint checkpoint;
  checkpoint.origin = TRY(take_line(text));
  if (checkpoint.origin.empty()) return invalid("a checkpoint has no name of a log");
  const std::string_view size = TRY(take_line(text)), encoded = TRY(take_line(text));
  checkpoint.size = TRY(read_size(size));
  const std::string root = TRY(from_base64(encoded));
  if (root.size() != checkpoint.root.size()) return invalid("the root of a checkpoint is not of 32 bytes");
  std::ranges::copy(root, checkpoint.root.begin());
  while (!text.empty()) {
    if (TRY(take_line(text)).empty()) return invalid("a line of a checkpoint is empty");
  }
  return checkpoint;
}

std::string VerifierKey::id() const {
  std::string text = name_ + '\n' + kEd25519;
  text += bytes_of(public_);
  return std::string(bytes_of(sha256(text)).substr(0, kIdBytes));
}

std::string VerifierKey::text() const {
  Hash id_bytes{};
  std::ranges::copy(id(), id_bytes.begin());
  std::string text = name_ + '+';
  append_hex(text, id_bytes, kIdBytes);
  return text + '+' + base64_of(kEd25519 + std::string(bytes_of(public_)));
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const Error wrong = invalid("a verifier key is NAME+HASH+KEY, as `tocsin audit key` prints it");
  const std::size_t first = text.find('+'), second = text.find('+', std::min(first, text.size() - 1) + 1);
  if (text.empty() || first == std::string_view::npos || second == std::string_view::npos) return wrong;
  VerifierKey key;
  key.name_ = text.substr(0, first);
  const Result<std::string> bytes = from_base64(text.substr(second + 1));
  if (!is_key_name(key.name_) || !bytes || bytes->size() != 1 + kPublicKeyBytes || bytes->front() != kEd25519) return wrong;
  std::copy(bytes->begin() + 1, bytes->end(), key.public_.begin());
  if (key.text() != text) return invalid("the hash in the verifier key is not that of its key: something of it was changed");
  return key;
}

bool VerifierKey::verifies(std::string_view text, std::string_view signature) const {
  return signature.size() == kSignatureBytes && crypto_sign_verify_detached(unsigned_bytes(signature), unsigned_bytes(text), text.size(), public_.data()) == 0;
}

Result<SigningKey> SigningKey::from_seed(std::string_view seed, std::string_view name) {
  if (seed.size() != kSeedBytes) return invalid("the key of the audit log is not of 32 bytes");
  SigningKey key;
  crypto_sign_seed_keypair(key.verifier_.public_.data(), key.secret_.data(), unsigned_bytes(seed));
  key.verifier_.name_ = name;
  if (name.empty()) {
    key.verifier_.name_ = "tocsin-audit-";
    append_hex(key.verifier_.name_, sha256(bytes_of(key.verifier_.public_)), 8);
  }
  if (!is_key_name(key.name())) return invalid("the name of a key has no spaces and no '+'");
  return key;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : verifier_(std::move(other.verifier_)), secret_(other.secret_) { sodium_memzero(other.secret_.data(), other.secret_.size()); }

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string SigningKey::sign(const Checkpoint& checkpoint) const {
  const std::string text = checkpoint_text(checkpoint);
  std::string bytes = verifier_.id();
  bytes.resize(kIdBytes + kSignatureBytes);
  crypto_sign_detached(reinterpret_cast<unsigned char*>(bytes.data()) + kIdBytes, nullptr, unsigned_bytes(text), text.size(), secret_.data());
  return fmt::format("{}\n{}{} {}\n", text, kDash, name(), base64_of(bytes));
}

Result<SignedNote> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) return Error{Code::kLimit, fmt::format("a note has more than {} bytes", kNoteBytesMax)};
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos) return invalid("a note has no empty line before its signatures");
  SignedNote parsed{std::string(note.substr(0, end + 1)), {}};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; };
  if (std::ranges::any_of(note, is_control)) return invalid("a note has control characters");
  for (std::string_view lines = note.substr(end + 2); !lines.empty();) {
    if (parsed.signatures.size() == kNoteSignaturesMax) return Error{Code::kLimit, fmt::format("a note has more than {} signatures", kNoteSignaturesMax)};
    const std::string_view line = TRY(take_line(lines));
    parsed.signatures.push_back(TRY(parse_signature(line)));
  }
  if (parsed.signatures.empty()) return invalid("a note has no signature");
  return parsed;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  const SignedNote parsed = TRY(parse_note(note));
  bool is_signed = false;
  for (const NoteSignature& signature : parsed.signatures) {
    if (signature.name != key.name() || signature.id != key.id()) continue;
    if (!key.verifies(parsed.text, signature.signature)) return invalid("the signature does not hold: the checkpoint is not what was signed");
    is_signed = true;
  }
  if (!is_signed) return invalid(fmt::format("no signature is of the key {}", key.name()));
  Checkpoint checkpoint = TRY(parse_checkpoint_text(parsed.text));
  if (checkpoint.origin != key.name()) return invalid("the checkpoint is of another log than its key");
  return checkpoint;
}

NoteList split_notes(std::string_view text) {
  NoteList list;
  while (true) {
    // The text of a note ends at its first empty line, its signatures at the second.
    const std::size_t text_end = text.find("\n\n", list.whole_bytes);
    const std::size_t end = text_end == std::string_view::npos ? text_end : text.find("\n\n", text_end + 2);
    if (end == std::string_view::npos) return list;
    list.notes.emplace_back(text.substr(list.whole_bytes, end + 1 - list.whole_bytes));
    list.whole_bytes = end + 2;
  }
}

std::string note_on_a_line(std::string_view note) {
  std::string line = "\"";
  for (const char c : note) line += c == '\n' ? std::string("\\n") : std::string(1, c);
  return line + "\"";
}

std::string note_in_line(std::string_view line) {
  constexpr std::string_view kBefore = "audit checkpoint \"";
  const std::size_t before = line.find(kBefore), end = line.rfind('"');
  if (before == std::string_view::npos || end < before + kBefore.size()) return "";
  line = line.substr(before + kBefore.size(), end - before - kBefore.size());
  std::string note;
  for (std::size_t feed = line.find("\\n"); feed != std::string_view::npos; feed = line.find("\\n")) {
    note.append(line.substr(0, feed)).append("\n");
    line.remove_prefix(feed + 2);
  }
  return note.append(line);
}

}  // namespace tocsin::audit
