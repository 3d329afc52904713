// What stands behind the Intake of the inputs: one thread that writes the journal. Whatever has come in while the last commit was on
// its way goes into the next one together (group commit), so many connections share one sync. The queue before it is bounded in
// bytes and shared out fairly among the sources (collect/fair_shares.h); who has too much there is told so by submit(), and the input slows its
// sender down or refuses.
//
// submit(), refuse(), drop(), snapshot() and wait_beyond() are safe from any thread. stop() writes what is queued and closes the journal.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "collect/fair_shares.h"
#include "collect/intake.h"
#include "pipeline/backlog.h"
#include "store/journal_writer.h"

namespace tocsin {

class JournalIntake : public Intake {
 public:
  /// Some seconds of load; the memory of the whole service is counted in hundreds of megabytes.
  static constexpr std::size_t kQueueBytesMax = 48u << 20;

  /// What is safe and in no segment yet may take about so much of the disk: minutes of the worst load. Before that, who sends much has to wait (pipeline/backlog.h).
  static constexpr std::uint64_t kBacklogBytesMax = std::uint64_t{8} << 30;

  /// What is safe and no rule was asked about yet: some seconds of detection. So late alerts are at most, whoever floods.
  static constexpr std::uint64_t kUnseenBytesMax = std::uint64_t{512} << 20;

  explicit JournalIntake(std::unique_ptr<journal::Writer> writer, std::size_t queue_bytes_max = kQueueBytesMax,
                         std::uint64_t backlog_bytes_max = kBacklogBytesMax, std::uint64_t unseen_bytes_max = kUnseenBytesMax);
  ~JournalIntake() override;

  /// Of the disk so many bytes are left to what makes room again (segments, the state, the ledger): where less is free, senders are told to wait. Asked from the
  /// intake's thread.
  struct Space {
    std::function<std::uint64_t()> free_bytes;
    std::uint64_t keep_bytes = 0;
  };
  void keep_free(Space space);

  /// The number of a source; the same name always has the same.
  Result<std::uint32_t> source(std::string_view name);
  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override;
  void refuse(std::uint32_t source, std::uint64_t records) override;
  void drop(std::uint32_t source, std::uint64_t records) override;

  /// Waits until records beyond `sequence` are safe, or stop() was called, or the time is over; how far they are.
  journal::Sequence wait_beyond(journal::Sequence sequence, std::chrono::milliseconds most);
  journal::Sequence committed() const;

  /// All below is in segments. As long as it is not called nobody stores, and the journal may grow.
  void stored(journal::Sequence below);
  /// Rules were asked about all below. As long as it is not called nobody asks.
  void seen(journal::Sequence below);
  /// From here on the journal will be read again, whatever was seen. As long as it is not called nobody does.
  void need(journal::Sequence from) { needed_from_ = from; }
  journal::Sequence needed_from() const { return needed_from_; }
  /// Everything below was read by all who read the journal: closed segments of it alone are deleted.
  Status release(journal::Sequence below);

  /// Calls `what` while nothing is being written.
  void between_commits(const std::function<void()>& what);

  struct Snapshot {
    std::vector<journal::SourceCounts> ledger;
    std::size_t queued_bytes = 0;
    journal::Sequence committed = 0;
    std::string trouble;  // why records are not taken; empty if they are
  };
  Snapshot snapshot() const;

  void stop();

 private:
  struct Queued {
    std::unique_ptr<IntakeBatch> batch;
    std::function<void(IntakeResult)> done;
    std::size_t memory = 0;
    journal::Sequence first = 0;
  };
  void run();
  void write(std::deque<Queued>& batches);
  void commit(std::vector<Queued>& written);
  bool is_behind() const;
  bool has_room(const IntakeBatch& batch) const;
  void publish(const Status& status);
  void look_at_space();

  const std::size_t queue_bytes_max_;
  const std::uint64_t backlog_bytes_max_;

  mutable std::mutex mutex_;  // guards what follows, up to the thread's own
  std::condition_variable work_, safe_;
  std::deque<Queued> queue_;
  std::map<std::uint32_t, journal::Counts> counts_;  // by source, since the last commit; stored is not used
  FairShares shares_;
  journal::Sequence committed_ = 0;
  std::vector<journal::SourceCounts> ledger_;
  std::string trouble_;            // of the last commit
  Space space_;
  std::optional<std::uint64_t> free_bytes_;  // less than is to be kept
  Backlog backlog_, unseen_;
  std::optional<journal::Sequence> stored_;
  bool is_watched_ = false;        // by rules
  std::uint64_t taken_records_ = 0, taken_bytes_ = 0;  // since the start: how large a record is, about
  bool stopping_ = false;

  std::atomic<journal::Sequence> needed_from_{UINT64_MAX};

  std::mutex writer_mutex_;  // the writer, which the thread holds while it works
  std::unique_ptr<journal::Writer> writer_;
  std::thread thread_;
};

}  // namespace tocsin
