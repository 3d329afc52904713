// Any bytes as the body of a _bulk request. Every document and name lies where it should, a request is refused as a whole or has
// an item for each action in order, and the answer is good JSON with as many items.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/elastic_bulk.h"
#include "collect/json_walk.h"

namespace {

using namespace tocsin;

void check_items(BulkReader& reader, std::string_view body) {
  std::size_t line = 0;
  const char* at = body.data();
  for (BulkItem& item : reader.items()) {
    TOCSIN_CHECK(item.line > line);
    line = item.line;
    const std::string_view raw = item.received.raw;
    if (item.action != BulkAction::kDelete) {
      TOCSIN_CHECK(raw.data() > at && raw.data() + raw.size() <= body.data() + body.size());
      TOCSIN_CHECK(raw.find('\n') == std::string_view::npos);
      at = raw.data();
    }
    if (item.status == BulkStatus::kStored) {
      TOCSIN_CHECK(is_json_object(raw) && !item.received.index.empty());
      TOCSIN_CHECK(item.action == BulkAction::kIndex || item.action == BulkAction::kCreate);
    }
    item.sequence = line;
  }
}

void check_document(std::string_view body) {
  static simdjson::dom::parser parser;
  const BulkItem item = read_elastic_document(body, "index", body.substr(0, 8));
  TOCSIN_CHECK((item.status == BulkStatus::kStored) == is_json_object(body));
  std::string out;
  TOCSIN_CHECK(append_document_answer(out, item) == bulk_status_code(item.status));
  TOCSIN_CHECK(parser.parse(simdjson::padded_string(out)).error() == simdjson::SUCCESS);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static simdjson::dom::parser parser;
  static BulkReader reader;
  const std::string body(reinterpret_cast<const char*>(data), size);
  check_document(body);
  const Status status = reader.read(body, size % 2 == 0 ? "url" : "");
  std::string out;
  if (!status) {
    const int code = append_bulk_refusal(out, status.error());
    simdjson::dom::element root;
    TOCSIN_CHECK(parser.parse(simdjson::padded_string(out)).get(root) == simdjson::SUCCESS);
    TOCSIN_CHECK(root["status"].get_int64().value_unsafe() == code);
    return 0;
  }
  check_items(reader, body);
  append_bulk_answer(out, reader.items(), {.brief = size % 3 == 0});
  simdjson::dom::element root;
  TOCSIN_CHECK(parser.parse(simdjson::padded_string(out)).get(root) == simdjson::SUCCESS);
  TOCSIN_CHECK(root["items"].get_array().value_unsafe().size() == reader.items().size());
  return 0;
}
