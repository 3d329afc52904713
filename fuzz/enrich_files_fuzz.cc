// Any bytes as a register of assets and as a reputation list, and then asked about. What is taken answers; nothing else is held to it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/memory_env.h"
#include "enrich/enricher.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string text(reinterpret_cast<const char*>(data), size);
  MemoryEnv env;
  env.add_file("file", text);
  for (const bool as_list : {false, true}) {
    enrich::EnrichSettings settings;
    if (as_list) {
      settings.lists.push_back({"file", "list", "", 10, false});
    } else {
      settings.assets.push_back("file");
    }
    std::vector<std::string> notes;
    const auto enricher = enrich::Enricher::load(env, settings, notes);
    if (!enricher) continue;
    std::vector<Enrichment> facts;
    for (const char* const address : {"192.0.2.10", "2001:db8::10", "10.1.2.3"}) (*enricher)->look_up(EntityType::kIp, address, facts);
    for (const EntityType type : {EntityType::kHost, EntityType::kUser, EntityType::kUrl, EntityType::kDomain, EntityType::kHash}) {
      (*enricher)->look_up(type, std::string_view(text).substr(0, 300), facts);
    }
  }
  return 0;
}
