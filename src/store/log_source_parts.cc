#include "store/log_source_parts.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin::store {
namespace {

void add_part(std::vector<std::string>& parts, const std::string& part) {
  std::string text = folded(part);
  if (!text.empty() && std::ranges::find(parts, text) == parts.end()) parts.push_back(std::move(text));
}

}  // namespace

LogSourceParts parts_of(const LogSourceClass& log_source) {
  LogSourceParts parts;
  for (const LogSource& source : log_source.sources) {
    add_part(parts.products, source.product);
    add_part(parts.categories, source.category);
    add_part(parts.services, source.service);
  }
  return parts;
}

}  // namespace tocsin::store
