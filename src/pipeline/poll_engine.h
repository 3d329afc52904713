// Drives the pollers of a service (collect/poller.h): has their requests made by the executor, hands their batches to the journal, tells the core how they do. One thread, in run(); answers of the executor and of the
// journal come from others. Nothing fails: what is in a poller's way is told as news of it.
//
//   PollEngine engine({env, intake, queue, executor}, std::move(pollers));
//   engine.run();                             // until stop()
//   engine.answered(std::move(answered));     // from the thread that reads the executor's stream
//   engine.stop();
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/intake.h"
#include "collect/poll_wire.h"
#include "collect/poller.h"
#include "pipeline/message_queue.h"

namespace tocsin {

class PollEngine {
 public:
  /// All must outlive it.
  struct Place {
    Env& env;
    Intake& intake;
    MessageQueue& queue;  // to the core
    int executor = -1;    // the stream to it
  };
  struct One {
    std::unique_ptr<Poller> poller;
    std::uint32_t source = 0;
  };
  PollEngine(const Place& place, std::vector<One> pollers);

  void run();
  void stop();
  void answered(PollAnswered answered);

 private:
  struct Lane {
    One one;
    bool in_journal = false;  // a batch waits for its answer
    std::string told;         // the trouble that the core knows
    TimeUs told_at = 0;
    bool news = true;
  };
  struct Safe {
    std::size_t lane = 0;
    bool safe = false;
  };
  void take(PollAnswered answered, TimeUs now);
  void step(std::size_t lane, TimeUs now);
  bool hand_over(std::size_t lane);
  void tell(std::size_t lane, TimeUs now);
  TimeUs next_due(TimeUs now) const;

  const Place place_;
  std::vector<Lane> lanes_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<PollAnswered> answers_;
  std::vector<Safe> safe_;
  bool stopping_ = false;
};

/// As the journal takes it: the mark stands beside the last record. nullptr if it is larger than a batch may be, which the limits of a poller rule out.
std::unique_ptr<IntakeBatch> intake_batch(const PollBatch& batch, std::uint32_t source, TimeUs now);

}  // namespace tocsin
