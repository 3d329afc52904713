// The options of every verb that works on a data folder, and what they are when nobody says: a system service keeps its data in
// /var/lib/tocsin and its key in /etc/tocsin, a user below $XDG_STATE_HOME and $XDG_CONFIG_HOME.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "cli/parse.h"
#include "store/data_folder.h"

namespace tocsin::cli {

struct DataOptions {
  std::string data, key;

  void add_to(CLI::App& app, bool with_key);
  /// With what was left out filled in.
  DataFolder folder() const;
  std::string key_file() const;
};

/// The value of --since or --until: RFC 3339, or 30m, 24h, 7d before `now`; "" leaves `time` as it is. False, and said why, if it is no time.
bool read_time_option(const char* option, const std::string& text, TimeUs now, std::optional<TimeUs>& time);

}  // namespace tocsin::cli
