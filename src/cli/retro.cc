#include "cli/retro.h"

#include <sys/stat.h>

#include "base/program_starter.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/retro_child.h"

namespace tocsin::cli {

int run_retro(Env& env, const std::vector<std::string>& arguments) {
  struct stat stream {};
  if (::fstat(kStartedDescriptor, &stream) != 0 || !S_ISSOCK(stream.st_mode)) return complain("this is for `tocsin serve` to start"), kUsage;
  DataOptions data;
  std::vector<std::string> mappings;
  CLI::App app("Looks for new indicators in what is stored, for the service.", "tocsin retro");
  data.add_to(app, true);
  app.add_option("--mappings", mappings)->allow_extra_args(false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Status done = run_retro_child(env, {data.folder(), data.key_file(), mappings});
  if (!done) complain("the process that looks for indicators in what is stored: " + done.error().message);
  return done ? kDone : kUsage;
}

}  // namespace tocsin::cli
