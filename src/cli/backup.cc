// tocsin backup: a whole copy of the data folder, while a service runs on it or not.
#include "store/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/until_signal.h"
#include "cli/verb.h"

namespace tocsin::cli {

int run_backup(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  store::BackupOrder order;
  CLI::App app("Copies all that is stored: what was acknowledged before is in it. The key is not: keep a copy of that elsewhere.", "tocsin backup");
  data.add_to(app, true);
  app.add_option("--output", order.to, "a folder that is not there yet, or empty")->type_name("FOLDER")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ::umask(077);  // events are for nobody else
  order.data = data.folder();
  while (order.to.size() > 1 && order.to.ends_with('/')) order.to.pop_back();
  if (!env.exists(order.data.state())) return complain(order.data.path + ": is not the data folder of a service that has run"), kUsage;
  const UntilSignal signal;
  order.cancelled = [&] { return signal.came(); };
  order.key_file = data.key_file();
  const Result<store::BackupDone> done = store::make_backup(env, order);
  if (!done) return complain(done.error().message), kIncomplete;
  fmt::print("{}: {} files, {:.1f} MB\n", terminal_safe(order.to), done->files, static_cast<double>(done->bytes) / 1e6);
  fmt::print("The key is not in it. Without {} what is in its journal cannot be read: keep a copy elsewhere.\n",
             done->key_mark.empty() ? "the key of this data" : terminal_safe(order.key_file) + " (" + done->key_mark + ")");
  for (const std::string& path : done->damaged) complain(path + ": is damaged in the data folder, and copied as it is; `tocsin verify` says more");
  for (const std::string& path : done->missing) complain(path + ": is missing in the data folder, so the backup has the attachment's name and hash alone");
  return done->damaged.empty() && done->missing.empty() ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
