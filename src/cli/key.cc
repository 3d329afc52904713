// tocsin key: which key the data is sealed under, and another one in its place, whether a service runs or not.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"
#include "store/key_exchange.h"

namespace tocsin::cli {

namespace {

int show(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Shows the mark by which the key is told, as backups name it. The key itself is shown nowhere.", "tocsin key show");
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<SealKeys> keys = read_key(env, data.key_file());
  if (!keys) return complain(keys.error().message), kUsage;
  fmt::print("{} {}\n", key_mark(keys->now), terminal_safe(data.key_file()));
  if (keys->before) complain("the exchange of this key was cut short: `tocsin key rotate`, or the next start of the service, ends it");
  return kDone;
}

/// In place of the service, or by it if it runs.
Result<std::string> rotate_key(Env& env, const DataFolder& data, const std::string& key_file) {
  const Result<std::unique_ptr<FileLock>> lock = env.lock_file(data.lock());
  if (!lock && lock.error().code == Code::kDenied) {
    const std::string mark = TRY(ask_service(data.control(), {"rotate-key", {}}));
    return mark.size() < 2 ? mark : mark.substr(1, mark.size() - 2);  // a JSON string of digits
  }
  if (!lock) return lock.error();
  const SealKeys keys = TRY(exchange_key(env, data, key_file, [](const SealKeys&) {}));
  return key_mark(keys.now);
}

int rotate(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Puts a new key in place of the one in use; what is sealed under it is sealed anew. A service that runs goes on.", "tocsin key rotate");
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ::umask(077);
  const Result<std::string> mark = rotate_key(env, data.folder(), data.key_file());
  if (!mark) return complain_lines(mark.error().message), kIncomplete;
  fmt::print("the key is another one now: {}\nBackups made before need the key from before: keep a copy of it as long as you keep them.\n", terminal_safe(*mark));
  return kDone;
}

constexpr const char* kHelp =
    "The key that the stored data is sealed under (docs/formats/key.md).\n\n"
    "  tocsin key show     the mark by which it is told\n"
    "  tocsin key rotate   another one in its place\n";

}  // namespace

int run_key(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "key", {{"show", show}, {"rotate", rotate}}, kHelp);
}

}  // namespace tocsin::cli
