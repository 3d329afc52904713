#include "enrich/enricher.h"

#include <gtest/gtest.h>

#include <random>

#include "base/memory_env.h"
#include "enrich/geo_testing.h"

namespace tocsin::enrich {
namespace {

using W = GeoWriter;

std::string city_database() {
  W writer(6, 28, "Test-City");
  writer.add("8.8.8.0/24", W::map({{"country", W::map({{"iso_code", W::text("US")}})}}));
  writer.add("10.0.0.0/8", W::map({{"country", W::map({{"iso_code", W::text("XX")}})}}));
  return writer.bytes();
}

std::string as_database() {
  W writer(4, 24, "Test-ASN", 1'700'000'000);
  writer.add("8.0.0.0/8", W::map({{"autonomous_system_number", W::uint32(64'496)}, {"autonomous_system_organization", W::text("Example")}}));
  return writer.bytes();
}

EnrichSettings all_settings() {
  EnrichSettings settings;
  settings.databases = {"city.mmdb", "as.mmdb"};
  settings.assets = {"assets.yml"};
  settings.lists = {*read_reputation("file=bad.txt,name=bad,category=botnet,score=90")};
  return settings;
}

void add_files(MemoryEnv& env) {
  env.add_file("city.mmdb", city_database());
  env.add_file("as.mmdb", as_database());
  env.add_file("assets.yml", "assets:\n  - {name: dc01, addresses: [10.0.0.10, 8.8.8.8], accounts: [svc]}\n");
  env.add_file("bad.txt", "8.8.8.8\nbad.example.org\nd41d8cd98f00b204e9800998ecf8427e\n10.0.0.0/8\n");
}

std::string kinds(const std::vector<Enrichment>& facts) {
  std::string all;
  for (const Enrichment& one : facts) all += (all.empty() ? "" : " ") + std::string(fact_kind(one.fact));
  return all;
}

TEST(Enricher, EachEntityIsAskedWhatItCanBeAskedFor) {
  MemoryEnv env;
  add_files(env);
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, all_settings(), notes);
  ASSERT_TRUE(enricher) << enricher.error().message;
  const auto ask = [&](EntityType type, std::string_view value) {
    std::vector<Enrichment> facts;
    (*enricher)->look_up(type, value, facts);
    return kinds(facts);
  };
  EXPECT_EQ(ask(EntityType::kIp, "8.8.8.8"), "geo as asset reputation");
  EXPECT_EQ(ask(EntityType::kIp, "8.9.9.9"), "as");
  EXPECT_EQ(ask(EntityType::kIp, "10.0.0.10"), "asset") << "a private address is nowhere, and named by no list of others";
  EXPECT_EQ(ask(EntityType::kIp, "no address"), "");
  EXPECT_EQ(ask(EntityType::kHost, "DC01.example.org"), "asset");
  EXPECT_EQ(ask(EntityType::kHost, "8.8.8.8"), "geo as asset reputation");
  EXPECT_EQ(ask(EntityType::kDomain, "www.bad.example.org"), "reputation");
  EXPECT_EQ(ask(EntityType::kUrl, "http://www.bad.example.org:8080/x"), "reputation");
  EXPECT_EQ(ask(EntityType::kUrl, "www.bad.example.org:443"), "reputation");
  EXPECT_EQ(ask(EntityType::kUrl, "/bad.example.org"), "");
  EXPECT_EQ(ask(EntityType::kUrl, "http://8.8.8.8/x"), "geo as asset reputation");
  EXPECT_EQ(ask(EntityType::kMailbox, "ada@bad.example.org"), "reputation");
  EXPECT_EQ(ask(EntityType::kUser, "EXAMPLE\\svc"), "asset");
  EXPECT_EQ(ask(EntityType::kHash, "SHA1=da39a3ee5e6b4b0d3255bfef95601890afd80709,MD5=D41D8CD98F00B204E9800998ECF8427E"), "reputation");
  EXPECT_EQ(ask(EntityType::kProcess, "bad.example.org"), "");
  std::vector<Enrichment> facts;
  (*enricher)->look_up(EntityType::kIp, "8.8.8.8", facts);
  EXPECT_EQ(facts[0].source.record, "8.8.8.0/24");
  EXPECT_EQ(facts[1].source.record, "8.0.0.0/8");
  EXPECT_EQ(facts[1].source.name, "Test-ASN");
  EXPECT_EQ(facts[1].value, "8.8.8.8");
}

TEST(Enricher, ADatabaseOfCitiesGoesBeforeOneOfCountries) {
  MemoryEnv env;
  W country(4, 24, "Country"), city(4, 24, "City");
  country.add("8.0.0.0/8", W::map({{"country_code", W::text("US")}}));
  city.add("8.8.0.0/16", W::map({{"country_code", W::text("US")}, {"city", W::text("Springfield")}}));
  env.add_file("country.mmdb", country.bytes());
  env.add_file("city.mmdb", city.bytes());
  for (const std::vector<std::string>& order : {std::vector<std::string>{"country.mmdb", "city.mmdb"}, std::vector<std::string>{"city.mmdb", "country.mmdb"}}) {
    EnrichSettings settings;
    settings.databases = order;
    std::vector<std::string> notes;
    const auto enricher = Enricher::load(env, settings, notes);
    ASSERT_TRUE(enricher);
    std::vector<Enrichment> in_city, elsewhere;
    (*enricher)->look_up(EntityType::kIp, "8.8.8.8", in_city);
    (*enricher)->look_up(EntityType::kIp, "8.9.9.9", elsewhere);
    ASSERT_EQ(kinds(in_city), "geo");
    EXPECT_EQ(std::get<GeoFact>(in_city[0].fact).city, "Springfield");
    ASSERT_EQ(kinds(elsewhere), "geo");
    EXPECT_EQ(elsewhere[0].source.name, "Country");
  }
}

/// Of an address: the place on the map goes before a country alone, and what is nowhere in particular has none.
TEST(PlaceMemory, SaysWhereAddressesAre) {
  MemoryEnv env;
  W country(6, 24, "Country"), city(6, 24, "City");
  country.add("8.0.0.0/8", W::map({{"country_code", W::text("US")}}));
  country.add("2001:db9::/32", W::map({{"country_code", W::text("FR")}}));
  country.add("10.0.0.0/8", W::map({{"country_code", W::text("XX")}}));
  city.add("8.8.0.0/16", W::map({{"country", W::map({{"iso_code", W::text("DE")}})}, {"location", W::map({{"latitude", W::real(52.5)}, {"longitude", W::real(13.25)}, {"accuracy_radius", W::uint16(20)}})}}));
  city.add("9.0.0.0/8", W::map({{"latitude", W::real(1)}, {"longitude", W::real(2)}, {"accuracy_radius", W::uint32(4'000'000'000)}}));
  env.add_file("country.mmdb", country.bytes());
  env.add_file("city.mmdb", city.bytes());
  EnrichSettings settings;
  settings.databases = {"country.mmdb", "city.mmdb"};
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, settings, notes);
  ASSERT_TRUE(enricher) << enricher.error().message;
  EXPECT_TRUE((*enricher)->has_databases());
  PlaceMemory memory(*enricher);
  const auto country_of = [&](const char* address) { return std::string(memory.place_of(*read_ip(address)).country.data(), 2); };
  const std::string none(2, '\0');
  for (int again = 0; again < 2; ++again) {
    const GeoPlace berlin = memory.place_of(*read_ip("8.8.1.1"));
    EXPECT_EQ(std::string(berlin.country.data(), 2), "DE");
    EXPECT_EQ(berlin.latitude, 52.5);
    EXPECT_EQ(berlin.longitude, 13.25);
    EXPECT_EQ(berlin.radius_km, 20);
    EXPECT_EQ(country_of("8.9.1.1"), "US");
    EXPECT_FALSE(memory.place_of(*read_ip("8.9.1.1")).latitude);
    EXPECT_EQ(country_of("2001:db9::7"), "FR");
    EXPECT_EQ(country_of("10.0.0.7"), none) << "another one's in every network";
    EXPECT_EQ(country_of("1.1.1.1"), none) << "in no database";
    EXPECT_EQ(memory.place_of(*read_ip("9.1.1.1")).latitude, 1);
    EXPECT_LE(memory.place_of(*read_ip("9.1.1.1")).radius_km, 20'040);
  }
  for (std::uint64_t i = 0; i < 3 * kMemorySlots; ++i) {  // more than are remembered
    const IpAddress address{0, 0xFFFF'0808'0000 + i};
    ASSERT_EQ(memory.place_of(address).latitude, (*enricher)->place_of(address).latitude) << i;
  }
}

TEST(Enricher, FactsOfOneEntityAreBounded) {
  MemoryEnv env;
  const std::string hashes[] = {std::string(32, 'a'), std::string(32, 'b'), std::string(32, 'c')};
  env.add_file("f", hashes[0] + "\n" + hashes[1] + "\n" + hashes[2] + "\n");
  EnrichSettings settings;
  for (std::size_t i = 0; i < kReputationsMax + 1; ++i) settings.lists.push_back(*read_reputation("file=f,name=n" + std::to_string(i)));
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, settings, notes);
  ASSERT_TRUE(enricher);
  std::vector<Enrichment> facts;
  (*enricher)->look_up(EntityType::kHash, "A=" + hashes[0] + ",B=" + hashes[1] + ",C=" + hashes[2], facts);
  EXPECT_EQ(facts.size(), kFactsMax);
}

TEST(Enricher, AllThatIsWrongIsTold) {
  MemoryEnv env;
  add_files(env);
  env.add_file("city.mmdb", "not one");
  env.add_file("assets.yml", "assets:\n  - {nam: x}\n");
  ASSERT_TRUE(env.remove_file("bad.txt"));
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, all_settings(), notes);
  ASSERT_FALSE(enricher);
  EXPECT_NE(enricher.error().message.find("city.mmdb: it is no MaxMind database"), std::string::npos);
  EXPECT_NE(enricher.error().message.find("assets.yml:2:6: an asset has no 'nam'"), std::string::npos);
  EXPECT_NE(enricher.error().message.find("bad.txt"), std::string::npos);
}

TEST(Enricher, FilesAreCounted) {
  MemoryEnv env;
  std::vector<std::string> notes;
  EnrichSettings settings;
  settings.databases.assign(kGeoDatabasesMax + 1, "x");
  EXPECT_EQ(Enricher::load(env, settings, notes).error().message, "enrichment has 9 databases; 8 at most");
  settings = {};
  settings.assets.assign(kAssetFilesMax + 1, "x");
  EXPECT_EQ(Enricher::load(env, settings, notes).error().message, "enrichment has 17 registers of assets; 16 at most");
  settings = {};
  settings.lists.assign(kReputationListsMax + 1, {});
  EXPECT_EQ(Enricher::load(env, settings, notes).error().message, "enrichment has 65 reputation lists; 64 at most");
  settings.lists.assign(2, *read_reputation("file=a"));
  EXPECT_EQ(Enricher::load(env, settings, notes).error().message, "two reputation lists are called 'a'; name=… tells them apart");
}

TEST(Enricher, AnOldDatabaseIsTold) {
  MemoryEnv env;
  add_files(env);
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, all_settings(), notes);
  ASSERT_TRUE(enricher);
  constexpr std::int64_t kDayUs = std::int64_t{86'400} * 1'000'000;
  const TimeUs built = std::int64_t{1'700'000'000} * 1'000'000;
  EXPECT_TRUE(old_databases((*enricher)->files(), built + 60 * kDayUs).empty());
  const std::vector<std::string> old = old_databases((*enricher)->files(), built + 61 * kDayUs);
  ASSERT_EQ(old.size(), 1u);
  EXPECT_EQ(old[0], "the database Test-ASN (as.mmdb) is 61 days old: what it says of addresses may have changed; fetch a newer one");
}

/// Whatever was asked before: the memory says what the enricher says.
TEST(EnrichmentMemory, SaysWhatTheEnricherSays) {
  MemoryEnv env;
  add_files(env);
  std::vector<std::string> notes;
  const auto enricher = Enricher::load(env, all_settings(), notes);
  ASSERT_TRUE(enricher);
  EnrichmentMemory memory(*enricher);
  std::mt19937 random(5);
  for (int i = 0; i < 50'000; ++i) {
    const auto type = static_cast<EntityType>(random() % 11);
    const std::string value = random() % 8 == 0 ? std::string(kMemoryValueBytesMax + random() % 3, 'x') : "8.8." + std::to_string(7 + random() % 3) + "." + std::to_string(random() % 3'000);
    std::vector<Enrichment> wanted;
    (*enricher)->look_up(type, value, wanted);
    const std::span<const Enrichment> found = memory.facts(type, value);
    ASSERT_EQ(kinds({found.begin(), found.end()}), kinds(wanted));
    for (std::size_t k = 0; k < found.size(); ++k) ASSERT_EQ(found[k].value, value);
  }
  EXPECT_GT(memory.hits(), 1'000u);
}

}  // namespace
}  // namespace tocsin::enrich
