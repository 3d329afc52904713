// What the verbs share when they write: standard output or a file, terminal or not, and messages on standard error.
#pragma once

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

bool is_terminal(int fd);
/// Colour is for terminals, and not where NO_COLOR is set or TERM is "dumb".
bool wants_colour(int fd);
std::size_t terminal_width(int fd);

/// "tocsin: …" on standard error, made safe for a terminal.
void complain(std::string_view message);
/// The same for each line of it.
void complain_lines(std::string_view messages);

}  // namespace tocsin::cli
