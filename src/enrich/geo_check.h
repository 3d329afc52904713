// Whether bytes are a database of the MaxMind DB File Format (specification 2.0) that can be looked up without surprise. libmaxminddb, which looks up, is not ours: what it
// is given has been checked here from the first byte to the last, so that a damaged or a hostile file is refused with the place, and never met while an event waits.
//
//   tree      node_count nodes of two records, 24, 28 or 32 bits each: a node, nothing (= node_count), or node_count + 16 + an offset into the data
//   16 zeros
//   data      values, each a control byte (type, size), perhaps more of them, and its bytes; a pointer stands for a value elsewhere
//   metadata  behind the last "\xAB\xCD\xEFMaxMind.com" within the last 128 KiB: a map
//
// Checked: every record of every node, every value that a record leads to and all that it holds; sizes, types, keys, pointers (none to another pointer). Pure; time is linear in
// the bytes and, where records share parts, bounded by a number of values for each byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::enrich {

/// The largest that are sold have some 700 MB; a database stands in memory.
inline constexpr std::size_t kGeoDatabaseBytesMax = std::size_t{1} << 30;
/// Maps and lists within each other; real ones have 4. The library's recursion goes as deep.
inline constexpr int kGeoDepthMax = 16;
/// Within one record, without those behind pointers: what the library passes over while it looks for a key. Real ones have 150.
inline constexpr std::size_t kGeoRecordValuesMax = 4'096;
/// Values that are looked at for each byte of data, all records together: records that share parts are looked at more than once.
inline constexpr std::size_t kGeoChecksPerByte = 8;

/// What the metadata says.
struct GeoMetadata {
  std::string type;               // GeoLite2-City
  std::uint32_t nodes = 0;
  unsigned record_bits = 0;       // 24, 28, 32
  unsigned ip_version = 0;        // 4, 6
  std::uint64_t built = 0;        // seconds since 1970
  std::size_t records = 0;        // distinct ones
};

/// kInvalid with what is wrong and where.
Result<GeoMetadata> check_geo_database(std::string_view bytes);

}  // namespace tocsin::enrich
