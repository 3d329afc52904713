#include "store/sealed_file.h"

#include <algorithm>

namespace tocsin {

namespace {

constexpr std::string_view kMagic = "TOCSINT1";

bool open_sealed(Seal& seal, const SealedPlace& place, std::string_view bytes, std::string& secret) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kSealNonceBytes) return false;
  SealNonce nonce;
  std::copy_n(bytes.begin() + kMagic.size(), nonce.size(), nonce.begin());
  return seal.open(nonce, place.purpose, bytes.substr(kMagic.size() + nonce.size()), secret);
}

}  // namespace

SealedPlace authority_place(const DataFolder& data) { return {data.tls(), "authority", "tocsin tls authority"}; }
SealedPlace server_place(const DataFolder& data) { return {data.tls(), "server", "tocsin tls server"}; }
SealedPlace accounts_place(const DataFolder& data) { return {data.path, "accounts.key", "tocsin accounts"}; }
SealedPlace protection_place(const DataFolder& data) { return {data.path, "protection.key", "tocsin protection"}; }
SealedPlace attachments_place(const DataFolder& data) { return {data.path, "attachments.key", "tocsin attachments"}; }
SealedPlace audit_place(const DataFolder& data) { return {data.path, "audit.key", "tocsin audit"}; }
SealedPlace runs_place(const DataFolder& data) { return {data.path, "runs.key", "tocsin runs"}; }
SealedPlace policy_place(const DataFolder& data) { return {data.path, "policy", "tocsin policy"}; }

std::vector<SealedPlace> sealed_places(const DataFolder& data) { return {authority_place(data), server_place(data), accounts_place(data), protection_place(data), attachments_place(data), audit_place(data), runs_place(data), policy_place(data)}; }

Result<SealKey> second_factor_key(Env& env, const DataFolder& data, Seal& master) {
  const SealedPlace place = accounts_place(data);
  const Result<std::string> bytes = get_sealed(env, place, master);
  if (bytes || bytes.error().code != Code::kNotFound) return SealKey::from(TRY(bytes));
  SealKey fresh = TRY(SealKey::random());
  TRY(put_sealed(env, place, master, fresh.bytes()));
  return fresh;
}

Status put_file(Env& env, const std::string& folder, std::string_view name, std::string_view bytes) {
  const std::string path = folder + "/" + std::string(name), fresh = path + ".new";
  if (env.exists(fresh)) TRY(env.remove_file(fresh));  // of a start that did not end
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(fresh));
  TRY(file->append(bytes));
  TRY(file->sync());
  TRY(env.rename_file(fresh, path));
  return env.sync_folder(folder);
}

Status put_sealed(Env& env, const SealedPlace& place, Seal& master, std::string_view secret) {
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string bytes(kMagic);
  bytes.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  master.seal(nonce, place.purpose, secret, bytes);
  return put_file(env, place.folder, place.name, bytes);
}

Result<std::string> get_sealed(Env& env, const SealedPlace& place, Seal& master) {
  const std::string bytes = TRY(env.read_file(place.path(), kSealedFileBytesMax));
  std::string secret;
  if (open_sealed(master, place, bytes, secret)) return secret;
  return Error{Code::kInvalid, place.path() + ": does not open: it is damaged, or the key is not the one that it was made with"};
}

Result<bool> reseal(Env& env, const SealedPlace& place, const SealKeys& keys) {
  const Result<std::string> bytes = env.read_file(place.path(), kSealedFileBytesMax);
  if (!bytes && bytes.error().code == Code::kNotFound) return false;
  if (!bytes) return bytes.error();
  Seal now(keys.now), before(*keys.before);
  std::string secret;
  if (open_sealed(now, place, *bytes, secret) || !open_sealed(before, place, *bytes, secret)) return false;
  TRY(put_sealed(env, place, now, secret));
  return true;
}

}  // namespace tocsin
