// A line on a terminal that says how far something has come, four times a second; it goes when this goes.
//
//   const ProgressLine line([&] { return fmt::format("{} of {} files", done, all); }, is_terminal(STDERR_FILENO));
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace tocsin::cli {

class ProgressLine {
 public:
  /// `text` is called from another thread.
  ProgressLine(std::function<std::string()> text, bool shown);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

 private:
  void run();

  const std::function<std::string()> text_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

/// "[######....]", of `now` in `all`.
std::string progress_bar(std::uint64_t now, std::uint64_t all);

}  // namespace tocsin::cli
