#include "store/key_exchange.h"

#include <algorithm>
#include <cstdlib>

#include "store/journal_format.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

/// In place of the file, safe once the folder is synced.
Status replace_file(Env& env, const std::string& path, std::string_view bytes) {
  const std::string unfinished = path + ".new";
  const Status gone = env.remove_file(unfinished);
  if (!gone && gone.error().code != Code::kNotFound) return gone;
  {
    const std::unique_ptr<DurableFile> file = TRY(env.create_durable(unfinished));
    TRY(file->append(bytes));
    TRY(file->sync());
  }
  return env.rename_file(unfinished, path);
}

/// The number in the name of a key file of the journal.
std::optional<std::uint64_t> key_number(const std::string& name) {
  constexpr std::string_view kEnding = ".key";
  if (!name.ends_with(kEnding)) return std::nullopt;
  const std::string segment = journal::segment_path("", 0).substr(1);
  const std::string ending = segment.substr(segment.find('.'));
  return journal::segment_number(name.substr(0, name.size() - kEnding.size()) + ending);
}

/// A file that opens under neither key is damaged already, and stays as it is.
Status reseal_keys_in(Env& env, const std::string& folder, const SealKeys& keys) {
  Seal now(keys.now), before(*keys.before);
  const Result<std::vector<FolderEntry>> entries = env.list_folder(folder);
  if (!entries && entries.error().code == Code::kNotFound) return {};
  if (!entries) return entries.error();
  for (const FolderEntry& entry : *entries) {
    const std::optional<std::uint64_t> number = key_number(entry.name);
    if (!number) continue;
    const std::string path = folder + "/" + entry.name;
    const std::string file = TRY(env.read_file(path, 4096));
    if (journal::unwrap_key(now, *number, file)) continue;
    const Result<SealKey> key = journal::unwrap_key(before, *number, file);
    if (!key) continue;
    const std::string wrapped = TRY(journal::wrap_key(now, *number, *key));
    TRY(replace_file(env, path, wrapped));
  }
  return env.sync_folder(folder);
}

Status reseal_journal_keys(Env& env, const DataFolder& data, const SealKeys& keys) {
  TRY(reseal_keys_in(env, data.journal(), keys));
  return reseal_keys_in(env, data.runs_journal(), keys);
}

Status reseal_files(Env& env, const DataFolder& data, const SealKeys& keys) {
  for (const SealedPlace& place : sealed_places(data)) TRY(reseal(env, place, keys));
  return {};
}

/// Everything that is sealed under the master key. A file that is made after UseKeys has returned is under the new one, so each is gone through once.
constexpr Status (*kSealedThings[])(Env&, const DataFolder&, const SealKeys&) = {
    reseal_journal_keys,
    reseal_files,
};

/// One exchange or backup at a time: two would each leave the other's keys out of the file.
Result<std::unique_ptr<FileLock>> hold_alone(Env& env, const DataFolder& data) {
  Result<std::unique_ptr<FileLock>> alone = env.lock_file(data.alone());
  if (alone || alone.error().code != Code::kDenied) return alone;
  return Error{Code::kDenied, "a backup of this data is being made, or its key is being exchanged; try again when that is done"};
}

/// A file of its owner's, that is: what systemd has given to a service (LoadCredential=) is a copy that nobody can change.
Status must_be_ours(const std::string& key_file) {
  const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr || *credentials == '\0' || !key_file.starts_with(std::string(credentials) + "/")) return {};
  return Error{Code::kUnsupported, key_file + ": is a systemd credential, a copy that nobody can change: stop the service, and run `tocsin key rotate` as root with "
                                              "--key-file on the file that the unit makes it of (/etc/tocsin/key); one that is encrypted has to be decrypted and made anew (systemd-creds)"};
}

/// `keys` are those of the file, and both.
Result<SealKeys> finish(Env& env, const DataFolder& data, const std::string& key_file, SealKeys keys, const UseKeys& use) {
  const std::unique_ptr<FileLock> readers = TRY(env.share_file(data.readers()));  // no key is let go meanwhile, and brought back by us
  use(keys);
  for (const auto reseal : kSealedThings) TRY(reseal(env, data, keys));
  keys.before.reset();
  TRY(write_key(env, key_file, keys));
  use(keys);
  return keys;
}

}  // namespace

Result<SealKeys> finish_exchange(Env& env, const DataFolder& data, const std::string& key_file, SealKeys keys, const UseKeys& use) {
  if (!keys.before) return keys;
  TRY(must_be_ours(key_file));
  const std::unique_ptr<FileLock> alone = TRY(hold_alone(env, data));
  return finish(env, data, key_file, std::move(keys), use);
}

Result<SealKeys> exchange_key(Env& env, const DataFolder& data, const std::string& key_file, const UseKeys& use) {
  TRY(must_be_ours(key_file));
  const std::unique_ptr<FileLock> alone = TRY(hold_alone(env, data));
  SealKeys keys = TRY(read_key(env, key_file));
  if (keys.before) return finish(env, data, key_file, std::move(keys), use);
  SealKeys both{TRY(SealKey::random()), std::move(keys.now)};
  TRY(write_key(env, key_file, both));
  return finish(env, data, key_file, std::move(both), use);
}

}  // namespace tocsin
