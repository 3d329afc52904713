// The columns that the store writes for every event beside the raw record and its source-native fields: the one table from
// which queries get their names, the compiler its SQL, and docs/formats/query.md its page. Whoever writes segments makes
// these columns of these types. Constant data; safe from any thread.
//
//   const QueryColumn* column = find_column("Image");  // the column process, by an alias; nullptr: a source-native field
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::store {

enum class ColumnType : std::uint8_t {
  kText,      // VARCHAR
  kTextList,  // VARCHAR[]: an event has several
  kInteger,   // INTEGER
  kTime,      // TIMESTAMP, microseconds, UTC
};

struct QueryColumn {
  std::string_view name;  // in queries, and of the SQL column
  ColumnType type = ColumnType::kText;
  bool folded = false;       // the store writes its values in folded case (base/text.h)
  std::string_view aliases;  // separated by single spaces, lower case
  std::string_view holds;    // for people
};

inline constexpr QueryColumn kQueryColumns[] = {
    {"time", ColumnType::kTime, false, "timestamp @timestamp", "when it happened"},
    {"id", ColumnType::kText, false, "", "the event's id: source and journal position"},
    {"source", ColumnType::kText, false, "", "the sender or file that the record came from"},
    {"product", ColumnType::kTextList, true, "", "log source, in Sigma's terms; an event can be several at once"},
    {"category", ColumnType::kTextList, true, "", "the same"},
    {"service", ColumnType::kTextList, true, "", "the same"},
    {"host", ColumnType::kText, false, "hostname computer computername", "the machine that it happened on"},
    {"user", ColumnType::kText, false, "username account", "who did it"},
    {"process", ColumnType::kText, false, "image exe process_path", "path of the program"},
    {"parent_process", ColumnType::kText, false, "parentimage parent_image", "path of the program that started it"},
    {"command_line", ColumnType::kText, false, "commandline command cmdline", "the command line"},
    {"source_ip", ColumnType::kText, true, "sourceip src_ip src", "address that the traffic came from"},
    {"source_port", ColumnType::kInteger, false, "sourceport src_port", "its port"},
    {"destination_ip", ColumnType::kText, true, "destinationip dest_ip dst_ip dst", "address that it went to"},
    {"destination_port", ColumnType::kInteger, false, "destinationport dest_port dst_port port", "its port"},
    {"domain", ColumnType::kText, true, "queryname", "name looked up or connected to"},
    {"hash", ColumnType::kTextList, true, "md5 sha1 sha256 imphash", "hashes of the file, hexadecimal"},
    {"file", ColumnType::kText, false, "targetfilename filename file_path", "path of the file acted on"},
    {"registry_key", ColumnType::kText, false, "targetobject", "registry key or value acted on"},
    {"event_code", ColumnType::kText, false, "eventid event_id",
     "the source's own number or name for this kind of event"},
    {"outcome", ColumnType::kText, true, "", "success, failure or unknown"},
    {"raw", ColumnType::kText, false, "record", "the record as it was received"},
};
inline constexpr std::uint16_t kQueryColumnCount = sizeof kQueryColumns / sizeof kQueryColumns[0];

/// The column of this name or alias, in any case; nullptr if there is none.
const QueryColumn* find_column(std::string_view name);
/// The table as docs/formats/query.md has it.
std::string columns_page();

}  // namespace tocsin::store
