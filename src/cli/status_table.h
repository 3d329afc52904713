// `tocsin.status/1` as a page for people. Pure; kInvalid if the text is no such status.
//
//   fmt::print("{}", TRY(status_table(status_json(status))));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::cli {

/// Whether a service runs, and says of nothing that it is wrong.
bool is_well(std::string_view status);
Result<std::string> status_table(std::string_view status);

}  // namespace tocsin::cli
