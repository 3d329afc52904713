// The options of every verb that parses events: --mappings, and --source and --authserv-id of those that read files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/parse.h"
#include "pipeline/forced_format.h"

namespace tocsin::cli {

void add_mappings_option(CLI::App& app, std::vector<std::string>& mappings);
/// --timezone of the verbs that read files.
void add_timezone_option(CLI::App& app, std::vector<std::string>& zones);
void add_source_option(CLI::App& app, std::vector<std::string>& sources);
void add_authserv_option(CLI::App& app, std::vector<std::string>& authserv_ids);
/// What --source says, checked; nothing if it is wrong (the reason was said).
std::optional<std::vector<ForcedFormat>> forced_formats(const std::vector<std::string>& sources, const Taxonomy& taxonomy);

}  // namespace tocsin::cli
