// The process that answers the API, from the core (api/api_child.h is that process): binds the port, starts the process with it, makes it one that searches come from when it
// asks for that, and starts it again if it ends. The port stays bound here, so who connects meanwhile waits. open() fails with the port that cannot be had, run() if the process does not come
// up, in the process's words; afterwards nothing fails, and trouble is told by snapshot(). Each function is for the owner's thread, but snapshot() for any.
//
// They talk over two sockets. On the first the core asks one line, kApiStart, and gets one answer (control_request.h) when the process takes requests; at the end
// of it the process ends. On the second each byte is a wish for a new process that searches come from, and each answer a byte with its socket, or without one.
//
//   auto api = TRY(ApiProcess::open({env, starter, data, key_file}, options));
//   TRY(api->run());
//   … api->address(), api->admin_link() …
//   api->stop();
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/env.h"
#include "base/program_starter.h"
#include "base/seal.h"
#include "collect/net_ports.h"
#include "pipeline/listeners.h"
#include "pipeline/search_maker.h"

namespace tocsin {

/// The program's first argument, and where it finds its sockets.
inline constexpr std::string_view kApiVerb = "api";
inline constexpr int kApiStream = 3, kApiSearches = 4, kApiPort = 5;
/// What is asked of it first: address, certificates and key of the port, the keys of second factors and of attachments in hexadecimal, and whether it comes up for the first time.
inline constexpr std::string_view kApiStart = "start";
/// Certificates and a key of somebody's own, as text in JSON; and what is answered, a link and what a sandbox lacks.
inline constexpr std::size_t kApiStartBytesMax = 4u << 20, kApiAnswerBytesMax = 64u << 10;
/// The least time between two starts, and the most from the start to the answer: the machine may be busy.
inline constexpr int kApiRestartMs = 500, kApiStartMs = 60'000;
/// For requests under way when the service stops.
inline constexpr int kApiStopMs = 10'000;

class ApiProcess {
 public:
  /// All must outlive it.
  struct Place {
    Env& env;
    ProgramStarter& starter;
  };
  struct Options {
    std::string address;             // where to listen
    std::vector<std::string> words;  // the process's arguments
    ServerTls tls;                   // what the port shows
    SealKey second_factors, attachments;
    std::vector<std::string> mappings = {};  // of the user, for searches
  };
  static Result<std::unique_ptr<ApiProcess>> open(const Place& place, const DataFolder& data, const std::string& key_file, Options options);
  ~ApiProcess();

  ServiceAddress address() const { return {std::string(kApiVerb), address_, true}; }
  Status run();
  /// Where the first admin sets a name and a password, once; "" if there are users.
  std::string admin_link() const;
  void stop();

  struct Snapshot {
    pid_t pid = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::string sandbox, missing;  // as the process says; "" until it does
    std::string trouble;           // why there is none that takes requests; empty if there is
  };
  Snapshot snapshot() const;

 private:
  ApiProcess(const Place& place, const DataFolder& data, const std::string& key_file, Options options);
  void supervise();
  Status run_one();
  Result<StartedProgram> start_one(Descriptor& searches);
  Status talk(const Descriptor& searches);
  Status take_answer(std::string_view line);
  Result<bool> make_searches(const Descriptor& socket);
  Status end_one(StartedProgram process, const Status& ended);

  const Place place_;
  Options options_;
  SearchMaker maker_;  // of the supervisor
  std::string address_;
  std::thread supervisor_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  PortSocket port_;
  Descriptor stream_;
  Snapshot now_;
  std::string admin_link_;
  bool stopping_ = false;
};

}  // namespace tocsin
