// For tests: a report, and archives around it.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tocsin {

inline constexpr std::string_view kReportHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made for tests -->\n<feedback>\n <version>1.0</version>\n <report_metadata><org_name>receiver.example</org_name><email>dmarc@receiver.example</email>"
    "<report_id>77</report_id><date_range><begin>1772323200</begin><end>1772409599</end></date_range></report_metadata>\n"
    " <policy_published><domain>example.org</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct></policy_published>\n";
inline constexpr std::string_view kReportRow =
    " <record><row><source_ip>192.0.2.7</source_ip><count>2</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>pass</spf></policy_evaluated></row>"
    "<identifiers><header_from>example.org</header_from></identifiers>"
    "<auth_results><dkim><domain>a.example</domain><result>pass</result></dkim><dkim><domain>b.example</domain><result>fail</result></dkim><spf><domain>example.org</domain><result>pass</result></spf></auth_results></record>\n";
inline constexpr std::string_view kReportEnd = "</feedback>\n";

inline std::string report_text(std::size_t rows = 1) {
  std::string text(kReportHead);
  while (rows-- > 0) text += kReportRow;
  return text.append(kReportEnd);
}

/// One member of a zip archive. `behind`: its sizes stand behind it, as writers to a pipe do.
inline std::string zip_member(const std::string& name, const std::string& text, bool deflated = true, bool behind = false) {
  std::string packed = text;
  if (deflated) {
    z_stream zlib{};
    deflateInit2(&zlib, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    packed.assign(deflateBound(&zlib, text.size()), 0);
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    zlib.avail_in = static_cast<uInt>(text.size());
    zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
    zlib.avail_out = static_cast<uInt>(packed.size());
    deflate(&zlib, Z_FINISH);
    packed.resize(zlib.total_out);
    deflateEnd(&zlib);
  }
  const auto crc = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  std::string out = "PK\x03\x04", sizes;
  append_number<std::uint32_t>(sizes, crc);
  append_number<std::uint32_t>(sizes, static_cast<std::uint32_t>(packed.size()));
  append_number<std::uint32_t>(sizes, static_cast<std::uint32_t>(text.size()));
  append_number<std::uint16_t>(out, 20);
  append_number<std::uint16_t>(out, behind ? 8 : 0);
  append_number<std::uint16_t>(out, deflated ? 8 : 0);
  append_number<std::uint32_t>(out, 0);
  out += behind ? std::string(12, '\0') : sizes;
  append_number<std::uint16_t>(out, static_cast<std::uint16_t>(name.size()));
  append_number<std::uint16_t>(out, 0);
  out += name + packed;
  return behind ? out + "PK\x07\x08" + sizes : out;
}

/// What stands behind the members; nobody here reads it.
inline constexpr std::string_view kZipEnd = "PK\x01\x02 directory";

}  // namespace tocsin
