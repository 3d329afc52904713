#include "api/service_client.h"

#include "pipeline/control_socket.h"

namespace tocsin::api {

Result<std::string> ServiceClient::ask(const std::string& command, std::map<std::string, std::string> arguments) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ask_service(socket_, {command, std::move(arguments)});
}

}  // namespace tocsin::api
