// One database of where addresses are or who announces them, in the MaxMind DB File Format (GeoLite2 and GeoIP2 City, Country, ASN; DB-IP, IPinfo and others in the same format).
// libmaxminddb looks up; it maps a file, and a file that is cut while it is mapped ends the program, so it gets a copy in memory that has no name and cannot be cut (memfd, sealed), and only
// after geo_check.h has gone through it. Immutable once open, safe from any thread.
//
//   const auto database = TRY(GeoDatabase::open(env, "/etc/tocsin/GeoLite2-City.mmdb"));
//   GeoAnswer answer;
//   if (database->look_up(*read_ip("8.8.8.8"), answer)) use(answer.geo, answer.as, answer.network);
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/env.h"
#include "enrich/geo_check.h"
#include "base/ip_network.h"
#include "event/enrichment.h"

namespace tocsin::enrich {

/// A name or a code in a record; what is longer is cut: it goes into alerts.
inline constexpr std::size_t kGeoTextBytesMax = 256;

struct GeoAnswer {
  std::optional<GeoFact> geo;
  std::optional<AsFact> as;
  IpNetwork network;  // all of it has this record
};

/// The place alone, without the words for it.
struct GeoPlace {
  std::array<char, 2> country{};  // ISO 3166-1, two letters; zeros: not known
  std::optional<double> latitude = {}, longitude = {};  // degrees; both or neither
  double radius_km = 0;           // within which it is; 0: not said
};

class GeoDatabase {
 public:
  /// kInvalid, kLimit, kIo or kNotFound, with the file and what is wrong with it.
  static Result<std::unique_ptr<const GeoDatabase>> open(Env& env, const std::string& path);
  /// The same of bytes that somebody has read.
  static Result<std::unique_ptr<const GeoDatabase>> from_bytes(std::string_view bytes, const std::string& path);
  ~GeoDatabase();

  /// False if it says nothing of the address.
  bool look_up(const IpAddress& address, GeoAnswer& answer) const;
  /// The same of the place alone, without allocation.
  bool look_up(const IpAddress& address, GeoPlace& place) const;
  const GeoMetadata& metadata() const { return metadata_; }
  const std::string& path() const { return path_; }

 private:
  struct Library;
  GeoDatabase(std::string path, GeoMetadata metadata, std::unique_ptr<Library> library);

  const std::string path_;
  const GeoMetadata metadata_;
  const std::unique_ptr<Library> library_;
};

}  // namespace tocsin::enrich
