// The process that answers the API: users, sessions and tokens are here, and what a provider of OpenID Connect gave us to be known by; no key of the journal, no record on its way in,
// no rules; what is attached to incidents goes through it, sealed by a key of its own. Once its port is taken over it is confined (base/sandbox.h): it writes the state's files and the folder of attachments alone, starts nothing, listens nowhere else, and reaches no other
// machine but for log-in with a provider that is set. What searches is made by the core when this process asks for it.
//
// `tocsin serve` starts it (pipeline/api_process.h has how they talk). It ends with the stream to the core.
#pragma once

#include "api/server.h"

namespace tocsin::api {

/// With what the command line says in `options`, or what is wrong with it; the rest comes from the core. Returns with why it cannot begin, which the core knows then, too: otherwise the
/// process ends.
Status run_api_child(Env& env, Result<ServerOptions> options);

}  // namespace tocsin::api
