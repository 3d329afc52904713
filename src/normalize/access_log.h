// Access logs of web servers in the forms of Apache httpd and nginx, under the names that W3C logs and rules use:
//
//   common     192.0.2.7 - ann [05/Jan/2024:03:02:01 +0000] "GET /a?b=c HTTP/1.1" 200 512
//   combined   … "https://www.example/" "Mozilla/5.0 …" [anything]
//   vhost      www.example:443 192.0.2.7 - - [05/Jan/2024:…] …
//
// Fields: c-ip, cs-username, timestamp, cs-method, cs-uri (the target as sent), cs-uri-stem, cs-uri-query, cs-version,
// sc-status, sc-bytes, cs-referer, cs-user-agent, cs-host and s-port (vhost, or a target with a host). "-" is null. Inside quotes both servers
// write a backslash before what would end them; it stays. A line is one of these if a date in the servers' form stands
// in brackets after three or more words. Pieces of the line, nothing allocated; one per thread.
#pragma once

#include <string_view>

#include "normalize/line_format.h"

namespace tocsin {

class AccessLogParser : public LineFormat {
 public:
  explicit AccessLogParser(PathTable& paths);

  bool parse(std::string_view line, TextArena& arena, Event& event) override;

 private:
  bool add_client(std::string_view words, Event& event);
  void add_host(std::string_view host, Event& event);
  void add_request(std::string_view request, Event& event);

  PathId c_ip_, cs_username_, timestamp_, cs_method_, cs_uri_, cs_uri_stem_, cs_uri_query_, cs_version_, sc_status_,
      sc_bytes_, cs_referer_, cs_user_agent_, cs_host_, s_port_;
};

}  // namespace tocsin
