#include "store/certificates.h"

#include <algorithm>

namespace tocsin {

namespace {

constexpr std::string_view kMagic = "TOCSINT1";
constexpr std::string_view kAuthority = "authority", kServer = "server";
constexpr std::string_view kKeyBegins = "-----BEGIN PRIVATE KEY-----";
/// Each turn waits until another process is done; making certificates takes milliseconds.
constexpr int kTurnsMax = 100;

Result<std::unique_ptr<FileLock>> take_turn(Env& env, const std::string& path) {
  Result<std::unique_ptr<FileLock>> lock = env.lock_file(path);
  for (int turn = 0; turn < kTurnsMax && !lock && lock.error().code == Code::kDenied; ++turn) {
    (void)env.share_file(path);  // waits, and lets go at once
    lock = env.lock_file(path);
  }
  return lock;
}

/// Whole or not at all.
Status put_file(Env& env, const std::string& folder, std::string_view name, std::string_view bytes) {
  const std::string path = folder + "/" + std::string(name), fresh = path + ".new";
  if (env.exists(fresh)) TRY(env.remove_file(fresh));  // of a start that did not end
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(fresh));
  TRY(file->append(bytes));
  TRY(file->sync());
  TRY(env.rename_file(fresh, path));
  return env.sync_folder(folder);
}

/// So that one file cannot stand for the other.
std::string additional_of(std::string_view name) { return "tocsin tls " + std::string(name); }

Status put_identity(Env& env, const DataFolder& data, Seal& master, std::string_view name, const Identity& identity) {
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string bytes(kMagic);
  bytes.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  master.seal(nonce, additional_of(name), identity.certificate + identity.key, bytes);
  return put_file(env, data.tls(), name, bytes);
}

/// kNotFound if there is none, kInvalid if it does not open.
Result<Identity> get_identity(Env& env, const DataFolder& data, Seal& master, std::string_view name) {
  const std::string path = data.tls() + "/" + std::string(name);
  const std::string bytes = TRY(env.read_file(path, kIdentityFileBytesMax));
  const Error wrong{Code::kInvalid, path + ": does not open: it is damaged, or the key is not the one that it was made with; restore the right one, or "
                                           "remove the folder for new certificates, which clients then have to be given"};
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kSealNonceBytes) return wrong;
  SealNonce nonce;
  std::copy_n(bytes.begin() + kMagic.size(), nonce.size(), nonce.begin());
  std::string plain;
  if (!master.open(nonce, additional_of(name), std::string_view(bytes).substr(kMagic.size() + nonce.size()), plain)) return wrong;
  const std::size_t key = plain.find(kKeyBegins);
  if (key == std::string::npos) return wrong;
  return Identity{plain.substr(0, key), plain.substr(key)};
}

bool is_good_server(const Identity& server, const Identity& authority, std::span<const std::string> names, TimeUs now) {
  const Result<Certificate> facts = read_certificate(server.certificate);
  if (!facts || !is_signed_by(server.certificate, authority.certificate)) return false;
  if (facts->from > now || facts->until - now < kServerCertificateLeftDays * TimeUs{86'400'000'000}) return false;
  return std::ranges::all_of(names, [&](const std::string& name) { return certificate_is_for(server.certificate, name); });
}

}  // namespace

Result<Identity> open_authority(Env& env, const DataFolder& data, Seal& master, std::string_view machine) {
  TRY(make_folders(env, data.tls()));
  const std::unique_ptr<FileLock> turn = TRY(take_turn(env, data.tls() + "/lock"));
  Result<Identity> authority = get_identity(env, data, master, kAuthority);
  if (!authority && authority.error().code != Code::kNotFound) return authority;
  if (!authority) {
    authority = TRY(make_authority(machine, env.now_us()));
    TRY(put_identity(env, data, master, kAuthority, *authority));
  }
  if (env.read_file(data.authority_pem(), kIdentityFileBytesMax).value_or("") != authority->certificate) {
    TRY(put_file(env, data.tls(), "ca.pem", authority->certificate));
  }
  return authority;
}

Result<Identity> open_server_identity(Env& env, const DataFolder& data, Seal& master, const Identity& authority, std::span<const std::string> names) {
  const std::unique_ptr<FileLock> turn = TRY(take_turn(env, data.tls() + "/lock"));
  Result<Identity> server = get_identity(env, data, master, kServer);
  if (server && is_good_server(*server, authority, names, env.now_us())) return server;
  if (!server && server.error().code == Code::kIo) return server;
  server = TRY(make_server_identity(authority, names, env.now_us()));
  TRY(put_identity(env, data, master, kServer, *server));
  return server;
}

Status check_certificates(Env& env, const DataFolder& data, Seal& master) {
  const Result<Identity> authority = get_identity(env, data, master, kAuthority), server = get_identity(env, data, master, kServer);
  for (const Result<Identity>* each : {&authority, &server}) {
    if (!*each && each->error().code != Code::kNotFound) return each->error();
  }
  if (!authority) return {};
  if (TRY(env.read_file(data.authority_pem(), kIdentityFileBytesMax)) == authority->certificate) return {};
  return Error{Code::kInvalid, data.authority_pem() + ": is not the certificate of the authority; the next start of the service writes it anew"};
}

}  // namespace tocsin
