#include "cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace tocsin::cli {

ProgressLine::ProgressLine(std::function<std::string()> text, bool shown) : text_(std::move(text)) {
  if (shown) thread_ = std::thread([this] { run(); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
  fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(250), [this] { return done_; })) {
    fmt::print(stderr, "\r\x1b[K{}", text_());
    std::fflush(stderr);
  }
}

std::string progress_bar(std::uint64_t now, std::uint64_t all) {
  constexpr std::uint64_t kWidth = 30;
  const std::uint64_t full = kWidth * std::min(now, all) / std::max<std::uint64_t>(1, all);
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
}

}  // namespace tocsin::cli
