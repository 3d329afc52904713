// Any bytes as a line of which personal data and secrets go: findings are in order and within the line, what was JSON stays JSON, and nothing that is found in the line is left in what comes out, but for
// what is made by what goes. The finder and its slow twin find the same, with all kinds and without some.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "protect/finder_twin.h"
#include "protect/redactor.h"

namespace {

using namespace tocsin::protect;

void compare(const std::vector<Kind>& ignore, std::string_view line) {
  std::vector<Finding> found, expected;
  Finder(ignore).find(line, found);
  FinderTwin(ignore).find(line, expected);
  TOCSIN_CHECK(found == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  Redactor redactor{RedactorOptions{}};
  std::size_t end = 0;
  for (const Finding& one : redactor.look_at(line)) {
    TOCSIN_CHECK(one.from >= end && one.from < one.to && one.to <= size);
    end = one.to;
  }
  compare({}, line);
  compare({Kind::kEmail, Kind::kPhone, Kind::kIp, Kind::kMac, Kind::kCoordinates, Kind::kBirthDate, Kind::kPerson}, line);
  std::string out, spans;
  Redactor other{RedactorOptions{}};
  other.append_redacted(line, out);
  Redactor third{RedactorOptions{}};
  third.append_spans(line, spans);
  boost::system::error_code failed;
  (void)boost::json::parse(spans, failed);
  TOCSIN_CHECK(!failed);
  const boost::json::value before = boost::json::parse(boost::json::string_view(line.data(), line.size()), failed);
  if (failed || !(before.is_object() || before.is_array())) return 0;
  (void)boost::json::parse(out, failed);
  TOCSIN_CHECK(!failed);
  return 0;
}
