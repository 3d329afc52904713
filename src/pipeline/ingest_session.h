// The core's side of one ingest process: takes its batches to the journal, its counts to the ledger, and gives answers and senders
// (docs/formats/ingest.md). The other side is taken for an enemy: what it sends is bounded before memory is taken for it and checked before it is used, and the
// first thing that does not fit the format ends the session. It never waits for the other side but in run(), nor do those who answer.
//
//   auto session = std::make_shared<IngestSession>(env, intake, senders, stream);
//   session->start(start);
//   const Status ended = session->run();   // until the stream ends, or breaks the format
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/intake.h"
#include "pipeline/ingest_messages.h"

namespace tocsin {

/// What is written to an ingest process that does not read; then it is given up.
inline constexpr std::size_t kIngestUnreadBytesMax = 16u << 20;
/// Between a batch that the disk did not take and its next try.
inline constexpr std::int64_t kIngestDiskPauseNs = 1'000'000'000;
/// Records that one message may count; a busy day has fewer.
inline constexpr std::uint64_t kIngestCountMax = std::uint64_t{1} << 32;
/// Codes that are looked at in a minute, each of which costs a signature and a commit if it is good: nobody brings in more hosts by hand.
inline constexpr std::uint32_t kEnrolmentsPerMinuteMax = 120;
/// A time of receipt may lie so far back, for a batch that had to wait.
inline constexpr std::int64_t kIngestOldestUs = 3'600'000'000;

/// Who may send, as the state has it.
class SenderSource {
 public:
  virtual ~SenderSource() = default;
  virtual Result<std::vector<SenderEntry>> senders() = 0;
  /// For inputs that have no tokens.
  virtual std::optional<Sender> without_token(std::string_view input) = 0;
  /// The certificate of who is a sender from now on; why not, for the other side.
  virtual Result<std::string> enrol(const EnrolmentRequest& request) {
    (void)request;
    return Error{Code::kUnsupported, "nobody can be enrolled here"};
  }
};

/// Shared with answers that come when the session is over.
class IngestSession : public std::enable_shared_from_this<IngestSession> {
 public:
  /// All but `stream`, which is the session's to close, must outlive it and every answer.
  IngestSession(Env& env, Intake& intake, SenderSource& senders, int stream);
  ~IngestSession();

  void start(const IngestStart& start);
  /// In place of it, for a process that parses for pollers: that one alone may say how far pollers have come. `news` gets what it says of them, from the thread in run().
  void start_polls(const std::vector<PollStart>& polls, std::function<void(const PollNews&)> news);
  /// Whether every batch has its answer. From any thread.
  bool is_settled();
  /// `tick` is called about once a second. An error: why the other side is to be ended.
  Status run(const std::function<void()>& tick);
  /// Asks the other side to end. From any thread.
  void stop() { send(empty_message(IngestKind::kStop)); }
  /// Until it is confined and takes records, or the session is over, or the time is. From any thread.
  std::optional<Sandbox> wait_until_ready(std::chrono::milliseconds most);
  /// Whether it said that it had done all. After run().
  bool has_stopped() const { return stopped_; }
  /// Connections that TLS ports refused. From any thread.
  std::uint64_t turned_away() const { return turned_away_; }

 private:
  struct Batch {
    std::uint64_t id = 0;
    std::unique_ptr<IntakeBatch> batch;
    std::size_t bytes = 0;
  };
  Result<bool> read();
  Status take(IngestKind kind, std::string payload);
  Status turn_away(std::uint64_t connections);
  Status take_batch(ToCore message);
  bool offer(Batch& batch);
  void was_offered(Batch batch, IntakeResult result);
  void take_back();
  void offer_waiting();
  void send_senders(const std::string& input);
  void enrol(const ToCore& message);
  void answer(const Batch& batch, const IntakeResult& result);
  void send(const std::string& message);
  void write_some();
  void wake();

  Env& env_;
  Intake& intake_;
  SenderSource& senders_;
  const int stream_, wake_;
  std::atomic<std::uint64_t> turned_away_{0};

  // Of the thread in run().
  std::string head_, payload_;
  std::size_t filled_ = 0;  // of the payload
  std::deque<Batch> waiting_;
  std::int64_t pause_until_ns_ = 0;
  std::vector<SenderEntry> table_;
  std::map<std::string, Sender> without_token_;
  std::set<std::uint32_t> sources_;  // that were ever sent
  std::int64_t table_ns_ = 0;
  bool has_table_ = false, stopped_ = false;
  std::int64_t enrolling_minute_ = 0;
  std::uint32_t enrolments_ = 0;  // in it
  std::function<void(const PollNews&)> news_;  // of pollers; empty: it parses for none

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_changed_;
  std::string out_;   // what the stream did not take yet
  std::size_t out_bytes_max_ = kIngestUnreadBytesMax;
  std::vector<Batch> returned_;  // the disk did not take them, and they wait
  std::size_t bytes_on_their_way_ = 0, batches_on_their_way_ = 0;
  std::optional<Sandbox> ready_;
  bool over_ = false;
};

}  // namespace tocsin
