// SIGINT and SIGTERM end a long question early instead of the process. Made before the question makes threads, which inherit what is blocked.
//
//   CancelBySignal cancel;
//   auto search = TRY(EventSearch::open(env, options));
//   cancel.watch([&] { search->cancel(); });   // from a thread of its own, until `cancel` goes
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <thread>

namespace tocsin::cli {

class CancelBySignal {
 public:
  CancelBySignal();
  CancelBySignal(const CancelBySignal&) = delete;
  CancelBySignal& operator=(const CancelBySignal&) = delete;
  ~CancelBySignal();

  void watch(std::function<void()> cancel);

 private:
  sigset_t signals_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace tocsin::cli
