// tocsin serve: the verb. What it does is pipeline/service.h; here are its options, the signals that end it, and what it says.
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/rule_set.h"
#include "cli/settings.h"
#include "cli/verb.h"
#include "pipeline/service.h"

namespace tocsin::cli {

namespace {

struct ServeArguments {
  DataOptions data;
  std::array<std::vector<std::string>, kSettingIds> given;  // on the command line
  std::string config, ready_file;
};

void describe(CLI::App& app, ServeArguments& args) {
  app.add_option("--config", args.config, "settings (default: " + default_config_file() + ", if it is there)")->type_name("FILE");
  args.data.add_to(app, true);
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    const Setting& setting = kSettings[id];
    std::string meaning(setting.meaning);
    if (!setting.preset.empty()) meaning += fmt::format(" (default: {})", setting.preset);
    CLI::Option* const option = app.add_option(std::string(setting.option), args.given[id], meaning);
    option->type_name(std::string(setting.placeholder))->allow_extra_args(false);
    if (setting.kind != Setting::Kind::kTexts) option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  app.add_option("--ready-file", args.ready_file, "write the addresses in use there, as JSON, once all is ready")->type_name("FILE");
}

/// From the command line and the file; false, and said why, if they are not good.
bool read_settings(Env& env, const ServeArguments& args, Settings& settings) {
  std::vector<std::string> mistakes;
  for (std::size_t id = 0; id < kSettingIds; ++id) {
    if (!args.given[id].empty()) settings.set(static_cast<SettingId>(id), args.given[id], std::string(kSettings[id].option), mistakes);
  }
  settings.read_chosen(env, args.config, mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  return mistakes.empty();
}

ServiceOptions service_options(const ServeArguments& args, const Settings& settings) {
  ServiceOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.listen.bulk = settings.text(kBulk);
  options.listen.hec = settings.text(kHec);
  options.listen.syslog = settings.text(kSyslog);
  options.store_after_seconds = settings.number(kStoreAfter);
  options.keep_days = settings.number(kKeepDays);
  options.keep_bytes = settings.number(kKeepBytes);
  options.keep_free_bytes = settings.number(kKeepFree);
  return options;
}

std::string ready_text(const Service& service) {
  std::string text = R"({"schema":"tocsin.ready/1","addresses":{)";
  bool first = true;
  for (const ServiceAddress& each : service.addresses()) {
    if (!std::exchange(first, false)) text += ',';
    text += '"';
    append_json_escaped(text, each.input);
    text += "\":\"";
    append_json_escaped(text, each.address);
    text += '"';
  }
  return text + "}}\n";
}

/// SIGINT and SIGTERM, blocked before the first thread is made so that all of them inherit it.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int run_serve(Env& env, const std::vector<std::string>& arguments) {
  ServeArguments args;
  CLI::App app("Takes logs from the network, keeps them, and asks every rule as they come in.", "tocsin serve");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  Settings settings;
  if (!read_settings(env, args, settings)) return kUsage;
  ServiceOptions options = service_options(args, settings);
  options.tell = [](const std::string& what) { complain(what); };
  ::umask(077);  // events are for nobody else
  const sigset_t signals = block_end_signals();
  const std::unique_ptr<Engine> engine = make_engine(env, {settings.value(kRules).texts, settings.value(kPipelines).texts});
  if (engine == nullptr) return kUsage;
  Result<std::unique_ptr<Service>> service = Service::start(env, *engine, options);
  if (!service) {
    complain(service.error().message);
    return kUsage;
  }
  complain(fmt::format("data in {}, key in {}; {} rules", options.data.path, options.key_file, engine->rules().rules.size()));
  for (const ServiceAddress& each : (*service)->addresses()) complain(fmt::format("{} on {}", each.input, each.address));
  complain("`tocsin sender add NAME --input bulk` makes a token; Ctrl-C stops");
  if (!args.ready_file.empty()) {
    if (const Status written = env.write_file(args.ready_file, ready_text(**service)); !written) complain(written.error().message);
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*service)->stop();
  const Service::Progress end = (*service)->progress();
  complain(fmt::format("stopped; {} records are safe, {} looked at, {} stored, {} alerts since the start", end.safe, end.looked_at, end.stored, end.alerts));
  if (!end.trouble.empty()) complain(end.trouble);
  return end.trouble.empty() ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
