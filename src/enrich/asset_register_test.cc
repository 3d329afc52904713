#include "enrich/asset_register.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "base/csv_rows.h"

namespace tocsin::enrich {
namespace {

constexpr const char* kYaml =
    "assets:\n"
    "  - name: dc01\n"
    "    addresses: [192.0.2.10, '2001:db8::10']\n"
    "    hosts: [dc01, DC01.example.org]\n"
    "    accounts: svc-backup\n"
    "    criticality: critical\n"
    "    owner: it@example.org\n"
    "    tags: [domain-controller]\n"
    "  - name: office\n"
    "    addresses: [192.0.2.0/24]\n"
    "  - {name: ws-07}\n";
constexpr const char* kCsv =
    "name,addresses,hosts,accounts,criticality,owner,tags\r\n"
    "dc01,192.0.2.10; 2001:db8::10,\"dc01;DC01.example.org\",svc-backup,critical,it@example.org,domain-controller\r\n"
    "office,192.0.2.0/24,,,,,\r\n"
    "\r\n"
    "ws-07,,,,,,\r\n";

std::string name_of(const Asset* asset) { return asset == nullptr ? "none" : asset->fact.name; }

std::string trouble_of(const std::string& text) {
  MemoryEnv env;
  env.add_file("a.yml", text);
  AssetRegister assets;
  const Status added = assets.add(env, "a.yml");
  return added ? "" : added.error().message;
}

TEST(AssetRegister, YamlAndCsvSayTheSame) {
  for (const char* const text : {kYaml, kCsv}) {
    MemoryEnv env;
    env.add_file("assets", text);
    AssetRegister assets;
    const Status added = assets.add(env, "assets");
    ASSERT_TRUE(added) << added.error().message;
    assets.finish();
    EXPECT_EQ(assets.size(), 3u);
    EXPECT_EQ(name_of(assets.of_address(*read_ip("192.0.2.10"))), "dc01");
    EXPECT_EQ(name_of(assets.of_address(*read_ip("2001:db8::10"))), "dc01");
    EXPECT_EQ(name_of(assets.of_address(*read_ip("192.0.2.11"))), "office") << "the longest network counts";
    EXPECT_EQ(name_of(assets.of_address(*read_ip("192.0.3.1"))), "none");
    EXPECT_EQ(name_of(assets.of_host("dc01.EXAMPLE.org")), "dc01");
    EXPECT_EQ(name_of(assets.of_host("DC01$")), "dc01");
    EXPECT_EQ(name_of(assets.of_host("dc01.example.net")), "dc01") << "the register has the short name, too";
    EXPECT_EQ(name_of(assets.of_host("ws-07.example.org")), "ws-07") << "without hosts an asset is called what it is";
    EXPECT_EQ(name_of(assets.of_host("ws-0")), "none");
    EXPECT_EQ(name_of(assets.of_account("EXAMPLE\\SVC-backup")), "dc01");
    EXPECT_EQ(name_of(assets.of_account("svc-backup@example.org")), "dc01");
    EXPECT_EQ(name_of(assets.of_account("EXAMPLE\\WS-07$")), "ws-07");
    EXPECT_EQ(name_of(assets.of_account("ada")), "none");
    const Asset& dc01 = *assets.of_host("dc01");
    EXPECT_EQ(dc01.fact.criticality, "critical");
    EXPECT_EQ(dc01.fact.owner, "it@example.org");
    EXPECT_EQ(dc01.fact.tags, std::vector<std::string>{"domain-controller"});
    EXPECT_EQ(dc01.source.record, "line 2");
  }
}

TEST(AssetRegister, MistakesHaveTheirPlace) {
  EXPECT_EQ(trouble_of("assets:\n  - name: a\n    adresses: [192.0.2.1]\n"), "a.yml:3:5: an asset has no 'adresses'; did you mean 'addresses'?");
  EXPECT_EQ(trouble_of("assets:\n  - name: a\n    criticality: urgent\n"), "a.yml:3:18: 'urgent' is no criticality: low, medium, high or critical");
  EXPECT_EQ(trouble_of("assets:\n  - name: a\n    addresses: [192.0.2.300]\n"), "a.yml:3:17: '192.0.2.300' is no address or network, such as 192.0.2.10 or 198.51.100.0/24");
  EXPECT_EQ(trouble_of("assets:\n  - {owner: b}\n"), "a.yml:2:5: an asset needs a name");
  EXPECT_EQ(trouble_of("assets: none\n"), "a.yml:1:9: 'assets' is a list of mappings, each with a name");
  EXPECT_EQ(trouble_of("servers: []\n"), "a.yml:1:1: a register has no 'servers'; it has 'assets', a list");
  EXPECT_EQ(trouble_of("assets:\n  - {name: a, addresses: 192.0.2.1}\n  - {name: b, addresses: 192.0.2.1}\n"), "a.yml:3:26: the address '192.0.2.1' is that of the asset 'a' already");
  EXPECT_EQ(trouble_of("name,host\nx,y\n"), "a.yml:1:6: an asset has no 'host'; did you mean 'hosts'?");
  EXPECT_EQ(trouble_of("name,hosts\nx\n"), "a.yml:2:1: this line has 1 cells, the first one 2");
  EXPECT_EQ(trouble_of("name,hosts\n\"x,y\n"), "a.yml:3:1: a quote is not closed");
  EXPECT_EQ(trouble_of("name,hosts\n\"x\"z,y\n"), "a.yml:2:1: there is something behind the quote that closes a cell");
}

TEST(AssetRegister, IsBounded) {
  std::string many = "name,owner\n";
  for (std::size_t i = 0; i <= kAssetsMax; ++i) many += "host-" + std::to_string(i) + ",\n";
  EXPECT_NE(trouble_of(many).find("more than 100000 assets"), std::string::npos);
  EXPECT_NE(trouble_of("name,owner\n" + std::string(kAssetTextBytesMax + 1, 'x') + ",\n").find("256 at most"), std::string::npos);
  std::string tags;
  for (std::size_t i = 0; i <= kAssetTagsMax; ++i) tags += "t;";
  EXPECT_NE(trouble_of("name,tags\nx," + tags + "\n").find("an asset has 33 tags; 32 at most"), std::string::npos);
  std::string hosts;
  for (std::size_t i = 0; i <= kAssetValuesMax; ++i) hosts += "h" + std::to_string(i) + ";";
  EXPECT_NE(trouble_of("name,hosts\nx," + hosts + "\n").find("1001 hosts; 1000 at most"), std::string::npos);
  EXPECT_NE(trouble_of("name,hosts\n" + std::string(kCsvCellsMax, ',') + "\n").find("too many cells"), std::string::npos);
  std::string wrong = "name,addresses\n";
  for (std::size_t i = 0; i < kAssetMistakesMax + 5; ++i) wrong += "h" + std::to_string(i) + ",none\n";
  EXPECT_NE(trouble_of(wrong).find("and 5 more mistakes"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::enrich
