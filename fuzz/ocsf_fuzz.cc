// Any bytes as an event, and the event as OCSF by the shipped mappings. What is written is one JSON object, whatever the event holds, no longer
// than promised, and the same a second time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/check.h"
#include "normalize/json.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"

namespace {

using namespace tocsin;

/// What an object has beside the event's own bytes: names of attributes, constants of mappings, numbers.
constexpr std::size_t kOwnBytes = 64 << 10;
/// Places that the shipped mappings give one value, and its observables.
constexpr std::size_t kPlaces = 8;

const Taxonomy& taxonomy() {
  static const auto loaded = Taxonomy::load(Taxonomy::shipped(true));
  return **loaded;
}

struct Tables {
  PathTable paths{taxonomy()};
  LogSourceTable log_sources;
  Classifier classifier{taxonomy(), log_sources, paths};
  OcsfProjector projector{taxonomy(), log_sources, paths};
  JsonParser json{paths};
  TextParser text{paths};
};

bool is_json(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

/// `sound`: simdjson takes the source too. Half a pair of surrogates and 1e999 are handed on as they are.
void check(Tables& tables, Event& event, std::size_t size, bool sound) {
  tables.classifier.classify(event);
  std::string out, again;
  tables.projector.append(event, out);
  tables.projector.append(event, again);
  TOCSIN_CHECK(out == again);
  TOCSIN_CHECK(out.size() <= kPlaces * kOcsfEscapeMax * size + kOwnBytes + event.values.size() * 512);
  TOCSIN_CHECK(!sound || is_json(out));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Tables tables;
  std::string padded = bytes;
  padded.append(kJsonPadding, ' ');
  Event event;
  if (tables.json.parse(std::string_view(padded).substr(0, size), event)) check(tables, event, size, is_json(bytes));
  tables.text.begin_file(kNoTime, {});
  tables.text.parse(bytes, [&](Event& line, std::size_t) { check(tables, line, size, true); });
  return 0;
}
