// Any bytes as a capture: lines of JSON come out, the same in one piece and in many.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/capture_stream.h"
#include "collect/capture_testing.h"
#include "collect/json_walk.h"

namespace {

using namespace tocsin;

std::string lines(std::string_view bytes, std::size_t piece, std::string& trouble) {
  const auto stream = make_capture_stream(std::make_unique<TextStream>(std::string(bytes), piece));
  return read_all(*stream, trouble, piece);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string trouble, trouble_in_pieces;
  const std::string whole = lines(bytes, 1u << 20, trouble);
  TOCSIN_CHECK(lines(bytes, 13, trouble_in_pieces) == whole);
  TOCSIN_CHECK(trouble == trouble_in_pieces);
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    TOCSIN_CHECK(end != std::string_view::npos && is_json_object(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
  return 0;
}
