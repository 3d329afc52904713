// Formats that a user says certain inputs have, whatever their lines look like (--source GLOB=FORMAT). Pure; the names of formats are checked once, against
// a taxonomy, and looked up for each block.
//
//   const ForcedFormat one = TRY(read_forced_format("/var/log/app/*.log=hdfs"));
//   parser.force(forced_format(all, "/var/log/app/a.log"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "normalize/taxonomy.h"

namespace tocsin {

struct ForcedFormat {
  std::string glob;    // of the shell, over the whole name of an input; a '*' passes slashes too
  std::string format;  // or 'vpc flow: COLUMNS' (text.h)
};

/// kInvalid if it is not GLOB=FORMAT. The last '=' divides.
Result<ForcedFormat> read_forced_format(const std::string& text);
/// kInvalid if there is no such format; says which there are.
Status check_forced_formats(const Taxonomy& taxonomy, const std::vector<ForcedFormat>& forced);
/// Of the last one that fits, "" if none does.
std::string_view forced_format(const std::vector<ForcedFormat>& forced, std::string_view source);

}  // namespace tocsin
