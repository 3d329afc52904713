#include "store/backup_copy.h"

#include <fmt/format.h>

#include <set>

#include "base/sha256.h"
#include "store/disk.h"

namespace tocsin::store {

namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

/// Gives every piece of the file to `take`.
template <class Take>
Result<FileDigest> read_all(Env& env, const std::string& path, const Cancelled& cancelled, Take&& take) {
  const std::unique_ptr<File> file = TRY(env.open(path));
  Sha256Stream digest;
  FileDigest found;
  std::string buffer(kPieceBytes, '\0');
  while (const std::size_t size = TRY(file->read(buffer.data(), buffer.size()))) {
    if (cancelled()) return Error{Code::kLimit, "was cancelled"};
    const std::string_view piece = std::string_view(buffer).substr(0, size);
    digest.update(piece);
    found.bytes += size;
    TRY(take(piece));
  }
  const Sha256 bytes = digest.finish();
  found.sha256.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return found;
}

}  // namespace

Result<FileDigest> copy_file(Env& env, const std::string& from, const std::string& to, const Cancelled& cancelled) {
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(to));
  FileDigest digest = TRY(read_all(env, from, cancelled, [&](std::string_view piece) { return file->append(piece); }));
  TRY(file->sync());
  return digest;
}

Result<FileDigest> digest_file(Env& env, const std::string& path, const Cancelled& cancelled) {
  return read_all(env, path, cancelled, [](std::string_view) { return Status(); });
}

Status link_or_copy(Env& env, const std::string& from, const std::string& to, const Cancelled& cancelled) {
  const Status linked = link_file(from, to);
  if (linked || linked.error().code != Code::kUnsupported) return linked;
  TRY(copy_file(env, from, to, cancelled));
  return {};
}

Status write_durably(Env& env, const std::string& path, std::string_view bytes) {
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(path));
  TRY(file->append(bytes));
  return file->sync();
}

Status make_folders_above(Env& env, const std::string& root, std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    TRY(env.make_folder(root + "/" + std::string(path.substr(0, slash))));
  }
  return {};
}

Status sync_folders(Env& env, const std::string& root, const std::vector<std::string>& paths) {
  std::set<std::string> folders = {root};
  for (const std::string& path : paths) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) folders.insert(root + "/" + path.substr(0, slash));
  }
  for (const std::string& folder : folders) TRY(env.sync_folder(folder));
  return {};
}

std::string hex_of(const std::string& sha256) {
  std::string hex;
  for (const char c : sha256) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

}  // namespace tocsin::store
