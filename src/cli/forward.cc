// tocsin forward: sends this host's logs and inventory to a service. What it does is src/forward; here are its options, enrolment, the status, and the signals that end it.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdlib>

#include "base/machine.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "cli/forward_settings.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/systemd.h"
#include "cli/until_signal.h"
#include "cli/verb.h"
#include "forward/forwarder.h"
#include "store/data_folder.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

constexpr const char kSystemFolder[] = "/var/lib/tocsin-forward", kSystemConfig[] = "/etc/tocsin/forward.yaml";

struct ForwardArguments {
  std::array<std::vector<std::string>, kForwardSettingIds> given;
  std::string config, data, code, authority_file;
  bool status = false, as_json = false;
};

void describe(CLI::App& app, ForwardArguments& args) {
  for (std::size_t id = 0; id < kForwardSettingIds; ++id) {
    const ForwardSetting& setting = kForwardSettings[id];
    std::string meaning(setting.meaning);
    if (!setting.preset.empty()) meaning += fmt::format(" (default: {})", setting.preset);
    CLI::Option* const option = app.add_option(std::string(setting.option), args.given[id], meaning);
    option->type_name(std::string(setting.placeholder))->allow_extra_args(false);
    if (!setting.several) option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  app.add_option("--config", args.config, fmt::format("settings (default: {}, if it is there)", kSystemConfig))->type_name("FILE");
  app.add_option("--data", args.data, fmt::format("where its key, its certificate and its buffer are (default: {} for root, else ~/.local/state/tocsin-forward)", kSystemFolder))->type_name("DIR");
  app.add_option("--enrol", args.code, "become a sender of the service at --server by this code, which `tocsin sender add NAME --enrol` prints there; then end")->type_name("CODE");
  app.add_option("--ca", args.authority_file, "with --enrol: whom to believe, where the service shows a certificate of your own (PEM)")->type_name("FILE");
  app.add_flag("--status", args.status, "say how it stands: what waits, what was acknowledged, what was lost");
  app.add_flag("--json", args.as_json, "with --status: as JSON");
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string data_folder(const ForwardArguments& args) {
  if (!args.data.empty()) return args.data;
  const std::string state = environment("XDG_STATE_HOME"), home = environment("HOME");
  if (::geteuid() == 0 || (state.empty() && home.empty())) return kSystemFolder;
  return (state.empty() ? home + "/.local/state" : state) + "/tocsin-forward";
}

ForwardSettings read_settings(Env& env, const ForwardArguments& args, std::vector<std::string>& mistakes) {
  ForwardSettings settings;
  for (std::size_t id = 0; id < kForwardSettingIds; ++id) {
    if (!args.given[id].empty()) settings.set(static_cast<ForwardSettingId>(id), args.given[id], std::string(kForwardSettings[id].option), mistakes);
  }
  const Status read = settings.read_file(env, args.config.empty() ? kSystemConfig : args.config, mistakes);
  if (!read && (!args.config.empty() || read.error().code != Code::kNotFound)) mistakes.push_back(read.error().message);
  return settings;
}

int enrol(Env& env, const ForwardArguments& args, const ForwardSettings& settings, const std::string& folder) {
  forward::EnrolOptions options{.folder = folder, .server = settings.text(kForwardServer), .code = args.code, .authority = {}};
  if (options.server.empty()) return complain("--enrol takes --server HOST:PORT, where the service takes RELP over TLS"), kUsage;
  if (!args.authority_file.empty()) {
    const Result<std::string> authority = env.read_file(args.authority_file, forward::kIdentityFileBytesMax);
    if (!authority) return complain(authority.error().message), kUsage;
    options.authority = *authority;
  }
  const Result<std::unique_ptr<FileLock>> lock = env.lock_file(folder + "/" + forward::kLockFile);
  if (!lock) return complain(lock.error().message + "; stop the `tocsin forward` that runs on this data first"), kUsage;
  if (const Status enrolled = forward::enrol(env, options); !enrolled) return complain(enrolled.error().message), kIncomplete;
  fmt::print(stderr, "tocsin: this host is a sender of {} now; its key is in {} and nowhere else. `tocsin forward` sends from now on\n", options.server, folder);
  return kDone;
}

std::uint64_t count(const json::object& status, const char* name) {
  const json::value* const value = status.if_contains(name);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

std::string text_of(const json::object& status, const char* name) {
  const json::value* const value = status.if_contains(name);
  return value == nullptr || !value->is_string() ? "" : std::string(value->as_string());
}

void print_status(const json::object& status, bool runs) {
  const json::value* const connected = status.if_contains("connected");
  const bool up = runs && connected != nullptr && connected->is_bool() && connected->as_bool();
  fmt::print("{}, {}\n", runs ? "running" : "not running", up ? "connected to " + text_of(status, "server") : "not connected to " + text_of(status, "server"));
  fmt::print("{:<14} {:>14}\n", "taken", count(status, "taken"));
  fmt::print("{:<14} {:>14}\n", "acknowledged", count(status, "acknowledged"));
  fmt::print("{:<14} {:>14}   {} of {} bytes on the disk\n", "waiting", count(status, "queued"), count(status, "queued_bytes"), count(status, "queue_bytes_max"));
  fmt::print("{:<14} {:>14}   since the start, repeats too\n", "sent", count(status, "sent"));
  fmt::print("{:<14} {:>14}\n{:<14} {:>14}\n", "refused", count(status, "refused"), "lost", count(status, "lost"));
  const json::value* const sources = status.if_contains("sources");
  for (const json::value& each : sources != nullptr && sources->is_array() ? sources->as_array() : json::array()) {
    const json::object& source = each.as_object();
    fmt::print("{:<14} {:>14}   {}\n", text_of(source, "source"), count(source, "records"), terminal_safe(text_of(source, "trouble")));
  }
  if (const std::string trouble = text_of(status, "trouble"); !trouble.empty()) fmt::print("{}\n", terminal_safe(trouble));
}

int show_status(Env& env, const ForwardArguments& args, const std::string& folder) {
  const Result<std::string> text = env.read_file(folder + "/" + forward::kStatusFile, forward::kStatusBytesMax);
  if (!text) return complain(text.error().message + "; has `tocsin forward` run on this data?"), kUsage;
  const bool runs = !env.lock_file(folder + "/" + forward::kLockFile);
  json::error_code wrong;
  const json::value status = json::parse(*text, wrong);
  if (wrong || !status.is_object()) return complain(folder + "/" + forward::kStatusFile + ": is damaged; it is written anew while `tocsin forward` runs"), kIncomplete;
  if (args.as_json) return fmt::print("{}", *text), kDone;
  print_status(status.as_object(), runs);
  return kDone;
}

forward::ForwarderOptions forwarder_options(const ForwardSettings& settings, const std::string& folder, ProgramStarter* shell) {
  forward::ForwarderOptions options;
  options.folder = folder;
  options.server = settings.text(kForwardServer);
  options.files = settings.texts(kForwardFiles);
  const std::string journal = settings.text(kForwardJournal);
  options.journal = journal != "no";
  if (journal.starts_with('/')) options.journal_folder = journal;
  options.inventory_every_us = static_cast<TimeUs>(settings.number(kForwardInventory)) * 60'000'000;
  options.host = machine_names().front();
  options.buffer_bytes_max = settings.number(kForwardBuffer);
  options.shell = shell;
  options.say = complain_lines;
  return options;
}

/// Landlock forbids to look at other processes, which the inventory does; then what it may write is left to the unit.
Status confine(ServiceSandbox& sandbox, const forward::ForwarderOptions& options) {
  if (options.inventory_every_us == 0) return sandbox.confine_files({options.folder});
  forbid_dumps();
  return {};
}

int forward_until_signal(Env& env, const ForwardSettings& settings, const std::string& folder) {
  std::unique_ptr<ProgramStarter> shell;
  if (settings.text(kForwardJournal) != "no") {
    Result<std::unique_ptr<ProgramStarter>> starter = ProgramStarter::fork("/bin/sh");
    if (!starter) return complain(starter.error().message), kUsage;
    shell = std::move(*starter);
  }
  const forward::ForwarderOptions options = forwarder_options(settings, folder, shell.get());
  if (options.files.empty() && !options.journal && options.inventory_every_us == 0) return complain("there is nothing to send: --file, --journal and --inventory say what"), kUsage;
  ServiceSandbox sandbox;
  if (const Status confined = confine(sandbox, options); !confined) return complain(confined.error().message), kUsage;
  Result<std::unique_ptr<forward::Forwarder>> forwarder = forward::Forwarder::open(env, options);
  if (!forwarder && forwarder.error().code == Code::kNotFound) {
    return complain("this host is not enrolled: at the service, `tocsin sender add NAME --enrol` prints a code; here, `tocsin forward --server HOST:PORT --enrol CODE`"), kUsage;
  }
  if (!forwarder) return complain(forwarder.error().message), kUsage;
  const UntilSignal signal;
  (*forwarder)->start();
  if (const Status confined = sandbox.confine_calls(true); !confined) return complain(confined.error().message), kUsage;
  const Sandbox in_force = sandbox.in_force();
  complain("its sandbox: " + in_force.text());
  tell_systemd("READY=1");
  (*forwarder)->run([&] { return signal.came(); });
  tell_systemd("STOPPING=1");
  return kDone;
}

}  // namespace

int run_forward(Env& env, const std::vector<std::string>& arguments) {
  ForwardArguments args;
  CLI::App app("Sends this host's logs and inventory to a service, over TLS; what is not acknowledged waits on the disk.", "tocsin forward");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::string folder = data_folder(args);
  if (args.status) return show_status(env, args, folder);
  std::vector<std::string> mistakes;
  const ForwardSettings settings = read_settings(env, args, mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  if (!mistakes.empty()) return kUsage;
  ::umask(077);
  if (const Status made = make_folders(env, folder); !made) return complain(made.error().message), kUsage;
  return args.code.empty() ? forward_until_signal(env, settings, folder) : enrol(env, args, settings, folder);
}

}  // namespace tocsin::cli
