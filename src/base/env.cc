#include "base/env.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/descriptor.h"

namespace tocsin {

namespace {

/// The error of the system call that just failed.
Error system_error(const std::string& path, const char* what) {
  const int number = errno;
  Code code = Code::kIo;
  if (number == ENOENT || number == ENOTDIR) code = Code::kNotFound;
  if (number == EACCES || number == EPERM) code = Code::kDenied;
  return Error{code, path + ": " + what + ": " + std::strerror(number)};
}

class SystemFile : public File {
 public:
  SystemFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    while (true) {
      const ssize_t got = ::read(descriptor_.get(), into, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return system_error(path_, "cannot be read");
    }
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

Result<FileStatus> as_file_status(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) return Error{Code::kInvalid, path + ": is no regular file"};
  const TimeUs modified = static_cast<TimeUs>(status.st_mtim.tv_sec) * 1'000'000 + status.st_mtim.tv_nsec / 1000;
  return FileStatus{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), modified};
}

class SystemWatchedFile : public WatchedFile {
 public:
  SystemWatchedFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<FileStatus> status() override {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) return system_error(path_, "cannot be looked at");
    return as_file_status(status, path_);
  }

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(descriptor_.get(), into + done, size - done, static_cast<off_t>(offset + done));
      if (got == 0) break;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(path_, "cannot be read");
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

Status write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      return system_error(path, "cannot be written");
    }
  }
  return {};
}

class SystemScratchFile : public ScratchFile {
 public:
  SystemScratchFile(Descriptor descriptor, std::string folder)
      : descriptor_(std::move(descriptor)), name_("scratch file in " + std::move(folder)) {}

  Status append(std::string_view bytes) override { return write_all(descriptor_.get(), bytes, name_); }

  Status read_at(std::uint64_t offset, char* into, std::size_t size) override {
    while (size > 0) {
      const ssize_t got = ::pread(descriptor_.get(), into, size, static_cast<off_t>(offset));
      if (got == 0) return Error{Code::kIo, name_ + ": is shorter than what was written"};
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(name_, "cannot be read");
      into += got;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
    return {};
  }

 private:
  Descriptor descriptor_;
  std::string name_;
};

class SystemDurableFile : public DurableFile {
 public:
  SystemDurableFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status append(std::string_view bytes) override { return write_all(descriptor_.get(), bytes, path_); }

  Status sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return system_error(path_, "what was written cannot be made safe");
    return {};
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class SystemFileLock : public FileLock {
 public:
  explicit SystemFileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

/// What a folder's entry is. Links count as what they point to, unless that is a folder.
FolderEntry describe_entry(int folder, const dirent& entry) {
  FolderEntry found{entry.d_name, entry.d_type == DT_DIR, entry.d_type == DT_REG};
  if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return found;
  struct stat status {};
  if (entry.d_type == DT_UNKNOWN && ::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    found.is_folder = S_ISDIR(status.st_mode);
  }
  if (::fstatat(folder, entry.d_name, &status, 0) == 0) found.is_file = S_ISREG(status.st_mode);
  return found;
}

class SystemEnv : public Env {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path) override {
    Descriptor descriptor = TRY(open_for_reading(path));
    return std::unique_ptr<File>(std::make_unique<SystemFile>(std::move(descriptor), path));
  }

  Result<std::unique_ptr<WatchedFile>> open_watched(const std::string& path) override {
    // Not blocking: a pipe is told by what it is once it is open, not by waiting for its writer.
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (descriptor.get() < 0) return system_error(path, "cannot be opened");
    auto file = std::make_unique<SystemWatchedFile>(std::move(descriptor), path);
    TRY(file->status());
    return std::unique_ptr<WatchedFile>(std::move(file));
  }

  Result<FileStatus> status_of(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return system_error(path, "cannot be looked at");
    return as_file_status(status, path);
  }

  Result<std::string> read_file(const std::string& path, std::size_t bytes_max) override {
    SystemFile file(TRY(open_for_reading(path)), path);
    std::string text;
    char buffer[65'536];
    while (true) {
      const std::size_t got = TRY(file.read(buffer, sizeof buffer));
      if (got == 0) return text;
      if (got > bytes_max - text.size()) {
        return Error{Code::kLimit,
                     path + ": larger than the limit of " + std::to_string(bytes_max) + " bytes"};
      }
      text.append(buffer, got);
    }
  }

  Status write_file(const std::string& path, std::string_view text) override {
    Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (descriptor.get() < 0) return system_error(path, "cannot be written");
    TRY(write_all(descriptor.get(), text, path));
    if (::close(descriptor.release()) != 0) return system_error(path, "cannot be written");
    return {};
  }

  Result<std::unique_ptr<DurableFile>> create_durable(const std::string& path) override {
    return open_for_writing(path, O_CREAT | O_EXCL);
  }

  Result<std::unique_ptr<DurableFile>> open_durable(const std::string& path, bool from_start) override {
    return open_for_writing(path, from_start ? 0 : O_APPEND);
  }

  Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) override {
    Descriptor descriptor = TRY(open_lock(path));
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) {
      return std::unique_ptr<FileLock>(std::make_unique<SystemFileLock>(std::move(descriptor)));
    }
    if (errno == EWOULDBLOCK) return Error{Code::kDenied, path + ": another process has it"};
    return system_error(path, "cannot be locked");
  }

  Result<std::unique_ptr<FileLock>> share_file(const std::string& path) override {
    Descriptor descriptor = TRY(open_lock(path));
    int code = 0;
    do code = ::flock(descriptor.get(), LOCK_SH);
    while (code != 0 && errno == EINTR);
    if (code != 0) return system_error(path, "cannot be locked");
    return std::unique_ptr<FileLock>(std::make_unique<SystemFileLock>(std::move(descriptor)));
  }

  Status sync_folder(const std::string& path) override {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0) return system_error(path, "cannot be opened");
    if (::fsync(descriptor.get()) != 0) return system_error(path, "its list of files cannot be made safe");
    return {};
  }

  Status remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_error(path, "cannot be removed");
    return {};
  }

  Status rename_file(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error(from, "cannot be renamed");
    return {};
  }

  Result<std::unique_ptr<ScratchFile>> make_scratch_file() override {
    const char* chosen = std::getenv("TMPDIR");
    const bool is_chosen = chosen != nullptr && *chosen != '\0';
    std::string folder = is_chosen ? chosen : "/var/tmp";
    int number = make_unnamed(folder);
    if (number < 0 && !is_chosen) number = make_unnamed(folder = "/tmp");
    if (number < 0) return system_error(folder, "a scratch file cannot be made there; set TMPDIR to another folder");
    return std::unique_ptr<ScratchFile>(std::make_unique<SystemScratchFile>(Descriptor(number), folder));
  }

  Result<std::vector<FolderEntry>> list_folder(const std::string& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
    if (folder == nullptr) return system_error(path, "cannot be listed");
    std::vector<FolderEntry> entries;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back(describe_entry(::dirfd(folder.get()), *entry));
    }
    if (errno != 0) return system_error(path, "cannot be listed");
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
  }

  bool is_folder(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }

  bool exists(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
  }

  TimeUs modified_us(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return kNoTime;
    return static_cast<TimeUs>(status.st_mtim.tv_sec) * 1'000'000 + status.st_mtim.tv_nsec / 1000;
  }

  Status set_modified_us(const std::string& path, TimeUs time) override {
    TimeUs seconds = time / 1'000'000, rest = time % 1'000'000;
    if (rest < 0) {  // before 1970
      --seconds;
      rest += 1'000'000;
    }
    const timespec when{static_cast<time_t>(seconds), static_cast<long>(rest * 1000)};
    const timespec both[2] = {{0, UTIME_OMIT}, when};  // the time of the last access stays
    if (::utimensat(AT_FDCWD, path.c_str(), both, 0) != 0) return system_error(path, "its time cannot be set");
    return {};
  }

  Status make_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) == 0 || (errno == EEXIST && is_folder(path))) return {};
    return system_error(path, "cannot be made a folder");
  }

  std::int64_t now_us() override { return read_clock(CLOCK_REALTIME) / 1000; }
  std::int64_t monotonic_ns() override { return read_clock(CLOCK_MONOTONIC); }

 private:
  static Result<Descriptor> open_lock(const std::string& path) {
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (descriptor.get() < 0) return system_error(path, "cannot be opened");
    if (::geteuid() == 0) give_to_owner_of_folder(descriptor.get(), path);
    return descriptor;
  }

  /// What root makes where another user's service works has to be that user's, or the service could not open it. Not what has a second name: that may be any file.
  static void give_to_owner_of_folder(int descriptor, const std::string& path) {
    struct stat file {}, folder {};
    const std::size_t name = path.rfind('/') + 1;  // 0 without a slash
    if (::fstat(descriptor, &file) != 0 || file.st_uid != 0 || file.st_nlink != 1) return;
    if (::stat(name == 0 ? "." : path.substr(0, name).c_str(), &folder) != 0) return;
    (void)!::fchown(descriptor, folder.st_uid, folder.st_gid);
  }

  /// Not by O_TMPFILE, which some file systems do not know.
  static int make_unnamed(const std::string& folder) {
    std::string path = folder + "/tocsin-XXXXXX";
    const int number = ::mkostemp(path.data(), O_CLOEXEC);
    if (number >= 0) ::unlink(path.c_str());
    return number;
  }

  static Result<Descriptor> open_for_reading(const std::string& path) {
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (descriptor.get() < 0) return system_error(path, "cannot be opened");
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return system_error(path, "cannot be opened");
    if (S_ISDIR(status.st_mode)) return Error{Code::kInvalid, path + ": is a folder, not a file"};
    ::posix_fadvise(descriptor.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // advice only; fails on a pipe
    return descriptor;
  }

  static Result<std::unique_ptr<DurableFile>> open_for_writing(const std::string& path, int flags) {
    Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (descriptor.get() < 0) return system_error(path, "cannot be written");
    return std::unique_ptr<DurableFile>(std::make_unique<SystemDurableFile>(std::move(descriptor), path));
  }

  static std::int64_t read_clock(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  }
};

}  // namespace

Env& Env::system() {
  static SystemEnv env;
  return env;
}

std::vector<FoundFile> find_files(Env& env, const std::string& path, std::vector<Error>& errors) {
  if (!env.is_folder(path)) {
    if (env.exists(path)) return {{path, path}};
    errors.push_back({Code::kNotFound, path + ": there is no such file or folder"});
    return {};
  }
  struct Folder {
    std::string path;
    int depth;
  };
  std::vector<FoundFile> files;
  std::vector<Folder> folders{{path, 0}};
  while (!folders.empty()) {
    const Folder folder = std::move(folders.back());
    folders.pop_back();
    auto entries = env.list_folder(folder.path);
    if (!entries) {
      errors.push_back(entries.error());
      continue;
    }
    for (const FolderEntry& entry : *entries) {
      std::string full = folder.path + "/" + entry.name;
      if (entry.is_file) {
        files.push_back({full, full});
      } else if (entry.is_folder && folder.depth == kFolderDepthMax) {
        errors.push_back(
            {Code::kLimit, full + ": folders nested deeper than " + std::to_string(kFolderDepthMax)});
      } else if (entry.is_folder) {
        folders.push_back({std::move(full), folder.depth + 1});
      }
    }
  }
  // All begin with `path` and "/", so this is the order of the relative paths.
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.source < b.source; });
  return files;
}

}  // namespace tocsin
