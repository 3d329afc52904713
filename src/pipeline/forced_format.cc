#include "pipeline/forced_format.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include "normalize/text.h"

namespace tocsin {

Result<ForcedFormat> read_forced_format(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return Error{Code::kInvalid, fmt::format("'{}' is not GLOB=FORMAT, such as '/var/log/app/*.log=syslog'", text)};
  }
  return ForcedFormat{text.substr(0, equals), text.substr(equals + 1)};
}

Status check_forced_formats(const Taxonomy& taxonomy, const std::vector<ForcedFormat>& forced) {
  PathTable paths(taxonomy);
  TextParser parser(paths, &taxonomy.formats());
  for (const ForcedFormat& one : forced) {
    if (parser.force(one.format)) continue;
    if (one.format.find(':') != std::string::npos) {
      return Error{Code::kInvalid, fmt::format("'{}' names no columns: behind 'vpc flow:' stand those of the flow log in their order, such as 'vpc flow: version vpc-id srcaddr dstaddr srcport dstport action'", one.format)};
    }
    std::string names;
    for (const std::string& name : parser.format_names()) names += (names.empty() ? "" : ", ") + name;
    return Error{Code::kInvalid, fmt::format("there is no format '{}' ({})", one.format, names)};
  }
  return {};
}

std::string_view forced_format(const std::vector<ForcedFormat>& forced, std::string_view source) {
  if (forced.empty()) return {};
  const std::string name(source);
  for (std::size_t i = forced.size(); i-- > 0;) {
    if (::fnmatch(forced[i].glob.c_str(), name.c_str(), 0) == 0) return forced[i].format;
  }
  return {};
}

}  // namespace tocsin
