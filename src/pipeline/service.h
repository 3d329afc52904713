// `tocsin serve` without its command line: the data folder held, the journal behind the inputs, detection behind the journal, all
// started in that order and stopped in the other. start() fails with what is wrong and where; afterwards trouble (a full disk) is told by
// status and passes by itself.
//
//   auto service = TRY(Service::start(env, TRY(read()), read, options));
//   … service->addresses() …
//   service->stop();            // everything that was acknowledged is safe; what is safe has been looked at
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "pipeline/control_socket.h"
#include "pipeline/listeners.h"
#include "pipeline/reload.h"
#include "pipeline/status.h"
#include "store/data_folder.h"

namespace tocsin {

struct ServiceOptions {
  DataFolder data;
  std::string key_file;
  ListenOptions listen;
  /// Gets lines for people about what happened while it runs. Any thread.
  std::function<void(const std::string&)> log = [](const std::string&) {};
};

class Service {
 public:
  /// `first` is what `read` gave; each reload calls it again.
  static Result<std::unique_ptr<Service>> start(Env& env, ServiceConfiguration first, ReadConfiguration read, const ServiceOptions& options);
  ~Service();
  const std::vector<ServiceAddress>& addresses() const;
  /// Records that are safe, those that rules were asked about, those in segments.
  struct Progress {
    std::uint64_t safe = 0, looked_at = 0, stored = 0, alerts = 0;
    std::string trouble;
  };
  Progress progress() const;
  /// Fails if the state cannot be read.
  Result<ServiceStatus> status() const;
  /// Reads rules and settings again (reload.h).
  Result<std::string> reload(const std::function<bool()>& cancelled);
  /// A new master key (store/key_exchange.h); its mark.
  Result<std::string> exchange_key();
  /// Puts what was received by now into segments; how far they go then.
  Result<journal::Sequence> store_now(const std::function<bool()>& cancelled);
  void stop();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::vector<ControlCommand> commands();
  std::unique_ptr<Parts> parts_;
};

/// A sender's name: letters, digits, '-', '_' and '.', 1 to 64 of them.
bool is_sender_name(std::string_view name);
inline constexpr std::string_view kSenderInputs[] = {"bulk", "hec"};

/// Adds the sender and gives its token, which is kept nowhere.
Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input);

}  // namespace tocsin
