#include "cli/enrich_options.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace tocsin::cli {

namespace {

void add_setting(CLI::App& app, SettingId id, std::vector<std::string>& values) {
  app.add_option(std::string(kSettings[id].option), values, std::string(kSettings[id].meaning))->type_name(std::string(kSettings[id].placeholder))->allow_extra_args(false);
}

}  // namespace

void EnrichOptions::add_to(CLI::App& app) {
  add_setting(app, kEnrichDatabases, databases);
  add_setting(app, kEnrichAssets, assets);
  add_setting(app, kEnrichLists, lists);
  app.add_option("--enrich", config, "what the section 'enrich' of this configuration file of the service names")->type_name("FILE");
}

void EnrichOptions::add_indicators_to(CLI::App& app) {
  add_setting(app, kIntelFiles, indicators);
  add_setting(app, kIntelAllowed, allowed);
}

void EnrichOptions::add_hosts_to(CLI::App& app) {
  app.add_option(std::string(kSettings[kEnrichHosts].option), hosts, "whether DHCP and log-ins in these logs tell which host has an address; reads them twice")->check(CLI::IsMember({"yes", "no"}));
}

bool EnrichOptions::load(Env& env, std::shared_ptr<const enrich::Enricher>& enricher) const {
  Settings settings;
  std::vector<std::string> mistakes;
  const std::pair<SettingId, const std::vector<std::string>&> given[] = {
      {kEnrichDatabases, databases}, {kEnrichAssets, assets}, {kEnrichLists, lists}, {kIntelFiles, indicators}, {kIntelAllowed, allowed}};
  for (const auto& [id, values] : given) {
    if (!values.empty()) settings.set(id, values, std::string(kSettings[id].option), mistakes);
  }
  if (!hosts.empty()) settings.set(kEnrichHosts, {hosts}, std::string(kSettings[kEnrichHosts].option), mistakes);
  if (!config.empty()) settings.read_chosen(env, config, mistakes);
  const enrich::EnrichSettings wanted = enrich_settings(settings);
  if (mistakes.empty() && !wanted.empty()) {
    std::vector<std::string> notes;
    Result<std::shared_ptr<const enrich::Enricher>> loaded = enrich::Enricher::load(env, wanted, notes);
    for (const std::string& note : notes) complain(note);
    if (loaded) {
      enricher = std::move(*loaded);
      for (const std::string& warning : enrich::old_databases(enricher->files(), env.now_us())) complain(warning);
    } else {
      complain_lines(loaded.error().message);
      return false;
    }
  }
  for (const std::string& mistake : mistakes) complain(mistake);
  return mistakes.empty();
}

enrich::EnrichSettings enrich_settings(const Settings& settings) {
  enrich::EnrichSettings wanted;
  wanted.databases = settings.value(kEnrichDatabases).texts;
  wanted.assets = settings.value(kEnrichAssets).texts;
  for (const std::string& text : settings.value(kEnrichLists).texts) {
    if (Result<enrich::ReputationSettings> list = enrich::read_reputation(text)) wanted.lists.push_back(std::move(*list));
  }
  for (const std::string& text : settings.value(kIntelFiles).texts) {
    if (Result<enrich::ReputationSettings> file = enrich::read_indicators(text)) wanted.indicators.push_back(std::move(*file));
  }
  wanted.allowed = settings.value(kIntelAllowed).texts;
  wanted.hosts = settings.text(kEnrichHosts) == "yes";
  return wanted;
}

bool lists_of(const YamlNode& node, ReadList read, std::string_view setting, const std::function<std::string(Position)>& place, std::vector<std::string>& texts, std::vector<std::string>& mistakes) {
  const std::size_t before = mistakes.size();
  if (!node.is_sequence()) mistakes.push_back(fmt::format("{}: '{}' is a list of files, or of mappings such as {{file: /etc/tocsin/feodo.txt, category: botnet}}", place(node.at), setting));
  for (const YamlNode& item : node.items) {
    std::vector<std::pair<std::string, std::string>> values;
    if (item.is_scalar()) values.emplace_back("file", item.scalar);
    for (const auto& [key, value] : item.entries) {
      if (!value.is_scalar()) mistakes.push_back(fmt::format("{}: '{}' of '{}' is one value", place(key.at), key.scalar, setting));
      values.emplace_back(key.scalar, value.scalar);
    }
    std::string text = enrich::reputation_text(values);
    if (const Result<enrich::ReputationSettings> one = read(text); !one) mistakes.push_back(fmt::format("{}: {}", place(item.at), one.error().message));
    texts.push_back(std::move(text));
  }
  return mistakes.size() == before;
}

}  // namespace tocsin::cli
