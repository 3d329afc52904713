// Any bytes as method, path and host of a request to Elasticsearch, apart by LF. Every answer is good JSON or plain text; no name has
// a control character, and an unknown request is a 400 or 405.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/elastic_answers.h"

namespace {

using namespace tocsin;

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static simdjson::dom::parser parser;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view method = next_line(rest), path = next_line(rest), host = rest;
  const ElasticRequest request = elastic_request(method, path);
  for (const char c : request.name + request.id) TOCSIN_CHECK(static_cast<unsigned char>(c) >= 0x20);
  if (request.kind != ElasticKind::kAnswer) return 0;
  TOCSIN_CHECK(request.route != nullptr || request.status == 400 || request.status == 405);
  std::string out;
  append_elastic_answer(out, request, host);
  if (request.content_type != "application/json") return 0;
  TOCSIN_CHECK(parser.parse(simdjson::padded_string(out)).error() == simdjson::SUCCESS);
  return 0;
}
