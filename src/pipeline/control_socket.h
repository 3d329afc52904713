// A running service, asked and changed from the same machine: a UNIX socket in the data folder, one line in, one line out (control_request.h), one
// question a connection. Whoever connects must be the user of the service or root; the file's rights say so and the kernel's word for who it is is
// checked as well. Each connection has a thread of its own, so a backup that takes minutes keeps nobody from asking for the status.
//
// open() fails if the socket cannot be made. A command may take long: it asks now and then whether it was cancelled, which it is when its client went
// away or the service stops. stop() waits for commands under way. Commands run on several threads at once.
//
//   std::vector<ControlCommand> commands = {{"status", [&](const ControlCall&) { return service.status_json(); }}};
//   auto server = TRY(ControlServer::open(data.control(), std::move(commands)));
//   std::string status = TRY(ask_service(data.control(), {"status", {}}));      // in another process
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline/control_request.h"

namespace tocsin {

/// Who asks is one person, or a script.
inline constexpr std::size_t kControlClientsMax = 8;
/// For the one line of a request to be there, and of an answer to be taken.
inline constexpr int kControlWaitMs = 10'000;

struct ControlCall {
  const ControlRequest& request;
  const std::function<bool()>& cancelled;
};

struct ControlCommand {
  std::string_view name;
  /// A JSON value, or why not.
  std::function<Result<std::string>(const ControlCall&)> run;
};

class ControlServer {
 public:
  /// Replaces a socket that a crash left: whoever calls holds the data folder.
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, std::vector<ControlCommand> commands);
  ~ControlServer();
  void stop();

 private:
  struct Client {
    std::thread thread;
    std::atomic<bool> done{false};
  };
  ControlServer(std::string path, std::vector<ControlCommand> commands, int socket, int wake);
  void run();
  void admit(int connection);
  void serve(int connection);
  Result<std::string> answer(int connection);

  const std::string path_;
  const std::vector<ControlCommand> commands_;
  const int socket_, wake_;
  std::atomic<bool> stopping_{false};
  std::list<Client> clients_;  // of the thread that accepts
  std::thread thread_;
};

/// Asks the service whose socket this is, and waits for its answer, however long it takes. kNotFound: no service listens there; kDenied: it refused, or
/// this user may not ask; kIo: it went away.
Result<std::string> ask_service(const std::string& path, const ControlRequest& request);

}  // namespace tocsin
