// CLI11 throws; this is the one place that catches it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "event/level.h"

namespace tocsin::cli {

/// Nothing if the arguments were understood; else what to exit with (help was asked for, or the mistake was named).
inline std::optional<int> parse_arguments(CLI::App& app, const std::vector<std::string>& arguments) {
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
}

/// As CLI11 checks a choice among them.
inline std::vector<std::string> level_words() { return {kLevelWords.begin(), kLevelWords.end()}; }

}  // namespace tocsin::cli
