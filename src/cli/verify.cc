// tocsin verify: is what the data folder, or a backup, holds what was written? Names what is not, and counts the rest.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "store/backup.h"
#include "store/verify.h"

namespace tocsin::cli {

namespace {

void tell(const std::string& what) { fmt::print("wrong: {}\n", terminal_safe(what)); }

int say_verdict(std::uint64_t wrong) {
  fmt::print("{}\n", wrong == 0 ? "nothing is wrong" : fmt::format("{} wrong", wrong));
  return wrong == 0 ? kDone : kIncomplete;
}

/// Each file is what the list says, and the list is whole: then all is what was copied. It is not opened as a data folder, which would change it.
int verify_backup(Env& env, const std::string& folder, const store::BackupManifest& manifest) {
  const Result<std::uint64_t> wrong = store::check_backup(env, folder, manifest, tell);
  if (!wrong) return complain(wrong.error().message), kIncomplete;
  fmt::print("a backup of {}: {} of {} files are what was copied\n", manifest.made, manifest.files.size() - *wrong, manifest.files.size());
  return say_verdict(*wrong);
}

}  // namespace

int run_verify(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Checks journal, segments, state and attachments of a data folder, or a backup; reads all of it and changes nothing.", "tocsin verify");
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const DataFolder folder = data.folder();
  if (!env.is_folder(folder.path)) return complain(folder.path + ": there is no such folder"), kUsage;
  const Result<store::BackupManifest> backup = store::read_backup(env, folder.path);
  if (backup) return verify_backup(env, folder.path, *backup);
  if (backup.error().code != Code::kNotFound) {
    tell(backup.error().message);
    return say_verdict(1);
  }
  const Result<std::unique_ptr<FileLock>> readers = env.share_file(folder.readers());  // nothing goes while it is looked at
  if (!readers) return complain(readers.error().message), kUsage;
  const Result<SealKeys> key = read_key(env, data.key_file());
  if (!key && key.error().code != Code::kNotFound) complain(key.error().message);
  std::unique_ptr<Seal> master;
  if (key) master = std::make_unique<Seal>(*key);
  const Verified found = verify_data(env, folder, master.get(), tell);
  fmt::print("good: {} segments with {} events, {:.1f} MB; {} records in the journal\n", found.segments, found.segment_events,
             static_cast<double>(found.segment_bytes) / 1e6, found.journal_records);
  if (found.attachments > 0) fmt::print("good: {} attachment{}\n", found.attachments, found.attachments == 1 ? "" : "s");
  return say_verdict(found.wrong);
}

}  // namespace tocsin::cli
