#include "cli/data_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/output.h"
#include "store/query.h"

namespace tocsin::cli {

namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// `variable` or, without it, `below_home` in the home folder; "" if there is none.
std::string user_folder(const char* variable, const char* below_home) {
  const std::string chosen = environment(variable), home = environment("HOME");
  if (!chosen.empty()) return chosen + "/tocsin";
  return home.empty() ? "" : home + below_home + "/tocsin";
}

}  // namespace

void DataOptions::add_to(CLI::App& app, bool with_key) {
  app.add_option("--data", data, "the data folder (default: /var/lib/tocsin for root, else ~/.local/state/tocsin)")->type_name("DIR");
  if (!with_key) return;
  app.add_option("--key-file", key, "the key of the data (default: systemd's credential tocsin-key, /etc/tocsin/key for root, else "
                                    "~/.config/tocsin/key); made if it is not there")->type_name("FILE");
}

DataFolder DataOptions::folder() const {
  if (!data.empty()) return {data};
  const std::string below_home = user_folder("XDG_STATE_HOME", "/.local/state");
  return {::geteuid() == 0 || below_home.empty() ? "/var/lib/tocsin" : below_home};
}

std::string DataOptions::key_file() const {
  if (!key.empty()) return key;
  const std::string credentials = environment("CREDENTIALS_DIRECTORY");
  if (!credentials.empty() && Env::system().exists(credentials + "/tocsin-key")) return credentials + "/tocsin-key";
  const std::string below_home = user_folder("XDG_CONFIG_HOME", "/.config");
  return (::geteuid() == 0 || below_home.empty() ? "/etc/tocsin" : below_home) + "/key";
}

bool read_time_option(const char* option, const std::string& text, TimeUs now, std::optional<TimeUs>& time) {
  if (text.empty()) return true;
  const Result<TimeUs> read = store::parse_since(text, now);
  if (!read) return complain(fmt::format("{}: {}", option, read.error().message)), false;
  time = *read;
  return true;
}

}  // namespace tocsin::cli
