// Any bytes as the list of a backup: what is taken for one is written again as the same bytes, and names nothing outside. Since a digest guards it, the
// bytes are also taken with the digest that they need.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/sha256.h"
#include "store/backup_manifest.h"

namespace {

void check(std::string_view text) {
  using namespace tocsin::store;
  const tocsin::Result<BackupManifest> manifest = parse_manifest(text);
  if (!manifest) return;
  for (const BackupFile& file : manifest->files) TOCSIN_CHECK(is_backup_path(file.path));
  const tocsin::Result<BackupManifest> again = parse_manifest(write_manifest(*manifest));
  TOCSIN_CHECK(again && again->files.size() == manifest->files.size() && again->made == manifest->made);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  std::string guarded(text.substr(0, text.rfind("end ")));
  guarded += "end ";
  tocsin::append_hex(guarded, tocsin::sha256(std::string_view(guarded).substr(0, guarded.size() - 4)), 32);
  check(guarded + "\n");
  return 0;
}
