// What the verbs share when they write: standard output or a file, terminal or not, and messages on standard error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/output.h"

namespace tocsin::cli {

/// Writes to a file descriptor, whole or with an error.
class FdSink : public ByteSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  Status write(std::string_view bytes) override;

 private:
  int fd_;
};

/// Creates or replaces `path`; the descriptor is closed by the destructor.
class FileSink : public ByteSink {
 public:
  static Result<std::unique_ptr<FileSink>> create(const std::string& path);
  ~FileSink() override;
  Status write(std::string_view bytes) override;

 private:
  explicit FileSink(int fd) : fd_(fd) {}
  int fd_;
};

/// The file, created or replaced, or standard output where `path` is "".
Result<std::unique_ptr<ByteSink>> open_output(const std::string& path);

/// A file that gets its name when it is whole: until then it stands beside it as NAME.PID.unfinished, and it goes if finish() is not called. Where a search
/// writes by DuckDB this is the one place that opens the path: the file is there before the search begins, and nothing else is made.
class UnfinishedFile {
 public:
  /// Fails if the file cannot be made, or `path` is there and no file.
  static Result<std::unique_ptr<UnfinishedFile>> create(const std::string& path);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  /// Of the unfinished file, from the root.
  const std::string& path() const { return unfinished_; }
  Status finish();

 private:
  UnfinishedFile(std::string path, std::string unfinished, int fd) : path_(std::move(path)), unfinished_(std::move(unfinished)), fd_(fd) {}
  const std::string path_, unfinished_;
  const int fd_;
  bool finished_ = false;
};

bool is_terminal(int fd);
/// Colour is for terminals, and not where NO_COLOR is set or TERM is "dumb".
bool wants_colour(int fd);
std::size_t terminal_width(int fd);

/// "tocsin: …" on standard error, made safe for a terminal.
void complain(std::string_view message);
/// The same for each line of it.
void complain_lines(std::string_view messages);

}  // namespace tocsin::cli
