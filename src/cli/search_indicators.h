// `tocsin search --indicators FILE`: which indicators stored events name. The files are read, and said in the words of what is kept, before the process gives up all that a search does not need.
#pragma once

#include "base/env.h"
#include "cli/enrich_options.h"
#include "cli/search_question.h"

namespace tocsin::cli {

/// What to exit with.
int search_indicators(Env& env, const SearchArguments& args, const EnrichOptions& enrich, const EventSearchOptions& options);

}  // namespace tocsin::cli
