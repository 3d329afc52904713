// The process of `tocsin serve` that answers the API (api/api_child.h). It is started by the service with its sockets, and by nobody else, so no help names it.
#include <sys/stat.h>

#include "api/api_child.h"
#include "base/sandbox.h"
#include "cli/data_options.h"
#include "cli/oidc_settings.h"
#include "cli/output.h"
#include "cli/setting_options.h"
#include "cli/verb.h"
#include "pipeline/api_process.h"

namespace tocsin::cli {

namespace {

/// Of the words that the setting can be.
api::McpMode mcp_mode(std::string_view word) {
  if (word == "act") return api::McpMode::kAct;
  return word == "read" ? api::McpMode::kRead : api::McpMode::kOff;
}

/// What is wrong is the service's to say.
Result<api::ServerOptions> options_of(Env& env, const DataOptions& data, const SettingOptions& given) {
  Settings settings;
  std::vector<std::string> mistakes;
  given.give(settings, mistakes);
  if (!mistakes.empty()) return Error{Code::kInvalid, mistakes.front()};
  api::ServerOptions options;
  options.data = data.folder();
  options.hosts = settings.value(kApiHosts).texts;
  options.url = settings.text(kApiUrl);
  options.mcp.mode = mcp_mode(settings.text(kApiMcp));
  options.provider_login = TRY(provider_login(env, settings));
  return options;
}

}  // namespace

int run_api(Env& env, const std::vector<std::string>& arguments) {
  struct stat stream {};
  if (::fstat(kApiStream, &stream) != 0 || !S_ISSOCK(stream.st_mode)) return complain("this is for `tocsin serve` to start"), kUsage;
  forbid_dumps();
  DataOptions data;
  SettingOptions given;
  CLI::App app("Answers the API for the service.", "tocsin api");
  data.add_to(app, false);
  given.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  (void)api::run_api_child(env, options_of(env, data, given));  // the service says why
  return kUsage;
}

}  // namespace tocsin::cli
