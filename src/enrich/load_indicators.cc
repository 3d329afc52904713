#include "enrich/load_indicators.h"

#include "base/seal.h"
#include "detect/intel/indicator_file.h"

namespace tocsin::enrich {

namespace {

void add_mistake(std::string& mistakes, const Error& error) { mistakes += (mistakes.empty() ? "" : "\n") + error.message; }

/// Of a URL of a reputation list its host counts.
intel::Indicator of_list(const intel::Indicator& indicator) {
  intel::Indicator host = indicator;
  if (indicator.kind != intel::IndicatorKind::kUrl) return host;
  std::string_view name = indicator.key;
  name = name.starts_with('[') ? name.substr(1, name.find(']') - 1) : name.substr(0, name.find_first_of(":/"));
  const std::optional<IpNetwork> address = read_network(name);
  host.kind = address ? intel::IndicatorKind::kNetwork : intel::IndicatorKind::kDomain;
  host.key = address ? intel::network_key(*address) : std::string(name);
  return host;
}

Status add_file(Env& env, const ReputationSettings& settings, intel::IndicatorSet& set, std::vector<std::string>& notes) {
  intel::IndicatorSource source;
  source.name = settings.name;
  source.file = settings.file;
  source.category = settings.category;
  source.score = settings.score;
  source.benign = settings.benign;
  source.alerts = settings.alerts;
  source.written = env.modified_us(settings.file);
  const std::uint16_t number = TRY(set.add_source(std::move(source)));
  intel::FileCounts counts;
  const auto take = [&](const intel::Indicator& indicator) { return set.add(settings.alerts ? indicator : of_list(indicator), number); };
  TRY(intel::read_indicator_file(env, settings.file, take, counts, notes));
  set.source(number).refused = counts.refused;
  set.leave_out(number, std::move(counts.replaced));
  set.source(number).place_word = counts.place_word;
  return {};
}

}  // namespace

Result<std::uint64_t> random_seed() {
  std::uint64_t seed = 0;
  TRY(random_bytes(reinterpret_cast<std::uint8_t*>(&seed), sizeof seed));
  return seed;
}

Result<std::unique_ptr<intel::IndicatorSet>> load_indicators(Env& env, const EnrichSettings& settings, std::vector<std::string>& notes, std::string& mistakes) {
  auto set = std::make_unique<intel::IndicatorSet>(TRY(random_seed()));
  intel::AllowList allowed;
  for (const std::string& path : settings.allowed) {
    if (const Status read = allowed.read(env, path, notes); !read) add_mistake(mistakes, read.error());
  }
  set->set_allowed(std::move(allowed));
  for (const std::vector<ReputationSettings>* const all : {&settings.lists, &settings.indicators}) {
    for (const ReputationSettings& one : *all) {
      const Status added = add_file(env, one, *set, notes);
      if (!added && one.fetched) notes.push_back(added.error().message);
      if (!added && !one.fetched) add_mistake(mistakes, added.error());
    }
  }
  set->finish();
  return set;
}

}  // namespace tocsin::enrich
