// Small files of `tocsin forward` that only its user may read: put in place whole or not at all, also if power is lost. Used for the host's key and what belongs to it.
// One thread; errors are the disk's.
//
//   TRY(put_private_file(env, folder, "key.pem", key));
#pragma once

#include <string>
#include <string_view>

#include "base/env.h"
#include "base/result.h"

namespace tocsin::forward {

Status put_private_file(Env& env, const std::string& folder, std::string_view name, std::string_view text);

}  // namespace tocsin::forward
