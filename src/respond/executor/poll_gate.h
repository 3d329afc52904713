// What the executor asks for a poller, and nothing else: whoever wants a request made reads what strangers wrote, so it is believed to be one of them. A request goes to the address in the settings alone, to a path that
// the API's kind has, with GET; POST to one path of one kind. Pure. kDenied, in words, for anything else.
//
//   const std::string url = TRY(allowed_url(settings, request));
#pragma once

#include <string>

#include "base/result.h"
#include "collect/poll_api.h"

namespace tocsin::executor {

/// The whole address.
Result<std::string> allowed_url(const PollerSettings& settings, const PollRequest& request);

}  // namespace tocsin::executor
