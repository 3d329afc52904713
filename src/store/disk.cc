#include "store/disk.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

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
