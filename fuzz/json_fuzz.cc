// Any bytes as JSON input, twice. As one text: every kernel must give what the portable one gives, and the verdict must be that
// of simdjson, except for what RFC 8259 leaves to the parser (the range of numbers, lone surrogates, depth). As a file: the
// pieces that the reader finds must not depend on the size of its reads, and none of them may trouble the parser.
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/memory_env.h"
#include "collect/block.h"
#include "normalize/json.h"

namespace {

using namespace tocsin;

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

std::vector<JsonScanner> fast_scanners() {
  std::vector<JsonScanner> all = {best_json_scanner()};
#if defined(__x86_64__)
  all.push_back(json_scan_sse2);
  if (__builtin_cpu_supports("avx2")) all.push_back(json_scan_avx2);
#endif
  return all;
}

/// Everything the parser says about a text, as text.
std::string told(std::string_view text, JsonScanner scanner, bool& good) {
  const PlainNaming naming;
  PathTable paths(naming);
  JsonParser parser(paths, scanner);
  Event event;
  const std::string padded = std::string(text) + std::string(kJsonPadding, '"');
  const Status status = parser.parse({padded.data(), text.size()}, event);
  good = status.has_value();
  std::string out = good ? "" : status.error().message;
  for (const Value& value : event.values) {
    out += '\n' + paths.name(value.path) + '=' + std::to_string(static_cast<int>(value.kind));
    append_value_text(out, value);
  }
  return out;
}

/// simdjson's verdicts that are no judgement of ours.
bool is_open(simdjson::error_code error, std::string_view text) {
  return error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR ||
         (error == simdjson::STRING_ERROR && text.find("\\u") != std::string_view::npos);
}

void check_as_text(std::string_view text) {
  static simdjson::dom::parser parser;
  bool good = false;
  const std::string expected = told(text, json_scan_portable, good);
  for (const JsonScanner scanner : fast_scanners()) {
    bool also_good = false;
    TOCSIN_CHECK(told(text, scanner, also_good) == expected);
    TOCSIN_CHECK(also_good == good);
  }
  const simdjson::padded_string copy(text);
  const simdjson::error_code verdict = parser.parse(copy).error();
  if (good) TOCSIN_CHECK(verdict == simdjson::SUCCESS || is_open(verdict, text));
  if (verdict == simdjson::SUCCESS && !good) TOCSIN_CHECK(expected.find("deep") != std::string::npos);
}

std::string_view no_fields(std::string_view) { return {}; }

std::size_t whole_lines(std::string_view text, bool at_end) { return at_end ? text.size() : text.rfind('\n') + 1; }

/// What the reader makes of a file; `read_max` bounds each read of it.
std::string pieces_of(const std::string& bytes, std::size_t read_max) {
  MemoryEnv env;
  env.add_file("log.json", bytes);
  env.set_read_size_max(read_max);
  auto reader = BlockReader::open(env, "log.json", {whole_lines, no_fields});
  if (!reader) return "refused: " + reader.error().message;
  std::string out;
  Block block;
  for (;;) {
    const Result<bool> more = (*reader)->next(block);
    if (!more) out += "\nerror: " + more.error().message;
    if (!more || !*more) return out;
    if (block.format != Format::kJsonDocument) out += block.text();
    for (const Piece& piece : block.pieces) {
      TOCSIN_CHECK(piece.from + piece.size <= block.size);
      const std::string_view text = block.text().substr(piece.from, piece.size);
      bool good = false;
      if (piece.damage == nullptr) told(text, best_json_scanner(), good);
      out += piece.damage == nullptr ? "\npiece: " : "\ndamage: ";
      out += piece.damage == nullptr ? text : std::string_view(piece.damage);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check_as_text(bytes);
  TOCSIN_CHECK(pieces_of(bytes, bytes.size() + 1) == pieces_of(bytes, 1 + size % 7));
  return 0;
}
