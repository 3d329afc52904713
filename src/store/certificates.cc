#include "store/certificates.h"

#include <algorithm>

#include "store/sealed_file.h"

namespace tocsin {

namespace {

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

Status put_identity(Env& env, const SealedPlace& place, Seal& master, const Identity& identity) {
  return put_sealed(env, place, master, identity.certificate + identity.key);
}

/// kNotFound if there is none, kInvalid if it does not open.
Result<Identity> get_identity(Env& env, const SealedPlace& place, Seal& master) {
  const Result<std::string> plain = get_sealed(env, place, master);
  if (!plain && plain.error().code != Code::kInvalid) return plain.error();
  const std::size_t key = plain ? plain->find(kKeyBegins) : std::string::npos;
  if (key != std::string::npos) return Identity{plain->substr(0, key), plain->substr(key)};
  return Error{Code::kInvalid, place.path() + ": does not open: it is damaged, or the key is not the one that it was made with; restore the right one, or "
                                              "remove the folder for new certificates, which clients then have to be given"};
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
  Result<Identity> authority = get_identity(env, authority_place(data), master);
  if (!authority && authority.error().code != Code::kNotFound) return authority;
  if (!authority) {
    authority = TRY(make_authority(machine, env.now_us()));
    TRY(put_identity(env, authority_place(data), master, *authority));
  }
  if (env.read_file(data.authority_pem(), kSealedFileBytesMax).value_or("") != authority->certificate) {
    TRY(put_file(env, data.tls(), "ca.pem", authority->certificate));
  }
  return authority;
}

Result<Identity> open_server_identity(Env& env, const DataFolder& data, Seal& master, const Identity& authority, std::span<const std::string> names) {
  const std::unique_ptr<FileLock> turn = TRY(take_turn(env, data.tls() + "/lock"));
  Result<Identity> server = get_identity(env, server_place(data), master);
  if (server && is_good_server(*server, authority, names, env.now_us())) return server;
  if (!server && server.error().code == Code::kIo) return server;
  server = TRY(make_server_identity(authority, names, env.now_us()));
  TRY(put_identity(env, server_place(data), master, *server));
  return server;
}

Status check_certificates(Env& env, const DataFolder& data, Seal& master) {
  const Result<Identity> authority = get_identity(env, authority_place(data), master), server = get_identity(env, server_place(data), master);
  for (const Result<Identity>* each : {&authority, &server}) {
    if (!*each && each->error().code != Code::kNotFound) return each->error();
  }
  if (!authority) return {};
  if (TRY(env.read_file(data.authority_pem(), kSealedFileBytesMax)) == authority->certificate) return {};
  return Error{Code::kInvalid, data.authority_pem() + ": is not the certificate of the authority; the next start of the service writes it anew"};
}

}  // namespace tocsin
