#include "enrich/enricher.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/url_host.h"
#include "enrich/load_indicators.h"

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
  if (settings.indicators.size() > kIndicatorFilesMax) return too_many(settings.indicators.size(), kIndicatorFilesMax, "files of indicators");
  std::set<std::string_view> names;
  for (const std::vector<ReputationSettings>* const all : {&settings.lists, &settings.indicators}) {
    for (const ReputationSettings& one : *all) {
      if (!names.insert(one.name).second) return fmt::format("two {} are called '{}'; name=… tells them apart", one.alerts ? "files of indicators" : "reputation lists", one.name);
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
  made->indicators_ = TRY(load_indicators(env, settings, notes, mistakes));
  if (!mistakes.empty()) return Error{Code::kInvalid, std::move(mistakes)};
  made->assets_.finish();
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

GeoPlace Enricher::place_of(const IpAddress& address) const {
  GeoPlace best;
  if (scope_of(address) != IpScope::kGlobal) return best;
  for (const std::unique_ptr<const GeoDatabase>& database : databases_) {
    GeoPlace place;
    if (!database->look_up(address, place)) continue;
    if (place.latitude) return place;
    if (best.country[0] == 0) best = place;
  }
  return best;
}

void Enricher::of_address(const IpAddress& address, std::vector<Enrichment>& out) const {
  if (!databases_.empty() && scope_of(address) == IpScope::kGlobal) ask_databases(address, out);
  add_asset(assets_.of_address(address), out);
}

Enrichment fact_of(const intel::Found& found) {
  ReputationFact fact;
  fact.list = found.source_name();
  fact.category = found.source->category;
  fact.entry = found.value();
  fact.score = found.score();
  fact.benign = found.source->benign;
  fact.reference = found.reference();
  fact.tags = found.tags;
  fact.valid_from = found.from;
  fact.valid_until = found.until;
  return {EntityType::kNone, {}, std::move(fact), {found.source->name, found.source->file, found.hidden ? std::string() : fmt::format("{} {}", found.source->place_word, found.place), found.source->written}};
}

void Enricher::of_lists(EntityType type, std::string_view value, std::vector<Enrichment>& out) const {
  std::size_t told = 0;
  std::string_view hash;  // of a file with several, each by itself
  indicators_->ask(intel::ask_of(type, value), value, [&](const intel::Found& found) {
    if (found.kind == intel::IndicatorKind::kHash && found.key != hash) {
      hash = found.key;
      told = 0;
    }
    if (told++ < kReputationsMax) out.push_back(fact_of(found));
  });
}

void Enricher::look_up(EntityType type, std::string_view value, std::vector<Enrichment>& out) const {
  std::vector<Enrichment> found;
  const bool is_place = type == EntityType::kIp || type == EntityType::kHost || type == EntityType::kDomain || type == EntityType::kUrl;
  const bool is_path = value.starts_with('/') && !value.starts_with("//");  // leads nowhere
  const std::optional<IpAddress> address = is_place && !is_path ? read_ip(type == EntityType::kUrl ? url_host(value) : std::string(value)) : std::nullopt;
  if (address) {
    of_address(*address, found);
  } else if (type == EntityType::kHost || type == EntityType::kDomain) {
    add_asset(assets_.of_host(value), found);
  } else if (type == EntityType::kUser) {
    add_asset(assets_.of_account(value), found);
  }
  of_lists(type, value, found);
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
  for (const intel::IndicatorSource& source : indicators_->sources()) all.push_back({source.alerts ? "indicators" : "list", source.name, source.file, source.written, source.entries});
  for (const intel::AllowFile& file : indicators_->allowed().files()) all.push_back({"allow-list", file.name, file.file, file.written, file.entries});
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

const GeoPlace& PlaceMemory::place_of(const IpAddress& address) {
  Slot& slot = slots_[hash_fold(address.high ^ 0x9e3779b97f4a7c15ull, address.low ^ 0xd1b54a32d192ed03ull) % kMemorySlots];
  if (slot.address != address) slot = {address, enricher_->place_of(address)};
  return slot.place;
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
