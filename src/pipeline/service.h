// `tocsin serve` without its command line: the data folder held, the journal behind the inputs, detection behind the journal, all
// started in that order and stopped in the other. start() fails with what is wrong and where; afterwards trouble (a full disk) is told by
// status and passes by itself.
//
//   auto service = TRY(Service::start(env, *engine, options));
//   … service->addresses() …
//   service->stop();            // everything that was acknowledged is safe; what is safe has been looked at
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "pipeline/engine.h"
#include "pipeline/ingest_process.h"
#include "pipeline/listeners.h"
#include "store/data_folder.h"

namespace tocsin {

struct ServiceOptions {
  DataFolder data;
  std::string key_file;
  ListenOptions listen;
  /// What came in is in a segment at the latest so many seconds later.
  std::uint64_t store_after_seconds = 600;
  /// What is older, or more than so many bytes of segments, is deleted; 0: nothing.
  std::uint64_t keep_days = 0, keep_bytes = 0;
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> start(Env& env, Engine& engine, const ServiceOptions& options);
  ~Service();
  const std::vector<ServiceAddress>& addresses() const;
  /// Records that are safe, those that rules were asked about, those in segments.
  struct Progress {
    std::uint64_t safe = 0, looked_at = 0, stored = 0, alerts = 0;
    std::string trouble;
  };
  Progress progress() const;
  /// The process that reads the network.
  IngestProcess::Snapshot ingest() const;
  void stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// A sender's name: letters, digits, '-', '_' and '.', 1 to 64 of them.
bool is_sender_name(std::string_view name);
inline constexpr std::string_view kSenderInputs[] = {"bulk", "hec"};

/// Adds the sender and gives its token, which is kept nowhere.
Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input);

}  // namespace tocsin
