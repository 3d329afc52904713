// What people attach to incidents: the content of each file, sealed in one of its own (docs/formats/attachments.md), so that nothing on the machine can run it and no scanner trips over it.
// What it is called, how large it is and by whom it came, is with the acts (case_log.h); the order is what makes both safe: content first, then the act that names it. Content that no act
// names was left by a crash, and sweep() removes it.
//
//   Attachments attachments(env, data, key);
//   AttachmentWriter writer = TRY(attachments.begin());
//   TRY(writer.append(piece));
//   act.file = TRY(writer.finish());          // safe on the disk
//   TRY(log.add(act, by));                    // while `writer` is there: until it goes, nothing sweeps
//
// Any thread, and several processes; a writer or a reader belongs to one thread at a time. Fails with kLimit (too large), kNotFound, kInvalid (damaged, or of another key), kDenied (a backup is made), or as the disk does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "event/case.h"
#include "store/case_log.h"
#include "store/data_folder.h"

namespace tocsin {

/// The content of one: a sample, a mail, a disk artefact. What is larger belongs where images of disks are kept, and its hash into a comment.
inline constexpr std::uint64_t kAttachmentBytesMax = 64u << 20;
/// Those of one incident whose content is kept, and the content of all together: what an analyst who attaches by a script may take of the disk.
inline constexpr std::size_t kIncidentAttachmentsMax = 100;
inline constexpr std::uint64_t kAttachmentsBytesMax = std::uint64_t{4} << 30;
/// As file systems have it.
inline constexpr std::size_t kAttachmentNameBytesMax = 255;
/// Sealed at a time, and so held by who writes or reads.
inline constexpr std::size_t kAttachmentFrameBytes = 64 << 10;

/// What a file is called, as data: without the folders above it, separators, and characters that move the cursor, turn the direction of writing or cannot be seen ("_" stands for each); cut where it is too long. "unnamed" if nothing is left.
std::string attachment_name(std::string_view name);

/// For who knows before that it is: kLimit, in words.
Error attachment_too_large();

class AttachmentWriter {
 public:
  AttachmentWriter(AttachmentWriter&&) = default;
  AttachmentWriter& operator=(AttachmentWriter&&) = delete;
  /// What was not finished goes.
  ~AttachmentWriter();

  Status append(std::string_view bytes);
  /// Once: the content is safe, at `place`, without a name yet.
  Result<AttachedFile> finish();

 private:
  friend class Attachments;
  AttachmentWriter(Env& env, std::string folder, std::string place, SealKey key, std::unique_ptr<FileLock> lock, std::unique_ptr<DurableFile> file);
  Status write_frame(bool last);

  Env* env_;
  std::string folder_, place_, unfinished_;
  Seal seal_;
  std::unique_ptr<FileLock> lock_;  // shared: no sweep while it writes
  std::unique_ptr<DurableFile> file_;
  std::unique_ptr<Sha256Stream> digest_;
  std::string frame_;
  std::uint64_t bytes_ = 0, frames_ = 0;
};

class AttachmentReader {
 public:
  /// The next piece, at most a frame; "" behind the last. What it gives is what was attached, or an error.
  Result<std::string> next();

 private:
  friend class Attachments;
  AttachmentReader(std::string path, SealKey key, std::unique_ptr<File> file);
  Result<bool> fill();

  std::string path_;
  Seal seal_;
  std::unique_ptr<File> file_;
  std::string ahead_;  // of the file, not opened yet: a frame and a byte of the next, where there is one
  std::uint64_t frames_ = 0;
  bool over_ = false;
};

class Attachments {
 public:
  /// `key` is that of attachments_key(). Makes nothing.
  Attachments(Env& env, const DataFolder& data, const SealKey& key);

  Result<AttachmentWriter> begin();
  Result<AttachmentReader> open(const AttachedFile& file);
  /// Reads all of it: whether it is what was attached.
  Status check(const AttachedFile& file);
  /// The content goes; that there is none any more is no failure.
  Status remove(const AttachedFile& file);

 private:
  Env& env_;
  const DataFolder data_;
  const SealKey key_;
};

/// Holds off backups, which would have the act and not the content, while something is removed. kDenied while one is made.
Result<std::unique_ptr<FileLock>> hold_removal(Env& env, const DataFolder& data);

/// The key under which content is sealed, which outlasts an exchange of the master key; made if there is none, and the folder with it. kDenied if another process makes it just now.
Result<SealKey> attachments_key(Env& env, const DataFolder& data, Seal& master);

/// For the start of a service: removes what no act names; gives how many that were. Does nothing while somebody attaches something.
Result<std::size_t> sweep_attachments(Env& env, const DataFolder& data, CaseLog& acts);

}  // namespace tocsin
