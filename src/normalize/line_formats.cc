#include "normalize/access_log.h"
#include "normalize/line_format.h"

namespace tocsin {

namespace {

template <class Format>
std::unique_ptr<LineFormat> make(PathTable& paths) {
  return std::make_unique<Format>(paths);
}

}  // namespace

const std::vector<LineFormatRow>& line_formats() {
  static const std::vector<LineFormatRow> formats = {
      {"access log", make<AccessLogParser>},
  };
  return formats;
}

}  // namespace tocsin
