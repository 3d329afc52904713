// Whether the user wants a verb to end (SIGINT, SIGTERM), for one that takes long and ends in order. One of it in a program.
//
//   const UntilSignal signal;
//   while (!signal.came()) …
#pragma once

#include <signal.h>

#include <atomic>

namespace tocsin::cli {

class UntilSignal {
 public:
  UntilSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { came_ = true; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
  }
  bool came() const { return came_; }

 private:
  static inline std::atomic<bool> came_{false};
};

}  // namespace tocsin::cli
