// The settings of `tocsin forward`, in one table: its options, the keys of its file, and docs/forward.md have them from here. A value comes from the command line, else from the
// file, else it is the default; all mistakes are told, each with its place.
//
//   ForwardSettings settings;
//   settings.set(kForwardFiles, {"/var/log/*.log"}, "--file", mistakes);
//   TRY(settings.read_file(env, path, mistakes));
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace tocsin::cli {

enum ForwardSettingId : std::uint8_t { kForwardServer, kForwardFiles, kForwardJournal, kForwardInventory, kForwardBuffer, kForwardSettingIds };

struct ForwardSetting {
  std::string_view name, option, placeholder, preset, meaning;
  bool several = false;
};

inline constexpr std::array<ForwardSetting, kForwardSettingIds> kForwardSettings = {{
    {"forward.server", "--server", "HOST:PORT", "", "where the service takes RELP over TLS (listen.relp); without it, where this host was enrolled"},
    {"forward.files", "--file", "PATH", "", "log files to follow, through their rotations: a file, a folder (of Windows event logs, too), or a pattern such as '/var/log/*.log'", true},
    {"forward.journal", "--journal", "yes|no|DIR", "no", "whether to send this machine's journal (systemd), or the journal files of a folder"},
    {"forward.inventory", "--inventory", "MINUTES", "60", "how often to send what processes, sockets, accounts and packages there are; 0: never"},
    {"forward.buffer", "--buffer", "BYTES", "256MB", "what may wait on the disk for the service; where it is full, sources wait"},
}};

class ForwardSettings {
 public:
  ForwardSettings();

  /// A value that cannot be is a mistake, and changes nothing.
  void set(ForwardSettingId id, std::vector<std::string> texts, const std::string& source, std::vector<std::string>& mistakes);
  /// Keeps what was set before.
  Status read_file(Env& env, const std::string& path, std::vector<std::string>& mistakes);

  const std::vector<std::string>& texts(ForwardSettingId id) const { return values_[id]; }
  std::string text(ForwardSettingId id) const { return values_[id].empty() ? std::string() : values_[id].front(); }
  std::uint64_t number(ForwardSettingId id) const;

 private:
  std::array<std::vector<std::string>, kForwardSettingIds> values_;
  std::array<bool, kForwardSettingIds> set_{};
};

/// What of `text` is wrong; "" if it is good.
std::string forward_mistake(ForwardSettingId id, std::string_view text);
/// The table of docs/forward.md.
std::string forward_settings_page();

}  // namespace tocsin::cli
