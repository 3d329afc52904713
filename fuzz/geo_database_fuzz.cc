// Any bytes as a database of where addresses are: refused, or looked up by the library without harm. The first byte says whether the rest is taken as it is, or as the data and the tree of a database
// whose metadata is good, so that what is behind it is reached.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "enrich/geo_database.h"
#include "enrich/geo_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tocsin::enrich::GeoAnswer;
  using tocsin::enrich::GeoDatabase;
  using tocsin::enrich::GeoWriter;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string database(bytes);
  if (data[0] % 4 != 0) {
    constexpr unsigned kRecordBits[] = {24, 28, 32};
    GeoWriter writer(data[0] % 8 < 4 ? 4 : 6, kRecordBits[data[0] % 4 - 1], "fuzz");
    writer.add("5.0.0.0/8", std::string(bytes));
    writer.add("2.0.0.0/7", GeoWriter::map({{"city", GeoWriter::pointer(0)}, {"country", GeoWriter::pointer(1)}}));
    database = writer.bytes();
  }
  const auto opened = GeoDatabase::from_bytes(database, "fuzz.mmdb");
  if (!opened) return 0;
  for (const char* const address : {"5.1.2.3", "2.1.2.3", "8.8.8.8", "255.1.2.3", "2a00::1", "::1", "ffff::"}) {
    GeoAnswer answer;
    (void)(*opened)->look_up(*tocsin::read_ip(address), answer);
  }
  return 0;
}
