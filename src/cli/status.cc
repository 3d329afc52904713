// tocsin status: what came in from whom and what became of it, how far all is, what holds. The service is asked if one runs; else the data folder says it.
#include <fmt/format.h>

#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/status_table.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"
#include "pipeline/status.h"

namespace tocsin::cli {

namespace {

Result<std::string> status_of(Env& env, const DataFolder& data, const std::string& key_file) {
  Result<std::string> told = ask_service(data.control(), {"status", {}});
  if (told) return told;
  Seal master(TRY(read_key(env, key_file)));
  return status_json(TRY(read_status(env, data, master)));
}

}  // namespace

int run_status(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  bool json = false, check = false;
  CLI::App app("What came in, from whom, and what became of it.", "tocsin status");
  data.add_to(app, true);
  app.add_flag("--json", json, "as tocsin.status/1");
  app.add_flag("--check", check, "exit with 1 where no service runs, something is in its way, a canary did not come out, or a source has fallen silent");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> status = status_of(env, data.folder(), data.key_file());
  if (!status) return complain(status.error().message), kUsage;
  const int exit = check && !is_well(*status) ? kAlerts : kDone;
  if (json) {
    fmt::print("{}\n", *status);
    return exit;
  }
  const Result<std::string> table = status_table(*status);
  if (!table) return complain(table.error().message), kIncomplete;
  fmt::print("{}", *table);
  return exit;
}

}  // namespace tocsin::cli
