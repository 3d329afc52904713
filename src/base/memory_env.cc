#include "base/memory_env.h"

#include <algorithm>
#include <cstring>

namespace tocsin {

namespace {

Error injected_error(const std::string& path) { return {Code::kIo, path + ": injected failure"}; }

std::string as_prefix(const std::string& folder) {
  return folder.empty() || folder.back() == '/' ? folder : folder + "/";
}

}  // namespace

class MemoryEnv::OpenFile : public File {
 public:
  OpenFile(MemoryEnv& env, std::string path, std::uint64_t inode) : env_(env), path_(std::move(path)), inode_(inode) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error(path_);
    const std::string& text = env_.opened(inode_).text;
    const std::size_t got = std::min({size, text.size() - std::min(at_, text.size()), env_.read_size_max_});
    std::memcpy(into, text.data() + at_, got);
    at_ += got;
    return got;
  }

 private:
  MemoryEnv& env_;
  const std::string path_;
  const std::uint64_t inode_;
  std::size_t at_ = 0;
};

class MemoryEnv::OpenWatchedFile : public WatchedFile {
 public:
  OpenWatchedFile(MemoryEnv& env, std::string path, std::uint64_t inode) : env_(env), path_(std::move(path)), inode_(inode) {}

  Result<FileStatus> status() override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    return env_.status_of(env_.opened(inode_));
  }

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error(path_);
    const std::string& text = env_.opened(inode_).text;
    if (offset >= text.size()) return std::size_t{0};
    const std::size_t got = std::min<std::size_t>(size, text.size() - offset);
    std::memcpy(into, text.data() + offset, got);
    return got;
  }

 private:
  MemoryEnv& env_;
  const std::string path_;
  const std::uint64_t inode_;
};

class MemoryEnv::OpenScratchFile : public ScratchFile {
 public:
  explicit OpenScratchFile(MemoryEnv& env) : env_(env) {}

  Status append(std::string_view bytes) override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error("scratch file");
    text_.append(bytes);
    return {};
  }

  Status read_at(std::uint64_t offset, char* into, std::size_t size) override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error("scratch file");
    if (offset > text_.size() || size > text_.size() - offset) return Error{Code::kIo, "scratch file: ends before that"};
    std::memcpy(into, text_.data() + offset, size);
    return {};
  }

 private:
  MemoryEnv& env_;
  std::string text_;
};

class MemoryEnv::OpenDurableFile : public DurableFile {
 public:
  OpenDurableFile(MemoryEnv& env, std::string path, std::size_t at)
      : env_(env), path_(std::move(path)), at_(at), crashes_(env.crashes_) {}

  Status append(std::string_view bytes) override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error(path_);
    const auto found = env_.files_.find(path_);
    if (crashes_ != env_.crashes_ || found == env_.files_.end()) return Error{Code::kIo, path_ + ": is gone"};
    std::string& text = found->second.text;
    const std::size_t fits = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), env_.space_));
    if (text.size() < at_ + fits) text.resize(at_ + fits);
    std::memcpy(text.data() + at_, bytes.data(), fits);
    at_ += fits;
    env_.space_ -= env_.space_ == UINT64_MAX ? 0 : fits;
    if (fits < bytes.size()) return Error{Code::kIo, path_ + ": there is no space left"};
    return {};
  }

  Status sync() override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (!env_.count_call()) return injected_error(path_);
    const auto found = env_.files_.find(path_);
    if (crashes_ != env_.crashes_ || found == env_.files_.end()) return Error{Code::kIo, path_ + ": is gone"};
    found->second.synced = found->second.text;
    return {};
  }

 private:
  MemoryEnv& env_;
  const std::string path_;
  std::size_t at_;
  const std::uint64_t crashes_;
};

class MemoryEnv::HeldLock : public FileLock {
 public:
  HeldLock(MemoryEnv& env, std::string path, bool shared) : env_(env), path_(std::move(path)), shared_(shared) {}
  ~HeldLock() override {
    const std::lock_guard<std::mutex> lock(env_.mutex_);
    if (shared_) {
      env_.shared_.erase(env_.shared_.find(path_));
    } else {
      env_.locked_.erase(path_);
    }
  }

 private:
  MemoryEnv& env_;
  const std::string path_;
  const bool shared_;
};

void MemoryEnv::add_file(const std::string& path, std::string text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  StoredFile& file = stored_file(path);
  file = {std::move(text), now_us_, {}, false, true, file.inode};
}

MemoryEnv::StoredFile& MemoryEnv::stored_file(const std::string& path) {
  StoredFile& file = files_[path];
  if (file.inode == 0) file.inode = ++inodes_;
  return file;
}

void MemoryEnv::keep_for_readers(StoredFile file) {
  const std::uint64_t inode = file.inode;
  nameless_[inode] = std::move(file);
}

const MemoryEnv::StoredFile& MemoryEnv::opened(std::uint64_t inode) const {
  for (const auto& [name, file] : files_) {
    if (file.inode == inode) return file;
  }
  return nameless_.at(inode);
}

FileStatus MemoryEnv::status_of(const StoredFile& file) const { return {1, file.inode, file.text.size(), file.modified_us}; }

void MemoryEnv::append_file(const std::string& path, std::string_view text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  StoredFile& file = stored_file(path);
  file.text += text;
  file.modified_us = now_us_;
}

void MemoryEnv::empty_file(const std::string& path) { add_file(path, {}); }

void MemoryEnv::add_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  folders_.insert(path);
}

void MemoryEnv::add_device(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  devices_.insert(path);
}

std::optional<std::string> MemoryEnv::text_of(const std::string& path) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = files_.find(path);
  if (at == files_.end()) return std::nullopt;
  return at->second.text;
}

void MemoryEnv::set_now_us(std::int64_t now_us) {
  const std::lock_guard<std::mutex> lock(mutex_);
  now_us_ = now_us;
}

void MemoryEnv::advance_us(std::int64_t duration_us) {
  const std::lock_guard<std::mutex> lock(mutex_);
  now_us_ += duration_us;
  monotonic_ns_ += duration_us * 1000;
}

void MemoryEnv::fail_call(std::uint64_t n, std::uint64_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calls_ = 0;
  failing_call_ = n;
  failing_calls_ = count;
}

std::uint64_t MemoryEnv::calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

void MemoryEnv::set_space(std::uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  space_ = bytes;
}

void MemoryEnv::crash(std::uint64_t seed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++crashes_;
  const auto below = [&](std::uint64_t n) {  // splitmix64
    std::uint64_t z = (seed += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (z ^ (z >> 31)) % n;
  };
  for (auto at = files_.begin(); at != files_.end();) {
    StoredFile& file = at->second;
    if (file.is_durable && !file.name_synced && below(2) == 0) {
      if (!file.replaced) {
        keep_for_readers(std::move(file));
        at = files_.erase(at);
        continue;
      }
      file.text = file.synced = *file.replaced;  // it still has the file that it had
    }
    file.replaced.reset();
    if (file.is_durable && file.text != file.synced) {
      if (file.text.starts_with(file.synced)) {  // written behind: some of it, perhaps with the last block unwritten
        file.text.resize(file.synced.size() + below(file.text.size() - file.synced.size() + 1));
        const std::size_t zeros = below(std::min<std::size_t>(file.text.size() - file.synced.size(), 512) + 1);
        std::fill(file.text.end() - static_cast<std::ptrdiff_t>(zeros), file.text.end(), '\0');
      } else if (below(2) == 0) {  // written over
        file.text = file.synced;
      }
      file.synced = file.text;
    }
    file.name_synced = true;
    ++at;
  }
}

void MemoryEnv::flip_bit(const std::string& path, std::uint64_t bit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  char& byte = files_.at(path).text.at(bit / 8);
  byte = static_cast<char>(byte ^ (1 << bit % 8));
}

void MemoryEnv::set_read_size_max(std::size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  read_size_max_ = bytes;
}

bool MemoryEnv::count_call() {
  ++calls_;
  return failing_call_ == 0 || calls_ < failing_call_ || calls_ - failing_call_ >= failing_calls_;
}

bool MemoryEnv::is_folder_locked(const std::string& path) const {
  const std::string prefix = as_prefix(path);
  const auto has = [&](const auto& entries, const auto& path_of) {
    const auto at = entries.lower_bound(prefix);
    return at != entries.end() && path_of(*at).compare(0, prefix.size(), prefix) == 0;
  };
  const auto itself = [](const std::string& entry) -> const std::string& { return entry; };
  const auto key = [](const auto& entry) -> const std::string& { return entry.first; };
  return folders_.count(path) > 0 || has(files_, key) || has(folders_, itself) || has(devices_, itself);
}

Result<std::string> MemoryEnv::find_file(const std::string& path) {
  if (!count_call()) return injected_error(path);
  const auto at = files_.find(path);
  if (at != files_.end()) return at->second.text;
  if (is_folder_locked(path)) return Error{Code::kInvalid, path + ": is a folder, not a file"};
  if (devices_.count(path) > 0) return Error{Code::kIo, path + ": is a device"};
  return Error{Code::kNotFound, path + ": there is no such file"};
}

Result<std::unique_ptr<File>> MemoryEnv::open(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(find_file(path));
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, path, files_.at(path).inode));
}

Result<std::unique_ptr<WatchedFile>> MemoryEnv::open_watched(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(find_file(path));
  return std::unique_ptr<WatchedFile>(std::make_unique<OpenWatchedFile>(*this, path, files_.at(path).inode));
}

Result<FileStatus> MemoryEnv::status_of(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = files_.find(path);
  if (found != files_.end()) return status_of(found->second);
  if (is_folder_locked(path) || devices_.count(path) > 0) return Error{Code::kInvalid, path + ": is no regular file"};
  return Error{Code::kNotFound, path + ": there is no such file"};
}

Result<std::string> MemoryEnv::read_file(const std::string& path, std::size_t bytes_max) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text = TRY(find_file(path));
  if (text.size() > bytes_max)
    return Error{Code::kLimit, path + ": larger than " + std::to_string(bytes_max) + " bytes"};
  return text;
}

Status MemoryEnv::write_file(const std::string& path, std::string_view text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  StoredFile& file = stored_file(path);
  file = {std::string(text), now_us_, {}, false, true, file.inode};
  return {};
}

Result<std::unique_ptr<DurableFile>> MemoryEnv::create_durable(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  if (space_ == 0) return Error{Code::kIo, path + ": there is no space left"};
  if (files_.count(path) > 0 || devices_.count(path) > 0 || is_folder_locked(path)) return Error{Code::kIo, path + ": is there already"};
  files_[path] = {{}, now_us_, {}, true, false, ++inodes_};
  return std::unique_ptr<DurableFile>(std::make_unique<OpenDurableFile>(*this, path, 0));
}

Result<std::unique_ptr<DurableFile>> MemoryEnv::open_durable(const std::string& path, bool from_start) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  const auto at = files_.find(path);
  if (at == files_.end()) return Error{Code::kNotFound, path + ": there is no such file"};
  if (!at->second.is_durable) at->second.synced = at->second.text;
  at->second.is_durable = true;
  return std::unique_ptr<DurableFile>(std::make_unique<OpenDurableFile>(*this, path, from_start ? 0 : at->second.text.size()));
}

Result<std::unique_ptr<FileLock>> MemoryEnv::lock_file(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  if (shared_.contains(path) || !locked_.insert(path).second) return Error{Code::kDenied, path + ": another process has it"};
  return std::unique_ptr<FileLock>(std::make_unique<HeldLock>(*this, path, false));
}

Result<std::unique_ptr<FileLock>> MemoryEnv::share_file(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  if (locked_.contains(path)) return Error{Code::kDenied, path + ": another process has it"};
  shared_.insert(path);
  return std::unique_ptr<FileLock>(std::make_unique<HeldLock>(*this, path, true));
}

Status MemoryEnv::sync_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  const std::string prefix = as_prefix(path);
  for (auto& [name, file] : files_) {
    const bool inside = name.size() > prefix.size() && name.starts_with(prefix) && name.find('/', prefix.size()) == std::string::npos;
    if (!inside) continue;
    file.name_synced = true;
    file.replaced.reset();
  }
  return {};
}

Status MemoryEnv::remove_file(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  const auto found = files_.find(path);
  if (found == files_.end()) return Error{Code::kNotFound, path + ": there is no such file"};
  keep_for_readers(std::move(found->second));
  files_.erase(found);
  return {};
}

Status MemoryEnv::rename_file(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(from);
  const auto found = files_.find(from);
  if (found == files_.end()) return Error{Code::kNotFound, from + ": there is no such file"};
  StoredFile file = std::move(found->second);
  files_.erase(found);
  file.name_synced = false;
  if (const auto there = files_.find(to); there != files_.end()) {
    const StoredFile& old = there->second;
    const bool lasts = !old.is_durable || old.name_synced;
    file.replaced = !lasts ? old.replaced : std::optional<std::string>(old.is_durable ? old.synced : old.text);
    keep_for_readers(std::move(there->second));
  }
  files_[to] = std::move(file);
  return {};
}

Result<std::unique_ptr<ScratchFile>> MemoryEnv::make_scratch_file() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error("scratch file");
  return std::unique_ptr<ScratchFile>(std::make_unique<OpenScratchFile>(*this));
}

Result<std::vector<FolderEntry>> MemoryEnv::list_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  if (!is_folder_locked(path)) return Error{Code::kNotFound, path + ": there is no such folder"};
  const std::string prefix = as_prefix(path);
  std::map<std::string, FolderEntry> entries;
  const auto add = [&](const std::string& full, bool is_folder, bool is_file) {
    if (full.size() <= prefix.size() || full.compare(0, prefix.size(), prefix) != 0) return;
    const std::string rest = full.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    const std::string name = rest.substr(0, slash);
    const bool below = slash != std::string::npos;
    entries[name] = {name, below || is_folder, !below && is_file};
  };
  for (const auto& [full, file] : files_) add(full, false, true);
  for (const std::string& full : devices_) add(full, false, false);
  for (const std::string& full : folders_) add(full, true, false);
  std::vector<FolderEntry> sorted;
  for (auto& [name, entry] : entries) sorted.push_back(std::move(entry));
  return sorted;
}

bool MemoryEnv::is_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return is_folder_locked(path);
}

bool MemoryEnv::exists(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return files_.count(path) > 0 || devices_.count(path) > 0 || is_folder_locked(path);
}

TimeUs MemoryEnv::modified_us(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = files_.find(path);
  return at == files_.end() ? kNoTime : at->second.modified_us;
}

Status MemoryEnv::set_modified_us(const std::string& path, TimeUs time) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  const auto at = files_.find(path);
  if (at == files_.end()) return Error{Code::kNotFound, path + ": there is no such file"};
  at->second.modified_us = time;
  return {};
}

Status MemoryEnv::make_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!count_call()) return injected_error(path);
  if (files_.count(path) > 0 || devices_.count(path) > 0) return Error{Code::kIo, path + ": is there and no folder"};
  folders_.insert(path);
  return {};
}

std::int64_t MemoryEnv::now_us() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return now_us_;
}

std::int64_t MemoryEnv::monotonic_ns() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return monotonic_ns_;
}

}  // namespace tocsin
