// Any bytes as what the process that looks for new indicators says, and as what the service says to it: read or refused, and what was read is written as it stood.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "detect/intel/known_indicators.h"
#include "pipeline/ingest_messages.h"
#include "pipeline/retro_messages.h"

namespace {

std::string_view payload(const std::string& message) { return std::string_view(message).substr(tocsin::kIngestHeadBytes); }

void must(bool what) {
  if (!what) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      if (const auto start = read_retro_start(bytes)) must(read_retro_start(payload(retro_start_message(*start))).has_value());
      break;
    case 1:
      (void)read_indicator_rows(bytes, 4, [](const intel::Indicator& indicator, std::uint16_t) -> Status {
        (void)intel::shown(indicator.kind, indicator.key);
        return {};
      });
      break;
    case 2:
      if (const auto found = read_retro_found(bytes)) must(payload(retro_found_message(*found)) == bytes);
      break;
    case 3:
      if (const auto done = read_retro_done(bytes)) must(read_retro_done(payload(retro_done_message(*done)))->left_out == done->left_out);
      break;
    default:
      if (const auto known = intel::KnownIndicators::of(std::string(bytes))) (void)known->covers({}, 0);
  }
  return 0;
}
