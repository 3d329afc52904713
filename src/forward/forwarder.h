// `tocsin forward`, whole: sources of this host into the spool, the spool to the service. One thread, the caller's of run(), asks the sources in turn and writes the status; another one, Delivery's, has the
// connection. The status is a file in the data folder, put in place every two seconds where something changed, so that whoever may read it knows how it stands without asking anybody.
//
//   auto forwarder = TRY(Forwarder::open(env, options));
//   forwarder->run([&] { return signal.came(); });
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/program_starter.h"
#include "forward/delivery.h"
#include "forward/host_identity.h"
#include "forward/source.h"
#include "forward/spool.h"

namespace tocsin::forward {

/// In the data folder.
inline constexpr const char kStatusFile[] = "status.json", kLockFile[] = "lock", kSpoolFolder[] = "spool";
inline constexpr std::size_t kStatusBytesMax = 1u << 20;

struct ForwarderOptions {
  std::string folder = {};               // its data
  std::string server = {};               // "": where this host was enrolled
  std::vector<std::string> files = {};   // names, folders, patterns
  bool journal = false;
  std::string journal_folder = {};       // "": this machine's journal
  TimeUs inventory_every_us = 0;         // 0: none
  std::string host = {};                 // as the inventory calls this machine
  std::uint64_t buffer_bytes_max = 256u << 20;
  ProgramStarter* shell = nullptr;       // of /bin/sh: where the journal is read
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

class Forwarder {
 public:
  /// kNotFound: this host is not enrolled. kDenied: another one works on this folder.
  static Result<std::unique_ptr<Forwarder>> open(Env& env, const ForwarderOptions& options);
  ~Forwarder();

  /// The thread that has the connection begins; after it, nothing is opened that was not open.
  void start();
  /// Until `stop` says so, which is asked ten times a second.
  void run(const std::function<bool()>& stop);
  /// One JSON object.
  std::string status() const;

 private:
  Forwarder(Env& env, const ForwarderOptions& options) : env_(env), options_(options) {}
  Status prepare();
  void write_status(bool now);

  Env& env_;
  const ForwarderOptions options_;
  std::unique_ptr<FileLock> lock_;
  HostIdentity identity_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<Feed> feed_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::string trouble_;  // of the disk
  std::string written_;  // status
  std::int64_t written_ns_ = 0;
  TimeUs started_ = 0;
};

}  // namespace tocsin::forward
