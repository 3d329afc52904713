#include "enrich/enricher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace tocsin::enrich {

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

TimeUs built_us(const GeoMetadata& metadata) {
  constexpr std::uint64_t kYear9999 = 253'402'300'799;
  return metadata.built == 0 || metadata.built > kYear9999 ? kNoTime : static_cast<TimeUs>(metadata.built) * kSecondUs;
}

/// Adds to the texts of mistakes what an error says, a line each.
void add_mistake(std::string& mistakes, const Error& error) { mistakes += (mistakes.empty() ? "" : "\n") + error.message; }

std::string too_many(std::size_t count, std::size_t most, const char* what) { return fmt::format("enrichment has {} {}; {} at most", count, what, most); }

std::string counts_wrong(const EnrichSettings& settings) {
  if (settings.databases.size() > kGeoDatabasesMax) return too_many(settings.databases.size(), kGeoDatabasesMax, "databases");
  if (settings.assets.size() > kAssetFilesMax) return too_many(settings.assets.size(), kAssetFilesMax, "registers of assets");
  if (settings.lists.size() > kReputationListsMax) return too_many(settings.lists.size(), kReputationListsMax, "reputation lists");
  for (std::size_t i = 0; i < settings.lists.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (settings.lists[i].name == settings.lists[j].name) return fmt::format("two reputation lists are called '{}'; name=… tells them apart", settings.lists[i].name);
    }
  }
  return "";
}

}  // namespace

Result<std::shared_ptr<const Enricher>> Enricher::load(Env& env, const EnrichSettings& settings, std::vector<std::string>& notes) {
  std::string mistakes = counts_wrong(settings);
  if (!mistakes.empty()) return Error{Code::kLimit, std::move(mistakes)};
  std::shared_ptr<Enricher> made(new Enricher());
  for (const std::string& path : settings.databases) {
    Result<std::unique_ptr<const GeoDatabase>> database = GeoDatabase::open(env, path);
    if (database) {
      made->databases_.push_back(std::move(*database));
    } else {
      add_mistake(mistakes, database.error());
    }
  }
  for (const std::string& path : settings.assets) {
    if (const Status added = made->assets_.add(env, path); !added) add_mistake(mistakes, added.error());
  }
  for (const ReputationSettings& list : settings.lists) {
    if (const Status added = made->lists_.add(env, list, notes); !added) add_mistake(mistakes, added.error());
  }
  if (!mistakes.empty()) return Error{Code::kInvalid, std::move(mistakes)};
  made->assets_.finish();
  made->lists_.finish();
  made->learns_hosts_ = settings.hosts;
  return std::shared_ptr<const Enricher>(std::move(made));
}

void Enricher::add_asset(const Asset* asset, std::vector<Enrichment>& out) {
  if (asset != nullptr) out.push_back({EntityType::kNone, {}, asset->fact, asset->source});
}

/// One place and one AS: of several databases the first that knows the city, else the first that knows anything.
void Enricher::ask_databases(const IpAddress& address, std::vector<Enrichment>& out) const {
  std::optional<Enrichment> geo, as;
  bool has_city = false;
  for (const std::unique_ptr<const GeoDatabase>& database : databases_) {
    GeoAnswer answer;
    if (!database->look_up(address, answer)) continue;
    const FactSource source{database->metadata().type, database->path(), network_text(answer.network), built_us(database->metadata())};
    if (answer.geo && (!geo || (!has_city && !answer.geo->city.empty()))) {
      has_city = !answer.geo->city.empty();
      geo = Enrichment{EntityType::kNone, {}, std::move(*answer.geo), source};
    }
    if (answer.as && !as) as = Enrichment{EntityType::kNone, {}, std::move(*answer.as), source};
  }
  if (geo) out.push_back(std::move(*geo));
  if (as) out.push_back(std::move(*as));
}

void Enricher::of_address(const IpAddress& address, std::vector<Enrichment>& out) const {
  if (!databases_.empty() && scope_of(address) == IpScope::kGlobal) ask_databases(address, out);
  add_asset(assets_.of_address(address), out);
  lists_.of_address(address, [&](ReputationFact fact, FactSource source) { out.push_back({EntityType::kNone, {}, std::move(fact), std::move(source)}); });
}

void Enricher::of_domain(std::string_view domain, std::vector<Enrichment>& out) const {
  lists_.of_domain(domain, [&](ReputationFact fact, FactSource source) { out.push_back({EntityType::kNone, {}, std::move(fact), std::move(source)}); });
}

/// "SHA256=…,MD5=…", as Sysmon writes them, or one alone.
void Enricher::of_hashes(std::string_view hashes, std::vector<Enrichment>& out) const {
  while (!hashes.empty()) {
    const std::size_t end = std::min(hashes.find(','), hashes.size());
    std::string_view hash = hashes.substr(0, end);
    hashes.remove_prefix(std::min(end + 1, hashes.size()));
    hash.remove_prefix(hash.rfind('=') + 1);
    if (!is_hash(hash) || out.size() >= kFactsMax) continue;
    lists_.of_hash(hash, [&](ReputationFact fact, FactSource source) { out.push_back({EntityType::kNone, {}, std::move(fact), std::move(source)}); });
  }
}

void Enricher::look_up(EntityType type, std::string_view value, std::vector<Enrichment>& out) const {
  std::vector<Enrichment> found;
  std::string_view named = value;
  if (type == EntityType::kUrl) named = host_of_url(value);
  if (named.empty()) named = value.substr(0, value.find_first_of("/:?#"));  // what proxies write of a CONNECT
  const bool is_place = type == EntityType::kIp || type == EntityType::kHost || type == EntityType::kDomain || type == EntityType::kUrl;
  const std::optional<IpAddress> address = is_place ? read_ip(named) : std::nullopt;
  if (address) {
    of_address(*address, found);
  } else if (type == EntityType::kHost) {
    add_asset(assets_.of_host(value), found);
    of_domain(value, found);
  } else if (type == EntityType::kDomain || type == EntityType::kUrl) {
    if (type == EntityType::kDomain) add_asset(assets_.of_host(value), found);
    of_domain(named, found);
  } else if (type == EntityType::kUser) {
    add_asset(assets_.of_account(value), found);
  } else if (type == EntityType::kMailbox) {
    of_domain(value.substr(value.rfind('@') + 1), found);
  } else if (type == EntityType::kHash) {
    of_hashes(value, found);
  }
  if (found.size() > kFactsMax) found.resize(kFactsMax);
  for (Enrichment& one : found) {
    one.type = type;
    one.value = value;
    out.push_back(std::move(one));
  }
}

std::vector<EnrichmentFile> Enricher::files() const {
  std::vector<EnrichmentFile> all;
  for (const std::unique_ptr<const GeoDatabase>& database : databases_) {
    const GeoMetadata& metadata = database->metadata();
    all.push_back({"database", metadata.type, database->path(), built_us(metadata), metadata.records});
  }
  for (const AssetRegister::File& file : assets_.files()) all.push_back({"assets", "assets", file.path, file.written, file.assets});
  for (const ReputationListFacts& list : lists_.lists()) all.push_back({"list", list.settings.name, list.settings.file, list.written, list.entries});
  return all;
}

std::span<const Enrichment> EnrichmentMemory::facts(EntityType type, std::string_view value) {
  Slot* slot = &other_;
  if (value.size() <= kMemoryValueBytesMax) {
    slot = &slots_[hash_bytes(value, static_cast<std::uint64_t>(type)) % kMemorySlots];
    if (slot->type == type && slot->value == value) {
      ++hits_;
      return slot->facts;
    }
  }
  slot->type = type;
  slot->value.assign(value);
  slot->facts.clear();
  enricher_->look_up(type, value, slot->facts);
  return slot->facts;
}

std::vector<std::string> old_databases(const std::vector<EnrichmentFile>& files, TimeUs now) {
  std::vector<std::string> warnings;
  for (const EnrichmentFile& file : files) {
    if (file.kind != "database" || file.built == kNoTime || now - file.built <= kGeoOldUs) continue;
    warnings.push_back(fmt::format("the database {} ({}) is {} days old: what it says of addresses may have changed; fetch a newer one", file.name, file.file,
                                   (now - file.built) / (86'400 * kSecondUs)));
  }
  return warnings;
}

}  // namespace tocsin::enrich
