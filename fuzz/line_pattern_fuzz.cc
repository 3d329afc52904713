// A pattern, a line feed, and a line: any bytes compile or are refused with a reason, and what compiles says of the line what its twin says.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "normalize/line_pattern.h"
#include "normalize/line_pattern_twin.h"

namespace {

using namespace tocsin;

constexpr TimeUs kReference = 1'704'423'721'000'000;  // 2024-01-05
/// The twin looks at every place, and at what may follow once for each way to it.
constexpr std::size_t kTwinBytesMax = 96;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view written = text.substr(0, end);
  std::string_view line = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  const Result<LinePattern> pattern = LinePattern::compile(written);
  if (!pattern) {
    TOCSIN_CHECK(!pattern.error().message.empty());
    return 0;
  }
  LineMatch match;
  const bool fits = pattern->match(line, kReference, match);
  for (const LineMatch::Field& field : match) {
    if (!fits) break;
    TOCSIN_CHECK(field.name < pattern->names().size());
    TOCSIN_CHECK(field.text.empty() || (field.text.data() >= line.data() && field.text.data() + field.text.size() <= line.data() + line.size()));
  }
  if (fits && !line.empty()) TOCSIN_CHECK(pattern->may_begin(line));
  if (written.size() > kTwinBytesMax || line.size() > kTwinBytesMax) return 0;
  std::vector<LinePatternTwin::Field> expected;
  TOCSIN_CHECK(LinePatternTwin(written).match(line, kReference, expected) == fits);
  if (!fits) return 0;
  TOCSIN_CHECK(match.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    TOCSIN_CHECK(pattern->names()[match.begin()[i].name] == expected[i].name && match.begin()[i].text == expected[i].text);
  }
  return 0;
}
