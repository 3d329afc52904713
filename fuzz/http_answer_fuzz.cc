// Any bytes as a provider's answer over HTTP: the same whole and byte by byte, and never more than it may be.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "oidc/http_answer.h"

namespace {

using namespace tocsin;
using namespace tocsin::oidc;

constexpr std::uint64_t kBodyBytesMax = 1'000;

std::string read_as(std::string_view bytes, std::size_t piece) {
  HttpAnswerReader reader(kBodyBytesMax);
  bool whole = false;
  for (std::size_t at = 0; at < bytes.size() && !whole; at += piece) {
    const Result<HttpAnswerReader::Step> step = reader.feed(bytes.substr(at, piece));
    if (!step) return "refused";
    whole = *step == HttpAnswerReader::Step::kWhole;
  }
  if (!whole && !reader.end()) return "cut";
  TOCSIN_CHECK(reader.answer().body.size() <= kBodyBytesMax);
  return std::to_string(reader.answer().status) + reader.answer().body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TOCSIN_CHECK(read_as(bytes, size == 0 ? 1 : size) == read_as(bytes, 1));
  return 0;
}
