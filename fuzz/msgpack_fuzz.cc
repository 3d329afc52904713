// Any bytes as MessagePack. Whatever the pieces, a value ends where the slow twin says, and is the same JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/msgpack_json.h"
#include "collect/msgpack_twin.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  if (size > 64 << 10) return 0;  // the twin is slow
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const MsgpackTwin twin{std::string(bytes)};
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) {
    MsgpackEnd end;
    Result<std::size_t> found = std::size_t{0};
    for (std::size_t at = 0; found && *found == 0 && at < size;) {
      at = std::min(at + step, size);
      found = end.find(bytes.substr(0, at));
      if (found && *found == 0) TOCSIN_CHECK(end.needed() > at);
    }
    TOCSIN_CHECK(found.has_value() == (twin.outcome != MsgpackTwin::Outcome::kBad));
    if (found) TOCSIN_CHECK(*found == (twin.outcome == MsgpackTwin::Outcome::kWhole ? twin.size : 0));
  }
  if (twin.outcome != MsgpackTwin::Outcome::kWhole) return 0;
  MsgpackReader reader(bytes);
  std::string json;
  append_msgpack_json(json, reader);
  TOCSIN_CHECK(json == twin.json && reader.at() == twin.size);
  return 0;
}
