#include "normalize/access_log.h"
#include "normalize/cef.h"
#include "normalize/event_xml.h"
#include "normalize/key_value.h"
#include "normalize/line_format.h"
#include "normalize/squid_log.h"

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
      {"squid log", make<SquidLogParser>},
      {"event xml", make<EventXmlParser>},
      {"cef", make<CefParser>},
      {"key value", make<KeyValueParser>},
  };
  return formats;
}

}  // namespace tocsin
