// The list of what a backup holds (docs/formats/backup.md). Pure.
//
//   const BackupManifest manifest = TRY(parse_manifest(text));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin::store {

/// Segments of years; what else claims to be a list ends here.
inline constexpr std::size_t kBackupFilesMax = 1'000'000;
inline constexpr std::size_t kManifestBytesMax = 256u << 20;

struct BackupFile {
  std::string path;    // below the backup
  std::uint64_t bytes = 0;
  std::string sha256;  // in hexadecimal
};

struct BackupManifest {
  std::string made;      // RFC 3339
  std::string key_mark;  // "" if the key was not at hand
  std::vector<BackupFile> files;  // in order of paths
};

/// Whether a manifest may name it: relative, without "." and "..", empty parts and control characters.
bool is_backup_path(std::string_view path);

std::string write_manifest(const BackupManifest& manifest);
/// kInvalid unless it is whole and what was written.
Result<BackupManifest> parse_manifest(std::string_view text);

}  // namespace tocsin::store
