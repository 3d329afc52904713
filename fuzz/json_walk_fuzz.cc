// Any bytes as JSON. Where simdjson takes the whole text for one value, the walk does, and the other way round; what the two
// judge differently on purpose is left open: depth, size of numbers, and UTF-8 with its surrogates.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/json_walk.h"

namespace {

using namespace tocsin;

std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  for (const char c : text) depth += c == '{' || c == '[';
  return depth;
}

bool is_open(simdjson::error_code error, std::string_view text) {
  return error == simdjson::NUMBER_ERROR || error == simdjson::UTF8_ERROR ||
         (error == simdjson::STRING_ERROR && text.find("\\u") != std::string_view::npos);
}

/// Members or elements, taken one by one, end where the value ends; they may nest one deeper.
template <class Parts>
void check_parts(std::string_view text, std::size_t at, std::size_t end) {
  Parts parts(text, at);
  while (parts.next()) TOCSIN_CHECK(json_value_end(parts.value(), 0) == parts.value().size());
  if (end != kNoJson) TOCSIN_CHECK(!parts.failed() && parts.end() == end);
  if (end == kNoJson) TOCSIN_CHECK(parts.failed() || depth_of(text) > kJsonWalkDepthMax);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of its own without a terminator, so that a read past the end is seen.
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view text = bytes;
  const std::size_t at = json_blanks(text, 0);
  const std::size_t end = json_value_end(text, at);
  TOCSIN_CHECK(end == kNoJson || (end > at && end <= size));
  if (at < size && text[at] == '{') check_parts<JsonMembers>(text, at, end);
  if (at < size && text[at] == '[') check_parts<JsonElements>(text, at, end);

  const bool whole = end != kNoJson && json_blanks(text, end) == size;
  TOCSIN_CHECK(is_json_object(text) == (whole && text[at] == '{'));
  static simdjson::dom::parser parser;
  if (text.starts_with("\xef\xbb\xbf")) return 0;  // simdjson passes over a byte order mark
  const simdjson::error_code verdict = parser.parse(simdjson::padded_string(text)).error();
  if (whole) TOCSIN_CHECK(verdict == simdjson::SUCCESS || is_open(verdict, text));
  if (verdict == simdjson::SUCCESS) TOCSIN_CHECK(whole || depth_of(text) > kJsonWalkDepthMax);
  std::string room;
  std::string_view inside;
  if (whole && text[at] == '"') TOCSIN_CHECK(json_string(text.substr(at, end - at), room, inside));
  return 0;
}
