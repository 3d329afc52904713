#include "store/disk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

namespace tocsin::store {

namespace {

Error disk_error(const std::string& path, const char* what, const std::error_code& error) {
  const bool absent = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  return Error{absent ? Code::kNotFound : Code::kIo, path + ": " + what + ": " + error.message()};
}

}  // namespace

Result<std::uint64_t> file_bytes(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) return disk_error(path, "its size cannot be read", error);
  return static_cast<std::uint64_t>(bytes);
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(path, error);
  if (error) return disk_error(path, "its free space cannot be read", error);
  return static_cast<std::uint64_t>(space.available);
}

Result<FileState> file_state(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return disk_error(path, "cannot be looked at", {errno, std::generic_category()});
  const auto in_ns = [](const timespec& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; };
  return FileState{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), in_ns(status.st_mtim), in_ns(status.st_ctim)};
}

/// The system tells it of files that this user could write; of others it would say so of all pages, but such are none of ours.
bool is_in_memory(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status {};
  const bool is_there = file >= 0 && ::fstat(file, &status) == 0 && status.st_size > 0;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* const mapped = is_there ? ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  if (file >= 0) ::close(file);
  if (mapped == MAP_FAILED) return false;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  const bool known = ::mincore(mapped, bytes, pages.data()) == 0;
  ::munmap(mapped, bytes);
  return known && std::ranges::all_of(pages, [](unsigned char each) { return (each & 1) != 0; });
}

Status link_file(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  const int number = errno;
  Error error = disk_error(from, "cannot be linked", {number, std::generic_category()});
  if (number == EXDEV || number == EMLINK || number == EPERM || number == EOPNOTSUPP) error.code = Code::kUnsupported;
  return error;
}

Status remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return disk_error(path, "cannot be removed", error);
  return {};
}

}  // namespace tocsin::store
