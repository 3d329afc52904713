#include "enrich/geo_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <maxminddb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/descriptor.h"
#include "base/text.h"

namespace tocsin::enrich {

/// Closes what it holds.
struct GeoDatabase::Library {
  MMDB_s database{};
  bool open = false;
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (open) ::MMDB_close(&database);
  }
  /// Nothing if it says nothing of the address.
  std::optional<MMDB_lookup_result_s> find(const IpAddress& address, unsigned ip_version) const;
};

std::optional<MMDB_lookup_result_s> GeoDatabase::Library::find(const IpAddress& address, unsigned ip_version) const {
  const bool v4 = address.is_v4();
  if (!v4 && ip_version == 4) return std::nullopt;
  sockaddr_in in4{};
  sockaddr_in6 in6{};
  if (v4) {
    in4.sin_family = AF_INET;
    in4.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(address.low));
  } else {
    in6.sin6_family = AF_INET6;
    for (unsigned i = 0; i < 8; ++i) {
      in6.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
      in6.sin6_addr.s6_addr[8 + i] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
    }
  }
  int error = MMDB_SUCCESS;
  const MMDB_lookup_result_s found = ::MMDB_lookup_sockaddr(&database, v4 ? reinterpret_cast<const sockaddr*>(&in4) : reinterpret_cast<const sockaddr*>(&in6), &error);
  if (error != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
  return found;
}

namespace {

Error failed(const std::string& what) { return Error{Code::kIo, fmt::format("{}: {}", what, std::strerror(errno))}; }

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failed("no memory for a copy of it");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Status map(const std::string& path, MMDB_s& database) {
  const int code = ::MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database);
  if (code == MMDB_IO_ERROR || code == MMDB_FILE_OPEN_ERROR) return failed("its copy cannot be opened");
  if (code != MMDB_SUCCESS) return Error{Code::kInvalid, fmt::format("libmaxminddb refuses it: {}", ::MMDB_strerror(code))};
  return {};
}

/// Where there is no /proc the copy is a file, without a name once it is mapped.
Status map_file(std::string_view bytes, MMDB_s& database) {
  const char* const chosen = std::getenv("TMPDIR");
  std::string path = std::string(chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp") + "/tocsin-geo-XXXXXX";
  const Descriptor copy(::mkostemp(path.data(), O_CLOEXEC));
  if (copy.get() < 0) return failed("there is neither /proc nor room for a copy of it in " + path.substr(0, path.rfind('/')));
  Status done = write_all(copy.get(), bytes);
  if (done) done = map(path, database);
  ::unlink(path.c_str());
  return done;
}

/// The library opens by name; that of a descriptor is below /proc.
Status map_copy(std::string_view bytes, MMDB_s& database) {
  const Descriptor copy(::memfd_create("tocsin-geo", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (copy.get() < 0) return map_file(bytes, database);
  TRY(write_all(copy.get(), bytes));
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) return failed("its copy cannot be sealed");
  const std::string path = fmt::format("/proc/self/fd/{}", copy.get());
  return ::access(path.c_str(), R_OK) == 0 ? map(path, database) : map_file(bytes, database);
}

using Path = const char* const*;

/// A value of a record by the keys that lead to it; nullptr ends them.
class Record {
 public:
  explicit Record(MMDB_entry_s& entry) : entry_(entry) {}

  bool find(Path path, MMDB_entry_data_s& data) const { return ::MMDB_aget_value(&entry_, &data, path) == MMDB_SUCCESS && data.has_data; }
  /// The first of these paths that leads to a text.
  template <std::size_t kPaths, std::size_t kKeys>
  std::string text(const char* const (&paths)[kPaths][kKeys]) const {
    for (const auto& path : paths) {
      MMDB_entry_data_s data;
      if (!find(path, data) || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size == 0) continue;
      return cut({data.utf8_string, data.data_size});
    }
    return {};
  }
  template <std::size_t kPaths, std::size_t kKeys>
  std::optional<double> number(const char* const (&paths)[kPaths][kKeys]) const {
    for (const auto& path : paths) {
      MMDB_entry_data_s data;
      if (!find(path, data)) continue;
      if (data.type == MMDB_DATA_TYPE_DOUBLE) return data.double_value;
      if (data.type == MMDB_DATA_TYPE_FLOAT) return data.float_value;
      if (data.type == MMDB_DATA_TYPE_UINT16) return data.uint16;
      if (data.type == MMDB_DATA_TYPE_UINT32) return data.uint32;
      if (data.type == MMDB_DATA_TYPE_UTF8_STRING) return number_in({data.utf8_string, data.data_size});
    }
    return std::nullopt;
  }

 private:
  static std::string cut(std::string_view text) {
    if (!is_valid_utf8(text)) return {};
    std::size_t size = std::min(text.size(), kGeoTextBytesMax);
    while (size < text.size() && size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xC0) == 0x80) --size;
    return std::string(text.substr(0, size));
  }
  /// "37.4" or, of an autonomous system, "AS15169".
  static std::optional<double> number_in(std::string_view text) {
    if (text.starts_with("AS")) text.remove_prefix(2);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  MMDB_entry_s& entry_;
};

constexpr const char* kEnd = nullptr;
// MaxMind's and DB-IP's own databases nest, with names by language; others are flat.
constexpr const char* kContinentCode[][3] = {{"continent", "code", kEnd}, {"continent_code", kEnd, kEnd}};
constexpr const char* kCountryCode[][3] = {{"country", "iso_code", kEnd}, {"country_code", kEnd, kEnd}, {"country", kEnd, kEnd}};
constexpr const char* kCountry[][4] = {{"country", "names", "en", kEnd}, {"country_name", kEnd, kEnd, kEnd}};
constexpr const char* kRegion[][5] = {{"subdivisions", "0", "names", "en", kEnd}, {"state1", kEnd, kEnd, kEnd, kEnd}, {"region", kEnd, kEnd, kEnd, kEnd}, {"region_name", kEnd, kEnd, kEnd, kEnd}};
constexpr const char* kCity[][4] = {{"city", "names", "en", kEnd}, {"city", kEnd, kEnd, kEnd}, {"city_name", kEnd, kEnd, kEnd}};
constexpr const char* kLatitude[][3] = {{"location", "latitude", kEnd}, {"latitude", kEnd, kEnd}, {"lat", kEnd, kEnd}};
constexpr const char* kLongitude[][3] = {{"location", "longitude", kEnd}, {"longitude", kEnd, kEnd}, {"lng", kEnd, kEnd}};
constexpr const char* kRadius[][3] = {{"location", "accuracy_radius", kEnd}, {"accuracy_radius", kEnd, kEnd}};  // in kilometres
constexpr const char* kAsNumber[][2] = {{"autonomous_system_number", kEnd}, {"asn", kEnd}};
constexpr const char* kAsOrganisation[][2] = {{"autonomous_system_organization", kEnd}, {"as_name", kEnd}};

/// Half way round; no place is off by more.
constexpr double kEarthKmMax = 20'040;

struct Position {
  double latitude, longitude;
};
std::optional<Position> position_of(const Record& record) {
  const std::optional<double> latitude = record.number(kLatitude), longitude = record.number(kLongitude);
  const bool is_one = latitude && longitude && *latitude >= -90 && *latitude <= 90 && *longitude >= -180 && *longitude <= 180;
  return is_one ? std::optional(Position{*latitude, *longitude}) : std::nullopt;
}

std::optional<GeoFact> geo_of(const Record& record) {
  GeoFact geo;
  geo.continent_code = record.text(kContinentCode);
  geo.country_code = record.text(kCountryCode);
  geo.country = record.text(kCountry);
  geo.region = record.text(kRegion);
  geo.city = record.text(kCity);
  if (const std::optional<Position> at = position_of(record)) {
    geo.latitude = at->latitude;
    geo.longitude = at->longitude;
  }
  const bool says_something = !geo.continent_code.empty() || !geo.country_code.empty() || !geo.country.empty() || !geo.region.empty() || !geo.city.empty() || geo.latitude;
  return says_something ? std::optional(std::move(geo)) : std::nullopt;
}

std::optional<AsFact> as_of(const Record& record) {
  const std::optional<double> number = record.number(kAsNumber);
  std::string organisation = record.text(kAsOrganisation);
  const bool good = number && *number >= 1 && *number <= 4'294'967'295.0;
  if (!good && organisation.empty()) return std::nullopt;
  return AsFact{good ? static_cast<std::uint32_t>(*number) : 0, std::move(organisation)};
}

}  // namespace

GeoDatabase::GeoDatabase(std::string path, GeoMetadata metadata, std::unique_ptr<Library> library)
    : path_(std::move(path)), metadata_(std::move(metadata)), library_(std::move(library)) {}

GeoDatabase::~GeoDatabase() = default;

Result<std::unique_ptr<const GeoDatabase>> GeoDatabase::open(Env& env, const std::string& path) {
  const std::string bytes = TRY(env.read_file(path, kGeoDatabaseBytesMax));
  return from_bytes(bytes, path);
}

Result<std::unique_ptr<const GeoDatabase>> GeoDatabase::from_bytes(std::string_view bytes, const std::string& path) {
  const auto of_file = [&](const Error& error) { return Error{error.code, path + ": " + error.message}; };
  Result<GeoMetadata> metadata = check_geo_database(bytes);
  if (!metadata) return of_file(metadata.error());
  auto library = std::make_unique<Library>();
  if (const Status mapped = map_copy(bytes, library->database); !mapped) return of_file(mapped.error());
  library->open = true;
  return std::unique_ptr<const GeoDatabase>(new GeoDatabase(path, std::move(*metadata), std::move(library)));
}

bool GeoDatabase::look_up(const IpAddress& address, GeoAnswer& answer) const {
  std::optional<MMDB_lookup_result_s> found = library_->find(address, metadata_.ip_version);
  if (!found) return false;
  // In a database of IPv6, IPv4 stands at ::/96; its own bits are what is behind.
  const unsigned bits = !address.is_v4() ? found->netmask : metadata_.ip_version == 4 ? found->netmask + 96u : std::max<unsigned>(found->netmask, 96);
  answer.network = {first_bits(address, bits), bits};
  const Record record(found->entry);
  answer.geo = geo_of(record);
  answer.as = as_of(record);
  return answer.geo || answer.as;
}

bool GeoDatabase::look_up(const IpAddress& address, GeoPlace& place) const {
  std::optional<MMDB_lookup_result_s> found = library_->find(address, metadata_.ip_version);
  if (!found) return false;
  const Record record(found->entry);
  const std::string country = record.text(kCountryCode);  // of two letters: no allocation
  if (country.size() == 2) place.country = {country[0], country[1]};
  if (const std::optional<Position> at = position_of(record)) {
    place.latitude = at->latitude;
    place.longitude = at->longitude;
    place.radius_km = std::clamp(record.number(kRadius).value_or(0), 0.0, kEarthKmMax);
  }
  return place.country[0] != 0 || place.latitude;
}

}  // namespace tocsin::enrich
