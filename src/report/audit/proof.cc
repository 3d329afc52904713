#include "report/audit/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace tocsin::audit {

namespace json = boost::json;

namespace {

constexpr std::string_view kProofSchema = "tocsin.audit-proof/1";

Error invalid(std::string_view what) { return {Code::kInvalid, std::string(what)}; }

json::array json_of(const std::vector<Hash>& hashes) {
  json::array array;
  for (const Hash& hash : hashes) array.emplace_back(base64_of({reinterpret_cast<const char*>(hash.data()), hash.size()}));
  return array;
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return invalid(fmt::format("the proof has no text '{}'", name));
  return std::string(value->get_string());
}

Result<std::vector<Hash>> hashes_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_array() || value->get_array().size() > kProofHashesMax + 1) return invalid(fmt::format("the proof has no list of hashes '{}'", name));
  std::vector<Hash> hashes;
  for (const json::value& one : value->get_array()) {
    if (!one.is_string()) return invalid("a hash of the proof is no text");
    const std::string bytes = TRY(from_base64(std::string_view(one.get_string())));
    if (bytes.size() != sizeof(Hash)) return invalid("a hash of the proof is not of 32 bytes");
    std::ranges::copy(bytes, hashes.emplace_back().begin());
  }
  return hashes;
}

Result<Checkpoint> unsigned_checkpoint(const std::string& note) {
  const SignedNote parsed = TRY(parse_note(note));
  return parse_checkpoint_text(parsed.text);
}

}  // namespace

Result<Proof> make_proof(const AuditLog& log, std::uint64_t number, const std::string& checkpoint, const std::string& older) {
  const Checkpoint head = TRY(unsigned_checkpoint(checkpoint));
  if (number >= head.size) return invalid(fmt::format("leaf {} is not signed yet: the newest checkpoint is over {} leaves, counted from 0", number, head.size));
  Proof proof{.number = number, .leaf = {}, .inclusion = {}, .checkpoint = checkpoint};
  proof.leaf = TRY(log.leaf(number));
  proof.inclusion = TRY(log.inclusion(number, head.size));
  if (older.empty()) return proof;
  const Checkpoint before = TRY(unsigned_checkpoint(older));
  proof.older = older;
  if (before.size > 0) proof.consistency = TRY(log.consistency(before.size, head.size));
  return proof;
}

std::string proof_json(const Proof& proof) {
  json::object object{{"schema", kProofSchema}, {"n", proof.number}, {"leaf", proof.leaf}, {"inclusion", json_of(proof.inclusion)}, {"checkpoint", proof.checkpoint}};
  if (!proof.older.empty()) {
    object.emplace("older", proof.older);
    object.emplace("consistency", json_of(proof.consistency));
  }
  return json::serialize(object);
}

Result<Proof> read_proof(std::string_view text) {
  if (text.size() > kProofBytesMax) return Error{Code::kLimit, fmt::format("a proof has more than {} bytes", kProofBytesMax)};
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return invalid("a proof is one object of JSON, as `tocsin audit prove` prints it");
  const json::object& object = value.get_object();
  if (TRY(text_of(object, "schema")) != kProofSchema) return invalid(fmt::format("the proof is not of the schema {}", kProofSchema));
  const json::value* const number = object.if_contains("n");
  if (number == nullptr || !number->is_int64() || number->get_int64() < 0) return invalid("the proof does not say which leaf it is of");
  // One after the other: who returns out of an initializer leaves what it has made so far.
  Proof proof{.number = static_cast<std::uint64_t>(number->get_int64()), .leaf = {}, .inclusion = {}, .checkpoint = {}};
  proof.leaf = TRY(text_of(object, "leaf"));
  proof.inclusion = TRY(hashes_of(object, "inclusion"));
  proof.checkpoint = TRY(text_of(object, "checkpoint"));
  if (!object.contains("older")) return proof;
  proof.older = TRY(text_of(object, "older"));
  proof.consistency = TRY(hashes_of(object, "consistency"));
  return proof;
}

Result<Checkpoint> check_proof(const Proof& proof, const VerifierKey& key) {
  Checkpoint head = TRY(open_checkpoint(proof.checkpoint, key));
  TRY(check_inclusion(leaf_hash(proof.leaf), proof.number, head.size, proof.inclusion, head.root));
  if (proof.older.empty()) return head;
  const Checkpoint before = TRY(open_checkpoint(proof.older, key));
  if (before.size == 0 && before.root == empty_root() && proof.consistency.empty()) return head;  // of nothing everything goes on
  TRY(check_consistency(before.size, head.size, before.root, head.root, proof.consistency));
  return head;
}

}  // namespace tocsin::audit
