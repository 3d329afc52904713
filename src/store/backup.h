// A copy of a data folder, made while a service runs on it or not, and a data folder made of such a copy (docs/formats/backup.md). What was acknowledged
// before make_backup() was called is in it. A backup has its name only when all of it is safe on the disk; one that was cut short is `NAME.partial`.
//
// One thread; several processes may, one after another (kDenied to the second). Fails with kInvalid (a place that is taken, a backup that is damaged), kIo,
// or kLimit when it was cancelled; then the place named is as it was.
//
//   const BackupDone done = TRY(make_backup(env, {.data = data, .to = "/backup/monday", .cancelled = cancelled}));
//   TRY(restore_backup(env, "/backup/monday", "/var/lib/tocsin", cancelled));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/env.h"
#include "store/backup_manifest.h"
#include "store/data_folder.h"

namespace tocsin::store {

struct BackupOrder {
  DataFolder data;
  std::string to;
  std::string key_file;  // only looked at, for the mark of its key; it may be missing
  std::function<bool()> cancelled = [] { return false; };
};

struct BackupDone {
  std::uint64_t files = 0, bytes = 0;
  std::string key_mark;  // of the key without which its journal cannot be read; "": not known
  /// Segments that are not what was written: they are in the backup as they are, and damaged in the data folder.
  std::vector<std::string> damaged;
  /// Attachments whose content is not in the data folder any more.
  std::vector<std::string> missing;
};

Result<BackupDone> make_backup(Env& env, const BackupOrder& order);

/// The list of the backup in this folder. kNotFound if it is none, kInvalid if the list is damaged.
Result<BackupManifest> read_backup(Env& env, const std::string& folder);
/// Reads all of it; `wrong` gets everything that is not as the list says. How many that were.
Result<std::uint64_t> check_backup(Env& env, const std::string& folder, const BackupManifest& manifest,
                                   const std::function<void(const std::string&)>& wrong);
/// Makes `data` of it, which must be empty or not there yet.
Result<BackupDone> restore_backup(Env& env, const std::string& from, const std::string& data, const std::function<bool()>& cancelled);

}  // namespace tocsin::store
