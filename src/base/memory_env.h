// An Env of strings for tests: files and folders in memory, clocks that stand still, and any call can be made
// to fail. Folders exist because something lies in them, or by add_folder. Paths are compared as written: no
// ".", "..", or links. Safe from any thread.
//
//   MemoryEnv env;
//   env.add_file("logs/a.json", "{}");
//   env.fail_call(3);  // the third call from now fails with Code::kIo
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/env.h"

namespace tocsin {

class MemoryEnv : public Env {
 public:
  void add_file(const std::string& path, std::string text);
  /// As add_file, but the file that is there stays what it is: more is written behind its end.
  void append_file(const std::string& path, std::string_view text);
  /// Emptied, and the same file still.
  void empty_file(const std::string& path);
  void add_folder(const std::string& path);
  /// Something that is neither a file nor a folder; opening it fails.
  void add_device(const std::string& path);
  /// What write_file or add_file left there.
  std::optional<std::string> text_of(const std::string& path) const;

  void set_now_us(std::int64_t now_us);
  /// Moves both clocks.
  void advance_us(std::int64_t duration_us);

  /// The n-th call from now (1 is the next) of open, read, open_watched, read_at of a watched file, read_file, write_file, list_folder, set_modified_us,
  /// make_folder, make_scratch_file, create_durable, open_durable, sync_folder, remove_file, rename_file, of append and read_at of a scratch
  /// file, or of append and sync of a durable file fails, and so do `count - 1` after it; 0 takes that back.
  void fail_call(std::uint64_t n, std::uint64_t count = 1);
  /// How many such calls there were since fail_call or the start: run once to count, then fail each in turn.
  std::uint64_t calls() const;
  /// The disk holds so many bytes more of durable files; what does not fit is written in part, and fails.
  void set_space(std::uint64_t bytes);
  /// Loss of power. Of each durable file, what was not synced survives in part, at random, and so does the file if its folder was
  /// not synced. Files that are open stay so; what is written to them afterwards is lost.
  void crash(std::uint64_t seed);
  /// Flips one bit of a file.
  void flip_bit(const std::string& path, std::uint64_t bit);
  /// The most bytes that one read() of a file returns; 1 shows what a reader makes of short reads.
  void set_read_size_max(std::size_t bytes);

  Result<std::unique_ptr<File>> open(const std::string& path) override;
  Result<std::unique_ptr<WatchedFile>> open_watched(const std::string& path) override;
  Result<FileStatus> status_of(const std::string& path) override;
  Result<std::string> read_file(const std::string& path, std::size_t bytes_max) override;
  Status write_file(const std::string& path, std::string_view text) override;
  Result<std::unique_ptr<DurableFile>> create_durable(const std::string& path) override;
  Result<std::unique_ptr<DurableFile>> open_durable(const std::string& path, bool from_start) override;
  Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) override;
  /// kDenied where the real one would wait.
  Result<std::unique_ptr<FileLock>> share_file(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Status remove_file(const std::string& path) override;
  Status rename_file(const std::string& from, const std::string& to) override;
  Result<std::unique_ptr<ScratchFile>> make_scratch_file() override;
  Result<std::vector<FolderEntry>> list_folder(const std::string& path) override;
  bool is_folder(const std::string& path) override;
  bool exists(const std::string& path) override;
  /// A file's time is that of the clock when it was added or written.
  TimeUs modified_us(const std::string& path) override;
  Status set_modified_us(const std::string& path, TimeUs time) override;
  Status make_folder(const std::string& path) override;
  std::int64_t now_us() override;
  std::int64_t monotonic_ns() override;

 private:
  class OpenFile;
  class OpenWatchedFile;
  class OpenScratchFile;
  class OpenDurableFile;
  class HeldLock;
  struct StoredFile {
    std::string text;
    TimeUs modified_us = kNoTime;
    std::string synced;            // what a loss of power cannot take
    bool is_durable = false;       // written through a DurableFile: may be lost
    bool name_synced = true;
    std::uint64_t inode = 0;
    std::optional<std::string> replaced = std::nullopt;  // what had this name before, until the name is synced
  };
  StoredFile& stored_file(const std::string& path);  // made if need be
  void keep_for_readers(StoredFile file);
  const StoredFile& opened(std::uint64_t inode) const;  // by whoever reads it
  FileStatus status_of(const StoredFile& file) const;
  bool count_call();  // false: this one is to fail
  bool is_folder_locked(const std::string& path) const;
  Result<std::string> find_file(const std::string& path);

  mutable std::mutex mutex_;  // protects all below
  std::map<std::string, StoredFile> files_;
  std::map<std::uint64_t, StoredFile> nameless_;  // of files that were removed, by inode: whoever has them open reads on
  std::uint64_t inodes_ = 0;
  std::set<std::string> folders_, devices_, locked_;
  std::multiset<std::string> shared_;
  std::int64_t now_us_ = 0, monotonic_ns_ = 0;
  std::uint64_t calls_ = 0, failing_call_ = 0, failing_calls_ = 1;
  std::uint64_t space_ = UINT64_MAX;
  std::uint64_t crashes_ = 0;
  std::size_t read_size_max_ = SIZE_MAX;
};

}  // namespace tocsin
