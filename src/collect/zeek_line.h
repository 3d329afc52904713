// Lines of JSON in the shape of Zeek's logs, so that what is known of those (log sources, OCSF, rules) holds for flows out of captures: the head that all logs of a
// connection share, and conn.log itself. Pure functions, safe from any thread; nothing fails.
//
//   {"_path":"conn","ts":1772439330.120000,"uid":"C…","id.orig_h":"10.20.0.31","id.orig_p":50122,"id.resp_h":"203.0.113.7","id.resp_p":443,"proto":"tcp", … "community_id":"1:…"}
//
// What is other than in Zeek: `uid` is made of the ends and the time of the first packet, so that it is the same each time a capture is read; orig_bytes and resp_bytes are the payload of the packets
// that were seen, so what was sent twice counts twice; of ICMP the ports are type and code, or the type that answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collect/flow_table.h"

namespace tocsin {

/// Numbers of members with names: append_member(line, "id.resp_p", 443).
void append_member(std::string& line, std::string_view name, std::uint64_t value);
void append_member_text(std::string& line, std::string_view name, std::string_view text);
void append_member_flag(std::string& line, std::string_view name, bool value);
/// Seconds with six digits behind the point; nine where the clock has them.
void append_member_seconds(std::string& line, std::string_view name, std::int64_t ns);

/// Begins a line: path, time, uid, ends, protocol.
void append_zeek_head(std::string& line, std::string_view path, std::int64_t time_ns, const Flow& flow);
/// conn.log's state of a connection: S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH.
std::string_view conn_state(const Flow& flow);
/// A whole line, with its end.
void append_conn_line(std::string& out, const Flow& flow);
/// weird.log: something about the capture as a whole.
void append_weird_line(std::string& out, std::int64_t time_ns, std::string_view name, std::string_view text);

}  // namespace tocsin
