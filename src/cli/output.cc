#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace tocsin::cli {

namespace {

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return Error{Code::kIo, fmt::format("cannot write the output: {}", std::strerror(errno))};
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace

Status FdSink::write(std::string_view bytes) { return write_all(fd_, bytes); }
Status FileSink::write(std::string_view bytes) { return write_all(fd_, bytes); }
FileSink::~FileSink() { ::close(fd_); }

Result<std::unique_ptr<FileSink>> FileSink::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Error{Code::kIo, fmt::format("{}: cannot be written: {}", path, std::strerror(errno))};
  return std::unique_ptr<FileSink>(new FileSink(fd));
}

Result<std::unique_ptr<ByteSink>> open_output(const std::string& path) {
  if (path.empty()) return std::unique_ptr<ByteSink>(new FdSink(STDOUT_FILENO));
  return std::unique_ptr<ByteSink>(TRY(FileSink::create(path)));
}

Result<std::unique_ptr<UnfinishedFile>> UnfinishedFile::create(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  const auto failed = [&](const std::string& why) { return Error{Code::kDenied, fmt::format("'{}' cannot be written: {}", path, why)}; };
  if (error) return failed(error.message());
  if (std::filesystem::exists(whole, error) && !std::filesystem::is_regular_file(whole, error)) return failed("it is there and no file");
  const std::string unfinished = fmt::format("{}.{}.unfinished", whole.string(), ::getpid());
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failed(std::strerror(errno));
  return std::unique_ptr<UnfinishedFile>(new UnfinishedFile(whole.string(), unfinished, fd));
}

UnfinishedFile::~UnfinishedFile() {
  ::close(fd_);
  if (!finished_) ::unlink(unfinished_.c_str());
}

Status UnfinishedFile::finish() {
  if (::fsync(fd_) != 0 || ::rename(unfinished_.c_str(), path_.c_str()) != 0) {
    return Error{Code::kIo, fmt::format("'{}' cannot be written: {}", path_, std::strerror(errno))};
  }
  finished_ = true;
  return {};
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool wants_colour(int fd) {
  if (!is_terminal(fd) || std::getenv("NO_COLOR") != nullptr) return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb";
}

std::size_t terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

/// Not by fmt::print, which throws where nothing can be written: a message about a full disk may go to a file on that disk.
void complain(std::string_view message) {
  const std::string line = "tocsin: " + terminal_safe(message) + "\n";
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

void complain_lines(std::string_view messages) {
  while (!messages.empty()) {
    const std::size_t end = messages.find('\n');
    complain(messages.substr(0, end));
    messages.remove_prefix(end == std::string_view::npos ? messages.size() : end + 1);
  }
}

}  // namespace tocsin::cli
