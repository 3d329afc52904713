// JSON from others that decides who may come in: read so that no two readers could understand it differently. An object that has a name twice is refused (RFC
// 7515 and RFC 7519, section 4, allow that), as is what lies deeper than kJsonDepthMax. Pure, safe from any thread.
//
//   const boost::json::object claims = TRY(read_strict_object(payload, "the ID token"));
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::oidc {

/// Keys are 3 deep, claims hardly more.
inline constexpr std::size_t kStrictJsonDepthMax = 16;

/// kInvalid, with `what` it is, for what is no such object.
Result<boost::json::object> read_strict_object(std::string_view text, std::string_view what);
/// The member, if it is a text; "" if it is not there. kInvalid if it is anything else.
Result<std::string> text_member(const boost::json::object& object, std::string_view name);

}  // namespace tocsin::oidc
