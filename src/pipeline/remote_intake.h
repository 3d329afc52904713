// The Intake and the Senders of the ingest process: what the journal and the state are for the core, over messages (docs/formats/ingest.md). Batches go, answers
// come; what is on its way is bounded and shared out among the sources, and submit() says so when the bound is reached, as the journal's own queue does. Senders are a table from the core,
// which is asked again for a token that is not in it, at most once a second, and when the table is old.
//
// All is safe from any thread, but answers and tables must come from one that calls neither: by_token() waits for it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "collect/fair_shares.h"
#include "collect/intake.h"
#include "pipeline/ingest_messages.h"
#include "pipeline/message_queue.h"

namespace tocsin {

class RemoteIntake : public Intake {
 public:
  explicit RemoteIntake(MessageQueue& queue, std::size_t window_bytes = kIngestWindowBytes, IngestKind kind = IngestKind::kBatch)
      : queue_(queue), window_bytes_(window_bytes), kind_(kind), shares_(window_bytes) {}

  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override;
  void refuse(std::uint32_t source, std::uint64_t records) override;
  void drop(std::uint32_t source, std::uint64_t records) override;

  /// From the core.
  void answered(const IngestAnswer& answer);
  /// Until every batch has its answer.
  void wait_for_answers();

 private:
  struct OnItsWay {
    std::function<void(IntakeResult)> done;
    std::uint32_t source = 0;
    std::size_t bytes = 0;
  };
  MessageQueue& queue_;
  const std::size_t window_bytes_;
  const IngestKind kind_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable fewer_;
  std::unordered_map<std::uint64_t, OnItsWay> on_its_way_;
  FairShares shares_;
  std::uint64_t next_ = 0;
};

class RemoteSenders : public Senders, public Enroller {
 public:
  /// How long an answer to a question of ours is waited for; then the table stands as it is.
  static constexpr int kAnswerMs = 2'000;

  RemoteSenders(Env& env, MessageQueue& queue) : env_(env), queue_(queue) {}
  std::optional<Sender> by_token(std::string_view input, std::string_view token) override;
  std::optional<Sender> by_certificate(std::string_view input, std::string_view fingerprint) override;
  std::optional<Sender> by_proof(std::string_view input, const Proves& proves) override;
  std::optional<Sender> without_token(std::string_view input) override;

  void enrol(const EnrolmentRequest& request, std::function<void(Result<std::string>)> done) override;

  /// From the core.
  void set(const std::vector<SenderEntry>& senders);
  void enrolled(const IngestEnrolled& enrolled);

 private:
  std::optional<Sender> by_digest(std::string_view input, const std::string& digest);
  bool refresh(std::unique_lock<std::mutex>& lock, bool found);
  void ask(std::unique_lock<std::mutex>& lock, std::string_view input);

  Env& env_;
  MessageQueue& queue_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::string, std::pair<std::string, Sender>> by_digest_;  // input and sender
  std::map<std::string, Sender, std::less<>> without_token_;         // by input
  std::int64_t asked_ns_ = 0;
  bool asked_ = false;        // for tokens, at asked_ns_
  std::uint64_t tables_ = 0;  // that came
  std::map<std::uint64_t, std::function<void(Result<std::string>)>> enrolling_;  // each connection has one at most
  std::uint64_t next_enrolment_ = 0;
};

}  // namespace tocsin
