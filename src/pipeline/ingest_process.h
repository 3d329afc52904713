// The ingest process, from the core: binds the ports, starts the process with them, and starts it again if it ends (ingest_child.h is that process,
// ingest_session.h the talk with it). The ports stay bound here, so nobody is refused meanwhile, and what the kernel lost at them is counted here,
// whoever read. open() fails with the port that cannot be had, run() if the process does not come up; afterwards nothing fails, and trouble is told by snapshot().
// Each function is for the owner's thread, but snapshot() for any.
//
//   auto ingest = TRY(IngestProcess::open({env, intake, senders, starter}, options));
//   TRY(ingest->run());
//   … ingest->addresses() …
//   ingest->stop();      // requests under way have their answers, the ledger its counts
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/program_starter.h"
#include "base/sandbox.h"
#include "pipeline/ingest_session.h"
#include "pipeline/listeners.h"

namespace tocsin {

/// The least time between two starts: a request that ends the process over and over costs that much, and no more.
inline constexpr int kIngestRestartMs = 500;
/// From the start to the first record; the machine may be busy.
inline constexpr int kIngestStartMs = 60'000;
/// For requests under way, and the journal's answers to them, when the service stops.
inline constexpr int kIngestStopMs = 10'000;

class IngestProcess {
 public:
  /// All must outlive it.
  struct Place {
    Env& env;
    Intake& intake;
    SenderSource& senders;
    ProgramStarter& starter;
  };
  static Result<std::unique_ptr<IngestProcess>> open(const Place& place, const ListenOptions& options);
  ~IngestProcess();

  const std::vector<ServiceAddress>& addresses() const { return addresses_; }
  Status run();
  void stop();

  struct Snapshot {
    pid_t pid = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::uint64_t turned_away = 0;  // connections that TLS ports refused, since the start of the service
    std::string sandbox;  // what is in force, in one line; "" until it is
    std::string missing;  // what is not, and why
    std::string trouble;  // why there is none that takes records; empty if there is
  };
  Snapshot snapshot() const;

 private:
  IngestProcess(const Place& place, const ListenOptions& options) : place_(place), tls_(options.tls) {}
  void supervise();
  std::string run_one();
  Result<std::shared_ptr<IngestSession>> start_one();
  std::string end_one(const IngestSession& session, const Status& ended);
  void count_lost();

  const Place place_;
  const ServerTls tls_;
  std::vector<ServiceAddress> addresses_;
  std::thread supervisor_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<BoundPort> ports_;
  std::vector<std::uint32_t> lost_;  // by port: datagrams, as counted
  std::shared_ptr<IngestSession> session_;
  StartedProgram process_;
  pid_t pid_ = 0;  // of it; 0: none now
  std::uint64_t starts_ = 0;
  std::uint64_t turned_away_ = 0;  // by processes before this one
  std::string trouble_;
  bool stopping_ = false;
};

}  // namespace tocsin
