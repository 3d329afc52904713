// Any bytes as a GELF connection. However they are cut into reads, the texts are those that a plain split at NULs finds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "collect/gelf_frames.h"

namespace {

using namespace tocsin;
using Texts = std::vector<std::pair<std::string, bool>>;

struct Told : ReceivedVisitor {
  void record(const Received& received) override { texts.emplace_back(received.raw, received.truncated); }
  Texts texts;
};

Texts split(std::string_view bytes) {
  Texts texts;
  std::string text;
  for (const char c : bytes) {
    if (c != '\0') {
      text += c;
    } else if (!text.empty()) {
      texts.emplace_back(text.substr(0, kGelfFrameBytesMax), text.size() > kGelfFrameBytesMax);
      text.clear();
    }
  }
  if (!text.empty()) texts.emplace_back(text.substr(0, kGelfFrameBytesMax), true);
  return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Texts expected = split(bytes);
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) {
    GelfFrames frames;
    Told told;
    for (std::size_t at = 0; at < bytes.size(); at += step) frames.read(bytes.substr(at, step), told);
    frames.finish(told);
    TOCSIN_CHECK(told.texts == expected);
  }
  return 0;
}
