// tocsin restore: a data folder made of a backup, every file of it checked.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/until_signal.h"
#include "cli/verb.h"
#include "store/backup.h"

namespace tocsin::cli {

namespace {

void say_which_key(Env& env, const std::string& key_file, const std::string& mark) {
  const Result<SealKeys> key = read_key(env, key_file);
  if (mark.empty() || (key && key_mark(key->now) == mark)) return;
  complain(fmt::format("the key of this backup is another one ({}) than {}: put it there before the service is started, or it cannot read the journal", mark,
                       key ? key_file : "any that was found"));
}

}  // namespace

int run_restore(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string from;
  CLI::App app("Makes a data folder of a backup. Every file is checked first; a damaged backup restores nothing.", "tocsin restore");
  data.add_to(app, true);
  app.add_option("--from", from, "the backup")->type_name("FOLDER")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ::umask(077);  // events are for nobody else
  const UntilSignal signal;
  const std::string to = data.folder().path;
  const Result<store::BackupDone> done = store::restore_backup(env, from, to, [&] { return signal.came(); });
  if (!done) return complain(done.error().message), kUsage;
  fmt::print("{}: {} files, {:.1f} MB\n", terminal_safe(to), done->files, static_cast<double>(done->bytes) / 1e6);
  if (const Result<store::BackupManifest> manifest = store::read_backup(env, from)) say_which_key(env, data.key_file(), manifest->key_mark);
  return kDone;
}

}  // namespace tocsin::cli
