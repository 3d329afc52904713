// Any bytes as a line of the control socket: as a request, written again and read again it is the same; as an answer, an error or JSON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "pipeline/control_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const Result<ControlRequest> request = parse_control_request(line)) {
    std::string written = write_control_request(*request);
    TOCSIN_CHECK(written.ends_with('\n'));
    written.pop_back();
    TOCSIN_CHECK(written.find('\n') == std::string::npos);
    if (written.size() <= kControlRequestBytesMax) {
      const Result<ControlRequest> again = parse_control_request(written);
      TOCSIN_CHECK(again && again->command == request->command && again->arguments.size() == request->arguments.size());
    }
  }
  (void)parse_control_answer(line);
  return 0;
}
