// What a compressed file may do to a scan: any bytes, taken for a file, are unwrapped to their end with reads of a size that
// the first byte chooses; short reads must give the same bytes as long ones. Output is bounded, as a scan would bound time.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/memory_env.h"
#include "collect/byte_stream.h"

namespace {

using namespace tocsin;

/// A bomb is another test's business (collect/byte_stream_test.cc). More than this makes most executions of a long run unpack zeros.
constexpr std::size_t kOutputBytes = 64 << 10;

std::string unwrap(const std::string& bytes, std::size_t file_read_max, std::size_t read_size, bool& failed) {
  MemoryEnv env;
  env.add_file("log", bytes);
  env.set_read_size_max(file_read_max);
  std::string text;
  auto stream = ByteStream::open(env, "log");
  if (!stream) return text;
  std::string buffer(read_size, '\0');
  while (text.size() < kOutputBytes) {
    const Result<std::size_t> got = (*stream)->read(buffer.data(), buffer.size());
    failed = !got;
    if (failed || *got == 0) break;
    text.append(buffer, 0, *got);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bool failed = false, failed_short = false;
  const std::string whole = unwrap(bytes, bytes.size() + 1, 256 << 10, failed);
  if (whole.size() >= kOutputBytes) return 0;
  const std::string pieces = unwrap(bytes, 1 + data[0] % 16, 1 + data[0], failed_short);
  TOCSIN_CHECK(pieces == whole);
  TOCSIN_CHECK(failed == failed_short);
  return 0;
}
