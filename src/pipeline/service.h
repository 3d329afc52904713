// `tocsin serve` without its command line: the data folder held, the journal behind the inputs, detection behind the journal, all
// started in that order and stopped in the other. start() fails with what is wrong and where; afterwards trouble (a full disk) is told by
// status and passes by itself.
//
//   auto service = TRY(Service::start(env, *starter, TRY(read()), read, options));
//   … service->addresses() …
//   service->stop();            // everything that was acknowledged is safe; what is safe has been looked at
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/mail_rules.h"
#include "pipeline/api_process.h"
#include "pipeline/audit_feed.h"
#include "pipeline/canaries.h"
#include "pipeline/control_socket.h"
#include "pipeline/ingest_process.h"
#include "pipeline/journal_intake.h"
#include "pipeline/listeners.h"
#include "pipeline/pulse.h"
#include "pipeline/reload.h"
#include "pipeline/status.h"
#include "pipeline/service_tls.h"
#include "store/data_folder.h"
#include "store/retention.h"

namespace tocsin {

struct ServiceOptions {
  DataFolder data;
  std::string key_file;
  ListenOptions listen;  // but for `tls`, which is made from:
  TlsOptions tls;
  std::string api = "127.0.0.1:8443";  // where the API listens; "": nowhere
  std::vector<std::string> api_words;  // of its process's command line
  std::uint64_t queue_bytes = JournalIntake::kQueueBytesMax;
  /// Where less of the disk is free nothing is taken, so that there is room to store and to delete.
  std::uint64_t keep_free_bytes = 0;
  /// Gets lines for people about what happened while it runs, what is in its way, and that it is over. Any thread.
  std::function<void(const std::string&)> log = [](const std::string&) {};
  std::vector<std::string> files;  // followed: files, folders, patterns
  MailRules mail;                  // of mails in them
  std::vector<std::string> pollers;    // as read_poller() reads them (collect/poller_settings.h)
  int reveal_people = 1;                // 2: somebody else has to approve that a token is revealed
  std::string policy = "default";  // what is done to personal data: a name, or a file (protection.h)
  std::vector<std::string> mappings;  // of the user
  CanaryOptions canary;
  AuditFeedOptions audit;
  bool watch_silence = false;  // says which sources have fallen silent
  std::string respond_policy, respond_connectors;  // files; "": the shipped policy, no connectors
  std::vector<std::string> playbooks;              // files and folders
  std::string vault, vault_key;                    // files
  std::vector<std::string> agent_types;            // of playbooks of others
  bool baselines = false;           // learn what is usual, for alerts to say what was not
};

class Service {
 public:
  /// `first` is what `read` gave; each reload calls it again. `starter` starts the processes beside it.
  static Result<std::unique_ptr<Service>> start(Env& env, ProgramStarter& starter, ServiceConfiguration first, ReadConfiguration read,
                                                const ServiceOptions& options);
  ~Service();
  const std::vector<ServiceAddress>& addresses() const;
  /// Where the first admin sets a name and a password, once; "" if there are users, or no API.
  std::string admin_link() const;
  /// What a person should do something about soon; "" if there is nothing.
  const std::string& warning() const;
  /// Records that are safe, those that rules were asked about, those in segments.
  struct Progress {
    std::uint64_t safe = 0, looked_at = 0, stored = 0, alerts = 0;
    std::string trouble;
  };
  Progress progress() const;
  /// For whoever starts again a service that hangs (pulse.h). A part that holds its own lock for good is waited for.
  Pulse pulse() const;
  /// Fails if the state cannot be read.
  Result<ServiceStatus> status() const;
  /// Reads rules and settings again (reload.h).
  Result<std::string> reload(const std::function<bool()>& cancelled);
  /// A new master key (store/key_exchange.h); its mark.
  Result<std::string> exchange_key();
  /// Puts what was received by now into segments; how far they go then.
  Result<journal::Sequence> store_now(const std::function<bool()>& cancelled);
  /// The process that reads the network.
  IngestProcess::Snapshot ingest() const;
  /// How this process is confined, for status.
  void tell_sandbox(const Sandbox& sandbox);
  Sandbox sandbox() const;
  void stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::vector<ControlCommand> commands();
  Result<std::string> dismiss_silence(const ControlRequest& request);
  Status watch_silence(const std::function<void(const std::string&)>& log);
  Result<std::string> deal_with_tokens(const ControlRequest& request);
  Result<std::string> approve_reveal(const ControlRequest& request);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin
