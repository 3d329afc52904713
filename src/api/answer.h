// What the API answers: JSON, or a problem (RFC 9457) whose `code` programs may rely on. Every answer has the headers that keep a browser from doing
// more with it than showing it. Pure.
//
//   return json_answer(200, status_json(status));
//   return problem(404, "not_found", "there is no alert '1f'");
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/http_endpoint.h"

namespace tocsin::api {

/// With what every answer has, each with its CR LF.
extern const std::string_view kSecurityHeaders;

HttpReply json_answer(int status, std::string body);
HttpReply no_content();
HttpReply problem(int status, std::string_view code, std::string_view detail);
/// What a failed Result is to the client. Trouble of the service itself is not told in detail.
HttpReply problem_of(const Error& error);

}  // namespace tocsin::api
