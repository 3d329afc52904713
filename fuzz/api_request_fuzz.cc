// Any bytes as what the API reads of a request, apart by LF: method, target, Cookie, and the body. A name out of the path is never empty and has no control
// character; a route that is found is of that method; of the query only what the route knows is taken; a body that is taken gives texts of the length
// that was allowed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/account_rules.h"
#include "api/route.h"
#include "api/sign_in.h"
#include "base/check.h"

namespace {

using namespace tocsin;

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

void read_target(std::string_view method, std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  const api::Match match = api::find_route(method, target.substr(0, mark));
  TOCSIN_CHECK(match.route == nullptr || match.route->method == method || method == "HEAD");
  for (const std::string& name : match.names) {
    TOCSIN_CHECK(!name.empty());
    for (const char c : name) TOCSIN_CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
  if (match.route == nullptr) return;
  std::map<std::string, std::string> parameters;
  if (!api::read_parameters(target.substr(std::min(mark + 1, target.size())), match.route->parameters, parameters)) return;
  for (const auto& [name, value] : parameters) TOCSIN_CHECK(name != "*" && match.route->parameters.find(name) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view method = next_line(rest), target = next_line(rest), cookie = next_line(rest);
  read_target(method, target);
  TOCSIN_CHECK(api::cookie_value(cookie, "a").find(';') == std::string_view::npos);
  api::Call call;
  call.request.head.content_type = "application/json";
  call.request.body = rest;
  const Result<api::Fields> fields = api::Fields::read(call, {"a", "b", "c"});
  if (!fields) return 0;
  if (const Result<std::string> text = fields->text("a", 8)) TOCSIN_CHECK(!text->empty() && text->size() <= 8);
  if (const auto number = fields->number_or("b", 5, 1, 9)) TOCSIN_CHECK(*number >= 1 && *number <= 9);
  if (const auto texts = fields->texts("c", 3)) TOCSIN_CHECK(!texts->empty() && texts->size() <= 3);
  if (const auto secret = api::read_base32(target)) TOCSIN_CHECK(secret->size() == 20);
  return 0;
}
