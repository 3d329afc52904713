// What a database says, against what was written into it; and that no damage gets as far as the library.
#include "enrich/geo_database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/memory_env.h"
#include "enrich/geo_testing.h"

namespace tocsin::enrich {
namespace {

using W = GeoWriter;

std::string city(const std::string& country, const std::string& name, double latitude, double longitude) {
  return W::map({{"city", W::map({{"names", W::map({{"de", W::text("anders")}, {"en", W::text(name)}})}})},
                 {"continent", W::map({{"code", W::text("EU")}})},
                 {"country", W::map({{"iso_code", W::text(country)}, {"names", W::map({{"en", W::text("Country of " + country)}})}})},
                 {"location", W::map({{"latitude", W::real(latitude)}, {"longitude", W::real(longitude)}})},
                 {"subdivisions", W::list({W::map({{"names", W::map({{"en", W::text("Region")}})}})})}});
}

GeoAnswer ask(const GeoDatabase& database, const char* address) {
  GeoAnswer answer;
  (void)database.look_up(*read_ip(address), answer);
  return answer;
}

std::unique_ptr<const GeoDatabase> open(const std::string& bytes) {
  Result<std::unique_ptr<const GeoDatabase>> database = GeoDatabase::from_bytes(bytes, "test.mmdb");
  EXPECT_TRUE(database) << database.error().message;
  return database ? std::move(*database) : nullptr;
}

TEST(GeoDatabase, CityAsMaxMindHasIt) {
  for (const unsigned bits : {24u, 28u, 32u}) {
    for (const unsigned version : {4u, 6u}) {
      W writer(version, bits, "Test-City");
      writer.add("5.0.0.0/8", city("DE", "Berlin", 52.5, 13.4));
      writer.add("5.1.0.0/16", city("FR", "Paris", 48.9, 2.3));
      if (version == 6) writer.add("2a00:1450::/32", city("IE", "Dublin", 53.3, -6.2));
      const auto database = open(writer.bytes());
      ASSERT_NE(database, nullptr);
      const GeoAnswer berlin = ask(*database, "5.9.9.9"), paris = ask(*database, "5.1.2.3");
      ASSERT_TRUE(berlin.geo && paris.geo);
      EXPECT_EQ(berlin.geo->city, "Berlin");
      EXPECT_EQ(berlin.geo->country_code, "DE");
      EXPECT_EQ(berlin.geo->country, "Country of DE");
      EXPECT_EQ(berlin.geo->continent_code, "EU");
      EXPECT_EQ(berlin.geo->region, "Region");
      EXPECT_EQ(*berlin.geo->latitude, 52.5);
      EXPECT_EQ(paris.geo->city, "Paris");
      EXPECT_EQ(network_text(paris.network), "5.1.0.0/16");
      EXPECT_FALSE(ask(*database, "6.0.0.1").geo);
      EXPECT_EQ(ask(*database, "2a00:1450::5").geo.has_value(), version == 6);
      EXPECT_EQ(database->metadata().type, "Test-City");
      EXPECT_EQ(database->metadata().records, version == 6 ? 3u : 2u);
    }
  }
}

TEST(GeoDatabase, FlatRecordsAndAutonomousSystems) {
  W writer(6, 24, "flat");
  writer.add("5.0.0.0/8", W::map({{"country_code", W::text("DE")}, {"city", W::text("Bonn")}, {"latitude", W::single(50.5f)}, {"longitude", W::single(7.25f)}}));
  writer.add("6.0.0.0/8", W::map({{"autonomous_system_number", W::uint32(64'496)}, {"autonomous_system_organization", W::text("Example AS")}}));
  writer.add("7.0.0.0/8", W::map({{"country", W::text("US")}, {"asn", W::text("AS64497")}, {"as_name", W::text("Another")}}));
  writer.add("9.0.0.0/8", W::map({{"latitude", W::real(91)}, {"longitude", W::real(0)}}));
  const auto database = open(writer.bytes());
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(ask(*database, "5.0.0.1").geo->city, "Bonn");
  EXPECT_EQ(*ask(*database, "5.0.0.1").geo->longitude, 7.25);
  EXPECT_FALSE(ask(*database, "6.0.0.1").geo);
  EXPECT_EQ(ask(*database, "6.0.0.1").as->number, 64'496u);
  EXPECT_EQ(ask(*database, "6.0.0.1").as->organisation, "Example AS");
  EXPECT_EQ(ask(*database, "7.0.0.1").geo->country_code, "US");
  EXPECT_EQ(ask(*database, "7.0.0.1").as->number, 64'497u);
  EXPECT_FALSE(ask(*database, "9.0.0.1").geo) << "no place on earth";
}

TEST(GeoDatabase, ALongNameIsCutBetweenCharacters) {
  W writer(4, 24, "long");
  std::string name = "x";
  while (name.size() < kGeoTextBytesMax + 9) name += "\u00fc";
  writer.add("5.0.0.0/8", W::map({{"city", W::text(name)}}));
  writer.add("6.0.0.0/8", W::map({{"city", W::text("\xFF")}}));
  const auto database = open(writer.bytes());
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(ask(*database, "5.0.0.1").geo->city, name.substr(0, kGeoTextBytesMax - 1));
  EXPECT_FALSE(ask(*database, "6.0.0.1").geo) << "no UTF-8";
}

TEST(GeoDatabase, AValueBehindAPointer) {
  W writer(4, 24, "pointers");
  const std::size_t name = writer.add("7.0.0.0/8", W::text("Shared City"));
  writer.add("5.0.0.0/8", W::map({{"city", W::pointer(static_cast<std::uint32_t>(name))}}));
  const auto database = open(writer.bytes());
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(ask(*database, "5.0.0.1").geo->city, "Shared City");
}

/// Made-up networks, against a list that is searched from its end: the last one that holds an address is the smallest.
TEST(GeoDatabase, SaysWhatTheListSays) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const unsigned bits[] = {24, 28, 32};
    W writer(round % 2 == 0 ? 4 : 6, bits[round % 3], "random");
    std::vector<std::pair<IpNetwork, std::string>> list;
    for (int i = 0; i < 200; ++i) {
      const auto size = static_cast<unsigned>(96 + 1 + random() % 32);
      const IpAddress any{0, std::uint64_t{0xFFFF} << 32 | (0x05000000u + (random() & 0x00FF'FFFFu))};
      list.push_back({{first_bits(any, size), size}, "c" + std::to_string(i)});
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.first.bits < b.first.bits; });
    for (const auto& [network, name] : list) writer.add(network_text(network), W::map({{"city", W::text(name)}}));
    const auto database = open(writer.bytes());
    ASSERT_NE(database, nullptr);
    for (int i = 0; i < 2'000; ++i) {
      const IpAddress address{0, std::uint64_t{0xFFFF} << 32 | (0x05000000u + (random() & 0x00FF'FFFFu))};
      std::string wanted;
      for (const auto& [network, name] : list) {
        if (network.holds(address)) wanted = name;
      }
      GeoAnswer answer;
      const bool found = database->look_up(address, answer);
      ASSERT_EQ(found ? answer.geo->city : "", wanted);
    }
  }
}

/// Every part of the file missing from its end, and every byte another: it is refused or answers, and never more.
TEST(GeoCheck, DamageIsRefusedOrHarmless) {
  W writer(6, 28, "Test-City");
  const std::size_t shared = writer.add("9.0.0.0/8", W::text("Shared"));
  writer.add("5.0.0.0/8", city("DE", "Berlin", 52.5, 13.4));
  writer.add("2a00::/12", W::map({{"city", W::pointer(static_cast<std::uint32_t>(shared))}}));
  const std::string good = writer.bytes();
  ASSERT_TRUE(check_geo_database(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(check_geo_database(good.substr(0, size))) << size;
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int by : {1, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ by);
      const Result<std::unique_ptr<const GeoDatabase>> database = GeoDatabase::from_bytes(bad, "bad.mmdb");
      if (!database) ++refused;
      if (!database) continue;
      for (const char* const address : {"5.1.2.3", "9.1.2.3", "1.1.1.1", "2a00::1", "ffff::"}) (void)ask(**database, address);
    }
  }
  EXPECT_GT(refused, good.size() / 4);
}

std::string trouble_of(const std::string& bytes) {
  const Result<GeoMetadata> checked = check_geo_database(bytes);
  return checked ? "" : checked.error().message;
}

TEST(GeoCheck, SaysWhatIsWrong) {
  EXPECT_EQ(trouble_of(""), "it is no MaxMind database (.mmdb), or its end is missing");
  const auto with = [](const std::string& record) {
    W writer(4, 24, "x");
    writer.add("5.0.0.0/8", record);
    return trouble_of(writer.bytes());
  };
  EXPECT_NE(with(W::pointer(99)).find("a pointer leads out of it"), std::string::npos);
  EXPECT_NE(with(W::pointer(0)).find("a pointer leads to a pointer"), std::string::npos);
  EXPECT_NE(with(W::control(7, 1) + W::uint32(1) + W::uint32(2)).find("the key of a map is no text"), std::string::npos);
  EXPECT_NE(with(W::control(2, 9) + "short").find("it ends within a value"), std::string::npos);
  EXPECT_NE(with(W::control(3, 7) + "1234567").find("a size that its type has not"), std::string::npos);
  EXPECT_NE(with(W::control(12, 0)).find("of a type that no database has"), std::string::npos);
  EXPECT_NE(with(std::string("\0\x09", 2)).find("of a type that does not exist"), std::string::npos);
  W writer(4, 32, "x");
  writer.add("5.0.0.0/8", W::text("x"));
  std::string out = writer.bytes();
  out[3] = '\x7F';
  EXPECT_EQ(trouble_of(out), "its tree is damaged: node 0 leads out of the file");
  EXPECT_EQ(with(W::map({{"a", W::pointer(0)}})), "") << "a circle is never walked, since no path asks for it";
}

TEST(GeoCheck, NestingAndSizeAreBounded) {
  const auto with = [](const std::string& record) {
    W writer(4, 24, "x");
    writer.add("5.0.0.0/8", record);
    return trouble_of(writer.bytes());
  };
  std::string nested = W::text("x");
  for (int i = 0; i < kGeoDepthMax; ++i) nested = W::list({nested});
  EXPECT_EQ(with(nested), "");
  EXPECT_NE(with(W::list({nested})).find("nested too deep"), std::string::npos);
  const std::vector<std::string> many(kGeoRecordValuesMax - 1, W::uint16(1));
  EXPECT_EQ(with(W::list(many)), "");
  EXPECT_NE(with(W::list({W::list(many)})).find("too many values"), std::string::npos);
}

/// A text in which pointers find lists, all with the same 4,000 items behind a text that leads there: seven bytes each, and each is walked once more.
TEST(GeoCheck, RecordsThatOverlapAreBounded) {
  constexpr std::size_t kBlockBytes = 7, kPadding = 400, kItems = 4'000;
  const auto with = [](std::size_t blocks) {
    std::string inside;
    for (std::size_t i = 0; i < blocks; ++i) inside += W::control(11, kItems) + W::control(2, (blocks - i - 1) * kBlockBytes + kPadding);
    EXPECT_EQ(inside.size(), blocks * kBlockBytes);
    inside += std::string(kPadding, 'x') + std::string(kItems, '\x40');
    W writer(4, 32, "overlap");
    const std::size_t base = writer.add("5.0.0.0/8", W::text(inside)) + W::control(2, inside.size()).size();
    std::vector<std::string> pointers;
    for (std::size_t i = 0; i < blocks; ++i) pointers.push_back(W::pointer(static_cast<std::uint32_t>(base + i * kBlockBytes)));
    writer.add("6.0.0.0/8", W::list(pointers));
    return trouble_of(writer.bytes());
  };
  EXPECT_EQ(with(100), "");
  EXPECT_NE(with(1'000).find("overlap more than those of any real database"), std::string::npos);
}

TEST(GeoDatabase, AFileThatIsNoneIsNamed) {
  MemoryEnv env;
  env.add_file("/etc/passwd", "root:x:0:0\n");
  const auto database = GeoDatabase::open(env, "/etc/passwd");
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().message, "/etc/passwd: it is no MaxMind database (.mmdb), or its end is missing");
  EXPECT_FALSE(GeoDatabase::open(env, "/nowhere.mmdb"));
}

}  // namespace
}  // namespace tocsin::enrich
