// The checkpoints that are kept beside the log, `checkpoints` in its folder: signed notes in the order in which they were signed, each followed by an empty line. A torn end is cut when it is opened to write.
// One process writes; who reads may do so beside it. One thread at a time. Fails as the disk does.
//
//   CheckpointFile kept = TRY(CheckpointFile::open_to_write(env, folder));
//   TRY(kept.append(key.sign(head)));                                          // safe
//   const std::vector<std::string> notes = TRY(read_checkpoints(env, folder));  // beside it
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "report/audit/signed_note.h"

namespace tocsin::audit {

inline constexpr std::string_view kCheckpointsName = "checkpoints", kVerifierKeyName = "vkey";
/// A note takes some 250 bytes: one every five minutes for ten years.
inline constexpr std::size_t kCheckpointsBytesMax = 256u << 20;

class CheckpointFile {
 public:
  /// Makes it if there is none.
  static Result<CheckpointFile> open_to_write(Env& env, const std::string& folder);
  /// The last; "" without any.
  const std::string& newest() const { return newest_; }
  /// After one that failed the file is read again before the next.
  Status append(const std::string& note);

 private:
  CheckpointFile(Env& env, std::string folder) : env_(&env), folder_(std::move(folder)) {}
  Status load();
  Env* env_;
  std::string folder_;
  std::string newest_;
  std::unique_ptr<DurableFile> file_;  // nullptr: to be read again
};

/// In the order in which they were signed; none if there is no such file.
Result<std::vector<std::string>> read_checkpoints(Env& env, const std::string& folder);

/// The notes in a file as somebody kept it elsewhere: one, several as above, or lines of a syslog that have them. kInvalid if there is none.
Result<std::vector<std::string>> read_note_file(Env& env, const std::string& path);

}  // namespace tocsin::audit
