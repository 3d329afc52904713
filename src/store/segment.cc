#include "store/segment.h"

#include <fmt/format.h>

#include "base/sha256.h"

namespace tocsin::store {
namespace {

constexpr std::size_t kReadBytes = 1u << 20;

}  // namespace

Result<FileDigest> digest_of(Env& env, const std::string& path) {
  const std::unique_ptr<File> file = TRY(env.open(path));
  Sha256Stream digest;
  FileDigest found;
  std::string buffer(kReadBytes, '\0');
  while (const std::size_t size = TRY(file->read(buffer.data(), buffer.size()))) {
    digest.update(std::string_view(buffer).substr(0, size));
    found.bytes += size;
  }
  const Sha256 bytes = digest.finish();
  found.sha256.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return found;
}

Status check_segment(Env& env, const std::string& folder, const Segment& segment) {
  const std::string path = folder + "/" + segment.file;
  const FileDigest found = TRY(digest_of(env, path));
  if (found.bytes != segment.bytes) return Error{Code::kInvalid, fmt::format("{}: has {} bytes, not {}", path, found.bytes, segment.bytes)};
  if (found.sha256 != segment.sha256) return Error{Code::kInvalid, path + ": is not what was written; its SHA-256 is another one"};
  return {};
}

}  // namespace tocsin::store
