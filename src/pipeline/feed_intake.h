// Where what pollers take from feeds of indicators goes (collect/poll_taxii.h): not into the journal, since they are no events, but into a feed on the disk for each (detect/intel/indicator_feed.h). It stands before the
// journal and lets everything else pass. A batch is safe once it is in its feed's log, with the mark from where to go on; when nothing has come for a moment, or much has, the feed's file is written anew and `changed` is
// told, so that a first pass of a million objects does not have everything loaded after each page. Files and `changed` are of a thread of its own; all else is safe from any thread. Nothing fails: what is in a feed's way is told by
// trouble(), and passes by itself.
//
//   FeedIntake feeds({env, intake, data + "/intel", [&] { load them; }}, {"feed"});
//   feeds.start();
//   session over feeds … ;  feeds.mark("feed")
//   feeds.stop();
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "collect/intake.h"
#include "detect/intel/indicator_feed.h"

namespace tocsin {

/// Sources of feeds, which are none of the journal's: that has a few thousand, counted from 0.
inline constexpr std::uint32_t kFeedSourceFirst = 0xFFFF'0000;
/// Batches that wait; a poller has one.
inline constexpr std::size_t kFeedBatchesMax = 64;
/// How long nothing has to come before a file is written. Pages of a pass come faster.
inline constexpr int kFeedQuietMs = 2'000;
/// And how often it is written where nothing comes, for what runs out.
inline constexpr std::int64_t kFeedRewriteNs = std::int64_t{86'400} * 1'000'000'000;

/// The file of a feed in a service's data.
std::string feed_path(const std::string& data, const std::string& name);

class FeedIntake : public Intake {
 public:
  /// All must outlive it. `changed` is called after a file was written that has others than before; `say` gets lines for people.
  struct Place {
    Env& env;
    Intake& events;
    std::string data;
    std::function<void()> changed = [] {};
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  FeedIntake(Place place, const std::vector<std::string>& names);
  ~FeedIntake() override;

  void start();
  /// What was said to be safe is; what was not yet put into a file is with the next start.
  void stop();

  /// Of a feed by its place in the names.
  static std::uint32_t source(std::size_t feed) { return kFeedSourceFirst + static_cast<std::uint32_t>(feed); }
  /// From where a feed goes on: a mark of a poller, "" if it has none yet. kIo where that cannot be known.
  Result<std::string> mark(std::size_t feed);
  /// Why nothing is kept of a feed; "" if all is well.
  std::string trouble(std::size_t feed) const;

  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override;
  void refuse(std::uint32_t source, std::uint64_t records) override;
  void drop(std::uint32_t source, std::uint64_t records) override;

 private:
  struct Queued {
    std::unique_ptr<IntakeBatch> batch;
    std::function<void(IntakeResult)> done;
  };
  struct Feed {
    std::string name;
    std::unique_ptr<intel::IndicatorFeed> kept;  // of whoever holds files_; nullptr until it could be opened
    std::int64_t last_ns = 0;     // something came; this and the next are of the thread
    std::int64_t written_ns = 0;  // the file was written
    std::string trouble;          // guarded by mutex_
  };
  void run();
  void keep(const Queued& queued);
  Status append(Feed& feed, const IntakeBatch& batch);
  Result<intel::IndicatorFeed*> opened(Feed& feed);
  void publish_due(std::int64_t now_ns);
  void publish(Feed& feed);
  bool is_stopping();
  void set_trouble(Feed& feed, std::string trouble);

  const Place place_;
  std::mutex files_;  // before mutex_
  std::vector<Feed> feeds_;
  std::thread thread_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::deque<Queued> queue_;
  bool stopping_ = false;
};

}  // namespace tocsin
