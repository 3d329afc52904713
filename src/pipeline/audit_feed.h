// The one sequence of everything decided or done: a thread that feeds the audit log (report/audit/audit_log.h) from lists that are durable themselves, signs checkpoints of it, and copies those elsewhere.
//
// A list (AuditSource) is written by whoever does the deed, in the deed's own transaction; its entries are numbered from 1. How far the log has each list is found again in the log itself, so whatever ends the service nothing
// is left out and nothing is in twice. What stands in the texts of an entry is protected as the policy says (docs/protection.md) before it becomes a leaf; who did it and from where is what the log is for, and stays.
//
// Where the log cannot be opened or written the thread says so (snapshot), and tries again: nothing that is done waits for it. Where it is not what was signed nothing is added to it.
//
//   AuditFeed feed(AuditFeed::Place{env, data, master, state, protection, naming}, options);
//   feed.add(std::make_unique<RunJournalSource>(…));      // before it starts; the state's own are there
//   feed.start();
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "base/seal.h"
#include "event/path_table.h"
#include "pipeline/protection.h"
#include "report/audit/audit_log.h"
#include "report/audit/checkpoints.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

/// A list that the log is fed from. Asked by the feed's thread alone.
class AuditSource {
 public:
  virtual ~AuditSource() = default;
  /// For good: it stands in the leaves.
  virtual std::string name() const = 0;
  /// Entries behind this position, in order, at most so many; `source` is filled in by who asks.
  virtual Result<std::vector<audit::AuditEntry>> after(std::uint64_t position, std::size_t limit) = 0;
  /// The last position that was given; 0: none was.
  virtual Result<std::uint64_t> last() = 0;
  /// The log has the list further than the list goes: it is of an older backup. What is written from now on has to be behind this position.
  virtual Status skip_to(std::uint64_t position) = 0;
  /// Whether its texts may have personal data.
  virtual bool is_about_people() const { return true; }
  /// The log has them, safe.
  virtual Status taken(std::uint64_t) { return {}; }
};

struct AuditFeedOptions {
  /// New leaves are signed so soon; and when the service stops.
  std::chrono::seconds checkpoint_every{300};
  std::string copy_to;  // a file or a folder: each checkpoint is added to it; "": nowhere
  std::string syslog;   // the socket of the machine's own syslog, as "/dev/log"; "": nowhere
};

class AuditFeed {
 public:
  struct Place {
    Env& env;
    DataFolder data;
    Seal& master;
    State& state;
    Protection& protection;
    const Naming& naming;
  };
  AuditFeed(const Place& place, AuditFeedOptions options);
  ~AuditFeed();

  void add(std::unique_ptr<AuditSource> source);
  void start();
  /// What is in the lists by now is in the log, and signed, if the disk lets it.
  void stop();
  /// Takes what there is and signs it, now: the note. Waits for the thread; fails with what is in its way.
  Result<std::string> sign_now();

  struct Snapshot {
    std::uint64_t leaves = 0, signed_leaves = 0;
    std::uint64_t waiting = 0;       // entries of the lists that are not in the log yet
    TimeUs signed_at = kNoTime;
    std::string trouble, copy_trouble;
  };
  Snapshot snapshot() const;

 private:
  class Texts;
  void run();
  Status step(bool sign_all);
  Status open();
  Status open_key();
  Status check_signed();
  Status take_all();
  Status take(AuditSource& source);
  Status note_own(std::string what, std::string from, std::string to, std::string detail);
  Status sign();
  void send(const std::string& note);
  Status copy(const std::string& note);
  void tell(const Status& status);

  const Place place_;
  const AuditFeedOptions options_;
  std::vector<std::unique_ptr<AuditSource>> sources_;
  std::unique_ptr<Texts> texts_;
  // The thread's own.
  std::unique_ptr<audit::AuditLog> log_;
  std::optional<audit::SigningKey> key_;
  std::optional<audit::CheckpointFile> checkpoints_;
  std::uint64_t signed_ = 0;
  std::int64_t unsigned_since_ns_ = 0;  // 0: all is signed
  bool began_ = false;
  std::string unsent_;                  // a note that could not be copied
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, signed_now_;
  Snapshot seen_;                       // guarded by mutex_, and so are those below
  bool stopping_ = false;
  std::uint64_t sign_wanted_ = 0, sign_done_ = 0;
  Status sign_status_;
  std::string newest_;  // that was signed
};

/// What people did, and what became of segments.
std::vector<std::unique_ptr<AuditSource>> state_audit_sources(State& state);

}  // namespace tocsin
