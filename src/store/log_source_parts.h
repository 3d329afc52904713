// What a class of log sources is, part by part, as columns hold it: folded, each once, the empty left out. A pure function.
#pragma once

#include <string>
#include <vector>

#include "event/log_source.h"

namespace tocsin::store {

struct LogSourceParts {
  std::vector<std::string> products, categories, services;
};

LogSourceParts parts_of(const LogSourceClass& log_source);

}  // namespace tocsin::store
