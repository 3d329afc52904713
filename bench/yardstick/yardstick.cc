#include "yardstick.h"

#include <string_view>

namespace tocsin {
namespace {

namespace ondemand = simdjson::ondemand;

/// Sums lengths, so that nothing is optimized away.
std::size_t touch(ondemand::value value) {
  std::size_t sum = 0;
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return 0;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return 0;
    for (auto field : object) {
      std::string_view key;
      ondemand::value below;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(below) != simdjson::SUCCESS) return sum;
      sum += key.size() + touch(below);
    }
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return 0;
    for (auto element : array) {
      ondemand::value below;
      if (element.get(below) != simdjson::SUCCESS) return sum;
      sum += touch(below);
    }
  } else if (type == ondemand::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
  } else {
    sum += std::string_view(value.raw_json_token()).size();
  }
  return sum;
}

}  // namespace

std::size_t TOCSIN_YARDSTICK(const std::vector<simdjson::padded_string>& texts) {
  std::size_t sum = 0;
  for (const simdjson::padded_string& text : texts) {
    ondemand::parser parser;
    ondemand::document_stream documents;
    if (parser.iterate_many(text).get(documents) != simdjson::SUCCESS) continue;
    for (auto document : documents) {
      ondemand::value value;
      if (document.get_value().get(value) == simdjson::SUCCESS) sum += touch(value);
    }
  }
  return sum;
}

}  // namespace tocsin
