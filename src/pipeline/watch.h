// Says when something is in the way of the service (a full disk, a disk that fails) and when it has been over for a while, so that what comes and goes is said once: to whoever reads its messages, and in a file that
// `tocsin status` reads. The file is made at the start with room for what will be said, and written over in place, so that it can be told on a full disk that it
// is full. One thread of its own.
//
//   Watch watch(env, data.trouble(), [&] { return service.trouble(); }, [](const std::string& what) { … });
//   TRY(watch.start());
//   const std::optional<Trouble> trouble = read_trouble(env, data.trouble());
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/env.h"

namespace tocsin {

class Watch {
 public:
  /// `trouble` gives what is in the way now, "" if nothing is; it is asked from the watch's thread, and so is `tell`.
  /// Nothing is said of its end before it has been away for `calm`.
  Watch(Env& env, std::string path, std::function<std::string()> trouble, std::function<void(const std::string&)> tell, std::chrono::milliseconds calm = std::chrono::seconds(10));
  ~Watch();

  /// Fails if the file cannot be made.
  Status start();
  void stop();

 private:
  void run();
  void look();
  Status note(const std::string& text);

  Env& env_;
  const std::string path_;
  const std::function<std::string()> trouble_;
  const std::function<void(const std::string&)> tell_;
  const std::chrono::milliseconds calm_;
  std::string told_;
  std::chrono::milliseconds without_trouble_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

/// What was in the way when a service last said so, and since when. Nothing, if all was well; a service that is gone may have left it.
struct Trouble {
  std::string since, what;
};
std::optional<Trouble> read_trouble(Env& env, const std::string& path);

}  // namespace tocsin
