// What a field is good for in a filter: told from its name and from what its values name. A filter hides what it matches from everybody, so it has to stand on what an attacker cannot set as he
// likes, and on what stays the same from one day to the next. Pure functions.
//
//   field_kind("ParentImage", EntityType::kFile)      // FieldKind::kThing, of FieldAspect::kOrigin
#pragma once

#include <cstdint>
#include <string_view>

#include "event/path_table.h"

namespace tocsin::analyze {

/// In the order in which a filter prefers them.
enum class FieldKind : std::uint8_t {
  kDeed,      // what was done, whole: a command line, a script, a registry key, a hash
  kThing,     // what did it, or to what: a program, a file, a service, a mailbox, a domain
  kContext,   // who and where: a host, a user, an address, a port that was asked for. Narrows; says nothing of what was done
  kOther,     // a field that nothing is known of
  kLabel,     // what kind of event it is: EventID, Channel. Narrows nothing that the rule did not
  kClaim,     // what a program says of itself (Company, Description, a user agent): whoever wrote it chose it
  kVolatile,  // times, numbers of records, processes and sessions, GUIDs; a text that has such in it
};

/// Which side of what happened a field tells. Two of one side can say the same thing twice (an image and its command line).
enum class FieldAspect : std::uint8_t { kAct, kOrigin, kTarget, kWho, kWhere, kOther };

FieldKind field_kind(std::string_view name, EntityType entity);
FieldAspect field_aspect(std::string_view name, EntityType entity);
/// Whether its values are paths of files or keys of a registry, which the system, not the caller, wrote: a command line is none, since "dir\..\evil" begins with dir.
bool holds_paths(std::string_view name, EntityType entity);

}  // namespace tocsin::analyze
