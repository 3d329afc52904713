// What people filter events by, under one name whatever the source calls it: the host, the user, the program … normalize fills an
// EventColumns from an Event (which fields, in which order: content/mappings/columns.yml); the store writes it beside the raw
// record. A column that the event says nothing about is empty. Reused from event to event, so filling one allocates nothing once warm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/log_source.h"

namespace tocsin {

enum class Column : std::uint8_t {
  kHost,
  kUser,
  kProcess,
  kParentProcess,
  kCommandLine,
  kSourceIp,
  kSourcePort,
  kDestinationIp,
  kDestinationPort,
  kDomain,
  kHash,
  kFile,
  kRegistryKey,
  kEventCode,
  kOutcome,
};
inline constexpr std::array<std::string_view, 15> kColumnNames = {
    "host",           "user",             "process", "parent_process", "command_line", "source_ip",  "source_port",
    "destination_ip", "destination_port", "domain",  "hash",           "file",         "registry_key", "event_code",
    "outcome"};
inline constexpr std::size_t kColumns = kColumnNames.size();

/// A set of columns, as bits.
constexpr std::uint32_t column_bit(Column column) { return std::uint32_t{1} << static_cast<unsigned>(column); }
static_assert(kColumns < 30);
/// Columns that can answer for the fields that fill them (EventColumns::partial): of hashes and the outcome they hold something else.
inline constexpr std::uint32_t kToldColumns =
    (std::uint32_t{1} << kColumns) - 1 - column_bit(Column::kHash) - column_bit(Column::kOutcome);
/// Nothing at all can be said by columns: of a record that does not parse or is no UTF-8.
inline constexpr std::uint32_t kAllPartial = std::uint32_t{1} << 30;

/// Hashes of one event; Sysmon writes four at most.
inline constexpr std::size_t kEventHashesMax = 16;

struct EventColumns {
  static constexpr std::int32_t kNoPort = -1;

  TimeUs time = kNoTime;
  LogSourceId log_source = LogSourceTable::kUnknown;
  /// By Column; those of kHash and the two ports stay empty, theirs are below. Addresses, domain and outcome in folded case.
  std::array<std::string, kColumns> texts;
  std::vector<std::string> hashes;  // hexadecimal, lower case, each once
  std::int32_t source_port = kNoPort, destination_port = kNoPort;

  /// By PartialColumns of normalize: columns of kToldColumns that do not hold everything that the event says in fields of theirs: there is another value, or a longer one.
  std::uint32_t partial = 0;

  const std::string& text(Column column) const { return texts[static_cast<std::size_t>(column)]; }
  std::string& text(Column column) { return texts[static_cast<std::size_t>(column)]; }
};

}  // namespace tocsin
