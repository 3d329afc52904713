// The service that the API stands before, asked for what is in its memory alone: how it is, which rules are in force. It is another process, which answers on the
// socket in the data folder (pipeline/control_socket.h); the API asks one thing at a time, so that others find room there, too. Any thread. kNotFound and kIo: there is no
// service, or it went away.
//
//   ServiceClient service(data.control());
//   std::string json = TRY(service.ask("status"));
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"

namespace tocsin::api {

class ServiceClient {
 public:
  explicit ServiceClient(std::string socket) : socket_(std::move(socket)) {}
  /// Its answer, which is JSON.
  Result<std::string> ask(const std::string& command, std::map<std::string, std::string> arguments = {});

 private:
  const std::string socket_;
  std::mutex mutex_;
};

}  // namespace tocsin::api
