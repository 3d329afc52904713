// Any bytes as a file of a spool: it opens, gives whole frames alone, goes on behind them, and what it took once it gives once more after it was opened again. And as one payload of a frame.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/memory_env.h"
#include "forward/spool.h"
#include "forward/spool_format.h"

namespace {

using namespace tocsin;
using namespace tocsin::forward;

std::size_t read_all(Spool& spool, std::string& last) {
  std::size_t records = 0;
  for (SpoolFrame frame; spool.next(frame).value_or(false);) {
    records += frame.size();
    if (frame.size() > 0) last = frame.record(frame.size() - 1);
  }
  return records;
}

/// The fuzzer cannot guess checksums: with one in five, they are put right.
std::string with_checksums(std::string bytes) {
  for (std::size_t at = kSpoolMagic.size(); at + kSpoolHeadBytes <= bytes.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    if (size > bytes.size() - at - kSpoolHeadBytes) break;
    const std::uint32_t check = spool_checksum(std::string_view(bytes).substr(at + kSpoolHeadBytes, size));
    std::memcpy(bytes.data() + at + sizeof size, &check, sizeof check);
    at += kSpoolHeadBytes + size;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)read_spool_payload(bytes);
  MemoryEnv env;
  env.add_file("spool/0000000000000001.spool", size % 5 == 0 ? bytes : with_checksums(bytes));
  std::string last;
  {
    auto spool = Spool::open(env, {.folder = "spool", .bytes_max = 1u << 30});
    TOCSIN_CHECK(spool.has_value());
    (void)read_all(**spool, last);
    const std::string_view record = "a record";
    const Status appended = (*spool)->append({"key", "mark", {&record, 1}});
    if (!appended) {  // a frame said that all numbers are used up
      TOCSIN_CHECK(appended.error().code == Code::kLimit);
      return 0;
    }
    TOCSIN_CHECK(read_all(**spool, last) == 1 && last == record);
  }
  auto again = Spool::open(env, {.folder = "spool", .bytes_max = 1u << 30});
  TOCSIN_CHECK(again.has_value() && (*again)->marks().at("key") == "mark");
  (*again)->rewind();
  TOCSIN_CHECK(read_all(**again, last) >= 1 && last == "a record");
  return 0;
}
