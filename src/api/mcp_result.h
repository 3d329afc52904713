// What a model is given of an answer of the API: the same JSON, made short enough to be read by one, and as data. Texts come from logs, and logs are written by anybody: characters that
// are not seen (controls, bidirectional marks, the tags that spell ASCII invisibly) become visible escapes, in names of members too, and a note beside the data says that it is no
// instruction. What is too long is shortened, lists and texts alike, until all fits; `cut` says so. Pure.
//
//   json::object result = told(json::parse(reply.body));   // {"note":"…","cut":false,"data":{…}}
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>

namespace tocsin::api {

/// Of what one call gives, as JSON: some 16,000 to 20,000 of a model's tokens, of which it has 100,000 and more.
inline constexpr std::size_t kToldBytesMax = 64 << 10;
/// Objects and lists within each other, of an answer of the API; the records in it are texts.
inline constexpr std::size_t kToldDepthMax = 64;

extern const std::string_view kUntrustedNote;

boost::json::object told(const boost::json::value& data);
/// {"content":[…],"structuredContent":…}: a result of tools/call, of what told() gave.
boost::json::object tool_result(boost::json::object said);
/// The same with isError: what was wrong, in words for a model, which may try again.
boost::json::object tool_error(std::string_view words);

}  // namespace tocsin::api
