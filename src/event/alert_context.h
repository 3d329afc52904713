// Who, to whom, in which process, from where: what an alert keeps of its event so that alerts can be put together. Which fields say it,
// in which order, is the part `context` of the mappings (content/mappings/context.yml) and, for what columns have, `columns`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

enum class ContextRole : std::uint8_t {
  kHost,
  kActorName,
  kActorDomain,
  kActorId,
  kActorSession,
  kTargetName,
  kTargetDomain,
  kTargetId,
  kTargetSession,
  kProcessGuid,
  kProcessPid,
  kProcessPath,
  kProcessCommandLine,
  kParentGuid,
  kParentPid,
  kParentPath,
  kParentCommandLine,
  kOpenedGuid,
  kOpenedPath,
  kSourceIp,
  kSourceHost,
  kDestinationIp,
  kTargetHost,
};
/// By ContextRole. Actor: who did it; target: the account that it was done to or that logs on; opened: the process that it reached into.
inline constexpr std::array<std::string_view, 23> kContextRoleNames = {
    "host",          "actor.name",     "actor.domain",   "actor.id",     "actor.session", "target.name",          "target.domain", "target.id",
    "target.session", "process.guid",  "process.pid",    "process.path", "process.command_line", "parent.guid",   "parent.pid",    "parent.path",
    "parent.command_line", "opened.guid", "opened.path", "source.ip",    "source.host",   "destination.ip",       "target.host"};
inline constexpr std::size_t kContextRoles = kContextRoleNames.size();

/// Of one value; a command line is cut there, and the event has it whole. A process is known by its beginning.
inline constexpr std::size_t kContextBytesMax = 2'048;

struct AlertContext {
  ContextRole role = ContextRole::kHost;
  std::string field, value;  // the field's name as rules have it
};

}  // namespace tocsin
