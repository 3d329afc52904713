#include "api/answer.h"

#include <fmt/format.h>

#include "report/json_text.h"

namespace tocsin::api {

const std::string_view kSecurityHeaders =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n";

HttpReply json_answer(int status, std::string body) {
  return {.status = status, .body = std::move(body), .headers = std::string(kSecurityHeaders)};
}

HttpReply no_content() { return {.status = 204, .headers = std::string(kSecurityHeaders)}; }

HttpReply problem(int status, std::string_view code, std::string_view detail) {
  std::string body = fmt::format(R"({{"status":{},"code":"{}","detail":)", status, code);
  append_string(body, detail);
  body += '}';
  HttpReply reply = json_answer(status, std::move(body));
  reply.content_type = "application/problem+json";
  return reply;
}

HttpReply problem_of(const Error& error) {
  switch (error.code) {
    case Code::kInvalid: return problem(400, "invalid", error.message);
    case Code::kNotFound: return problem(404, "not_found", error.message);
    case Code::kDenied: return problem(403, "denied", error.message);
    case Code::kLimit: return problem(429, "limit", error.message);
    case Code::kUnsupported: return problem(501, "unsupported", error.message);
    case Code::kIo: break;
  }
  return problem(500, "trouble", "the service could not read or write its data; its log says more");
}

}  // namespace tocsin::api
