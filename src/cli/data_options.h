// The options of every verb that works on a data folder, and what they are when nobody says: a system service keeps its data in
// /var/lib/tocsin and its key in /etc/tocsin, a user below $XDG_STATE_HOME and $XDG_CONFIG_HOME.
#pragma once

#include <string>

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

}  // namespace tocsin::cli
