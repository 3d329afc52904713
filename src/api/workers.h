// Threads that do the work of calls, so that the connections' thread never waits: a fixed number with a bounded queue before them. submit() is safe from any
// thread; stop() ends what is queued unstarted (its owner is told by nothing, as its connection ends too) and waits for what runs.
//
//   Workers quick(2, 64);
//   if (!quick.submit([=] { … })) return busy();
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tocsin::api {

class Workers {
 public:
  Workers(std::size_t threads, std::size_t queue_max);
  ~Workers() { stop(); }
  /// False if too many wait already.
  bool submit(std::function<void()> job);
  void stop();

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace tocsin::api
