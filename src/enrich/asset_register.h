// The user's register of assets: what is owned and worth protecting, with addresses, names and accounts by which logs know it, how critical it is, and who answers for it. YAML or CSV:
//
//   assets:                                       name,addresses,hosts,accounts,criticality,owner,tags
//     - name: dc01                                dc01,192.0.2.10;2001:db8::10,dc01;dc01.example.org,,critical,it@example.org,domain-controller
//       addresses: [192.0.2.10, 2001:db8::10]
//       hosts: [dc01, dc01.example.org]
//       accounts: [svc-backup]
//       criticality: critical
//       owner: it@example.org
//       tags: [domain-controller]
//
// Mistakes are told with line and column, all of them, and refuse the file: a register that is half there says that the other half does not matter. Immutable once read, safe from any thread.
//
//   AssetRegister assets;
//   TRY(assets.add(env, "/etc/tocsin/assets.yml"));
//   assets.finish();
//   if (const Asset* asset = assets.of_host("DC01.example.org")) …
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "enrich/lookup_table.h"
#include "event/enrichment.h"

namespace tocsin::enrich {

/// Of all files; ten times what a site of 500 hosts has for each of them.
inline constexpr std::size_t kAssetsMax = 100'000;
inline constexpr std::size_t kAssetFileBytesMax = 64u << 20;
/// Addresses, hosts, accounts or tags of one asset.
inline constexpr std::size_t kAssetValuesMax = 1'000;
/// A name, an owner, a tag: it goes into alerts.
inline constexpr std::size_t kAssetTextBytesMax = 256;
inline constexpr std::size_t kAssetTagsMax = 32;
/// Mistakes of one file that are told; the rest is counted.
inline constexpr std::size_t kAssetMistakesMax = 20;

struct Asset {
  AssetFact fact;
  FactSource source;
};

class AssetRegister {
 public:
  /// An error says all mistakes, a line each.
  Status add(Env& env, const std::string& path);
  void finish();

  /// That of the longest network.
  const Asset* of_address(const IpAddress& address) const;
  /// By the whole name, else by what stands before its first dot.
  const Asset* of_host(std::string_view host) const;
  /// With or without a domain before a backslash or behind an @.
  const Asset* of_account(std::string_view account) const;

  struct File {
    std::string path;
    TimeUs written = kNoTime;
    std::size_t assets = 0;
  };
  const std::vector<File>& files() const { return files_; }
  std::size_t size() const { return assets_.size(); }

 private:
  class Reader;
  friend class Reader;
  const Asset* named(const NameTable& names, std::string_view name) const;

  std::vector<Asset> assets_;
  NetworkTable networks_;
  NameTable hosts_, accounts_;
  std::map<std::string, std::uint32_t> owners_;  // by what and key, while files are read
  std::vector<File> files_;
};

}  // namespace tocsin::enrich
