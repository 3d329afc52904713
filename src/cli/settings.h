// The settings of the service, in one table: from it come the options of `tocsin serve`, the keys of its configuration file, what `tocsin config` shows,
// and the page docs/settings.md. A value comes from the command line, else from the file, else it is the default. The file is YAML; a name with a dot is a
// key below a key:
//
//   listen:
//     bulk: 0.0.0.0:9200
//   keep:
//     days: 90
//
// A key that is not in the table, or a value that cannot be, is a mistake with its place; all of them are told.
//
//   Settings settings;
//   settings.read_file(env, path, mistakes);
//   settings.set(kKeepDays, {"90"}, "--keep-days", mistakes);
//   settings.number(kKeepDays);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

enum SettingId : std::uint8_t { kRules, kPipelines, kBulk, kHec, kSyslog, kStoreAfter, kKeepDays, kKeepBytes, kSettingIds };

struct Setting {
  enum class Kind : std::uint8_t {
    kText,
    kTexts,   // one, or a list
    kNumber,  // from 0 to `most`
    kBytes,   // a number with or without a unit: 500MB, 20GB
  };
  std::string_view name, option, placeholder;
  Kind kind = Kind::kText;
  std::uint64_t most = 0;
  std::string_view preset;  // what holds if nobody says; "" of kTexts: none
  std::string_view meaning;
  bool live = false;  // another value holds after `tocsin reload`; else from the next start on
};

inline constexpr std::array<Setting, kSettingIds> kSettings = {{
    {"rules", "--rules", "PATH", Setting::Kind::kTexts, 0, "", "Sigma rules: a file, a folder, or 'builtin'; in place of the built-in ones", true},
    {"pipelines", "--pipeline", "FILE", Setting::Kind::kTexts, 0, "", "pySigma processing pipelines (YAML)", true},
    {"listen.bulk", "--bulk", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:9200", "where to take Elasticsearch _bulk requests"},
    {"listen.hec", "--hec", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:8088", "where to take Splunk HEC requests"},
    {"listen.syslog", "--syslog", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:5514", "where to take syslog, over UDP and TCP"},
    {"store.after_seconds", "--store-after", "SECONDS", Setting::Kind::kNumber, 86'400, "600", "what came in is in a segment at the latest so many seconds later", true},
    {"keep.days", "--keep-days", "DAYS", Setting::Kind::kNumber, 36'500, "0", "delete events that were received longer ago; 0: keep them", true},
    {"keep.bytes", "--keep-bytes", "BYTES", Setting::Kind::kBytes, UINT64_MAX, "0", "delete the oldest events where segments have more bytes (20GB); 0: keep them", true},
}};

class Settings {
 public:
  struct Value {
    std::vector<std::string> texts;  // one, but for kTexts
    std::string source;              // "default", "--keep-days", "tocsin.yaml:7"
  };

  Settings();

  /// Values of the file, where no option has set one; kNotFound or kIo if it cannot be read. Mistakes are told, the rest is taken.
  Status read_file(Env& env, const std::string& path, std::vector<std::string>& mistakes);
  /// The same of `path` or, if that is "", of the usual place, where there need be none. What cannot be read is a mistake.
  void read_chosen(Env& env, const std::string& path, std::vector<std::string>& mistakes);
  void set(SettingId id, std::vector<std::string> texts, std::string source, std::vector<std::string>& mistakes);

  /// Names of settings that are not `live` and have another value here than in `other`.
  std::vector<std::string> fixed_that_differ(const Settings& other) const;

  const Value& value(SettingId id) const { return values_[id]; }
  const std::string& text(SettingId id) const { return values_[id].texts.front(); }
  std::uint64_t number(SettingId id) const;

 private:
  std::array<Value, kSettingIds> values_;
};

/// The value of kNumber and kBytes; nothing if it is none, or too large.
std::optional<std::uint64_t> read_number(const Setting& setting, std::string_view text);
/// $XDG_CONFIG_HOME/tocsin/tocsin.yaml, for root /etc/tocsin/tocsin.yaml.
std::string default_config_file();
/// docs/settings.md, but for its head.
std::string settings_page();

}  // namespace tocsin::cli
