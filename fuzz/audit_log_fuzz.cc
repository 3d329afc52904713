// Any bytes as the leaves of an audit log: it opens to read and to write with the same leaves, goes on behind them, has what it took when it is opened again, and the verifier reads it to its end.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/memory_env.h"
#include "report/audit/audit_log.h"
#include "report/audit/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::audit;
  MemoryEnv env;
  const std::string folder = "/audit";
  (void)env.make_folder(folder);
  env.add_file(folder + "/" + leaf_file_name(0), std::string(reinterpret_cast<const char*>(data), size));
  if (!verify_log(env, {.folder = folder})) __builtin_trap();
  const auto reader = AuditLog::open_to_read(env, folder);
  const auto writer = AuditLog::open_to_write(env, folder, 0);
  if (!reader || !writer || (*reader)->root() != (*writer)->root()) __builtin_trap();
  const std::uint64_t had = (*writer)->size(), position = (*writer)->last_position("fuzz");
  const AuditEntry entry{.what = "a.deed", .source = "fuzz", .position = position + 1};
  const Status added = (*writer)->append(std::span(&entry, 1), 1);
  if (!added) return 0;  // a position or a count at its limit
  const auto again = AuditLog::open_to_read(env, folder);
  if (!again || (*again)->size() != had + 1 || (*again)->root() != (*writer)->root() || !(*again)->leaf(had)) __builtin_trap();
  return 0;
}
