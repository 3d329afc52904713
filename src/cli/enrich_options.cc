#include "cli/enrich_options.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace tocsin::cli {

void EnrichOptions::add_to(CLI::App& app) {
  const auto add = [&](SettingId id, std::vector<std::string>& values) {
    app.add_option(std::string(kSettings[id].option), values, std::string(kSettings[id].meaning))->type_name(std::string(kSettings[id].placeholder))->allow_extra_args(false);
  };
  add(kEnrichDatabases, databases);
  add(kEnrichAssets, assets);
  add(kEnrichLists, lists);
  app.add_option("--enrich", config, "what the section 'enrich' of this configuration file of the service names")->type_name("FILE");
}

void EnrichOptions::add_hosts_to(CLI::App& app) {
  app.add_option(std::string(kSettings[kEnrichHosts].option), hosts, "whether DHCP and log-ins in these logs tell which host has an address; reads them twice")->check(CLI::IsMember({"yes", "no"}));
}

bool EnrichOptions::load(Env& env, std::shared_ptr<const enrich::Enricher>& enricher) const {
  Settings settings;
  std::vector<std::string> mistakes;
  if (!databases.empty()) settings.set(kEnrichDatabases, databases, std::string(kSettings[kEnrichDatabases].option), mistakes);
  if (!assets.empty()) settings.set(kEnrichAssets, assets, std::string(kSettings[kEnrichAssets].option), mistakes);
  if (!lists.empty()) settings.set(kEnrichLists, lists, std::string(kSettings[kEnrichLists].option), mistakes);
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
  wanted.hosts = settings.text(kEnrichHosts) == "yes";
  return wanted;
}

bool reputation_lists_of(const YamlNode& node, const std::function<std::string(Position)>& place, std::vector<std::string>& texts, std::vector<std::string>& mistakes) {
  const std::size_t before = mistakes.size();
  if (!node.is_sequence()) mistakes.push_back(fmt::format("{}: 'enrich.lists' is a list of files, or of mappings such as {{file: /etc/tocsin/feodo.txt, category: botnet}}", place(node.at)));
  for (const YamlNode& item : node.items) {
    std::vector<std::pair<std::string, std::string>> values;
    if (item.is_scalar()) values.emplace_back("file", item.scalar);
    for (const auto& [key, value] : item.entries) {
      if (!value.is_scalar()) mistakes.push_back(fmt::format("{}: '{}' of a reputation list is one value", place(key.at), key.scalar));
      values.emplace_back(key.scalar, value.scalar);
    }
    std::string text = enrich::reputation_text(values);
    if (const Result<enrich::ReputationSettings> read = enrich::read_reputation(text); !read) mistakes.push_back(fmt::format("{}: {}", place(item.at), read.error().message));
    texts.push_back(std::move(text));
  }
  return mistakes.size() == before;
}

}  // namespace tocsin::cli
