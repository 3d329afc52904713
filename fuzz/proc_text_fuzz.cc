// Any bytes as the texts of proc(5) and of the files of accounts: nothing is read beyond them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "forward/proc_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::forward;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto stat = parse_process_stat(bytes)) TOCSIN_CHECK(bytes.find(stat->name) != std::string_view::npos);
  for (const bool v6 : {false, true}) {
    for (const std::string_view line : split(bytes, '\n')) {
      if (const auto socket = parse_socket(line, v6)) TOCSIN_CHECK(!socket->local_address.empty() && !socket_state_name(socket->state).empty() == (socket->state != 0));
    }
  }
  TOCSIN_CHECK(value_of(bytes, "Package").size() <= size && release_value(bytes, "ID").size() <= size && command_line(bytes).size() <= size);
  return 0;
}
