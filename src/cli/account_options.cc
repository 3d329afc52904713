#include "cli/account_options.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"
#include "store/data_folder.h"

namespace tocsin::cli {

bool AccountsHere::open(Env& env, const DataOptions& data) {
  ::umask(077);  // users and events are for nobody else
  const Status made = make_folders(env, data.folder().path);
  Result<std::unique_ptr<State>> opened = made ? State::open(data.folder().state(), State::IfMissing::kMake) : made.error();
  if (!opened) {
    complain(opened.error().message);
    return false;
  }
  state = std::move(*opened);
  accounts = std::make_unique<Accounts>(*state);
  by = {fmt::format("command line, uid {}", ::getuid()), "", env.now_us()};
  return true;
}

}  // namespace tocsin::cli
