// The native access log of Squid, under the names that W3C logs of proxies and rules use:
//
//   1772439330.120    180 192.0.2.7 TCP_MISS/200 411 GET http://www.example/a?b=c ann HIER_DIRECT/203.0.113.7 text/html
//
// Fields: timestamp, time-taken (milliseconds), c-ip, s-action, sc-status, sc-bytes, cs-method, cs-uri, cs-uri-stem,
// cs-uri-query, c-uri-extension, cs-host, cs-username, s-hierarchy, r-ip, rs-content-type. "-" is null. What may follow
// the content type (headers in brackets) is in the line only. Pieces of the line, nothing allocated; one per thread.
#pragma once

#include <string_view>

#include "normalize/line_format.h"

namespace tocsin {

class SquidLogParser : public LineFormat {
 public:
  explicit SquidLogParser(PathTable& paths);

  bool parse(std::string_view line, TextArena& arena, Event& event) override;

 private:
  void add_target(std::string_view target, Event& event);

  PathId timestamp_, time_taken_, c_ip_, s_action_, sc_status_, sc_bytes_, cs_method_, cs_uri_, cs_uri_stem_,
      cs_uri_query_, c_uri_extension_, cs_host_, cs_username_, s_hierarchy_, r_ip_, rs_content_type_;
};

}  // namespace tocsin
