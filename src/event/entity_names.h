// The types of entities by their names, for whoever reads them from data: mappings, policies, alerts. Pure.
//
//   const EntityType type = entity_named("mailbox");
//   message += fmt::format("'{}' is no entity ({})", name, kEntityNameList);
#pragma once

#include <array>
#include <string_view>

#include "event/path_table.h"

namespace tocsin {

struct EntityName {
  EntityType type;
  std::string_view name;
};
inline constexpr std::array<EntityName, 10> kEntityNames = {{{EntityType::kHost, "host"},
                                                             {EntityType::kUser, "user"},
                                                             {EntityType::kProcess, "process"},
                                                             {EntityType::kFile, "file"},
                                                             {EntityType::kHash, "hash"},
                                                             {EntityType::kIp, "ip"},
                                                             {EntityType::kDomain, "domain"},
                                                             {EntityType::kUrl, "url"},
                                                             {EntityType::kMailbox, "mailbox"},
                                                             {EntityType::kCloudResource, "cloud_resource"}}};
/// For messages; a test holds it to the table.
inline constexpr std::string_view kEntityNameList = "host, user, process, file, hash, ip, domain, url, mailbox, cloud_resource";

/// kNone: there is none of this name.
constexpr EntityType entity_named(std::string_view name) {
  for (const EntityName& one : kEntityNames) {
    if (one.name == name) return one.type;
  }
  return EntityType::kNone;
}

}  // namespace tocsin
