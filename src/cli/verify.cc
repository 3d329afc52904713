// tocsin verify: is what the data folder holds what was written? Names what is not, and counts the rest.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "store/verify.h"

namespace tocsin::cli {

int run_verify(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Checks journal, segments and state of a data folder; reads all of it and changes nothing.", "tocsin verify");
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const DataFolder folder = data.folder();
  if (!env.is_folder(folder.path)) return complain(folder.path + ": there is no such folder"), kUsage;
  const Result<std::unique_ptr<FileLock>> readers = env.share_file(folder.readers());  // nothing goes while it is looked at
  if (!readers) return complain(readers.error().message), kUsage;
  const Result<SealKey> key = read_key(env, data.key_file());
  if (!key && key.error().code != Code::kNotFound) complain(key.error().message);
  std::unique_ptr<Seal> master;
  if (key) master = std::make_unique<Seal>(*key);
  const Verified found = verify_data(env, folder, master.get(), [](const std::string& what) { fmt::print("wrong: {}\n", terminal_safe(what)); });
  fmt::print("good: {} segments with {} events, {:.1f} MB; {} records in the journal\n", found.segments, found.segment_events,
             static_cast<double>(found.segment_bytes) / 1e6, found.journal_records);
  fmt::print("{}\n", found.wrong == 0 ? "nothing is wrong" : fmt::format("{} wrong", found.wrong));
  return found.wrong == 0 ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
