#include "api/service_client.h"

#include "pipeline/control_socket.h"

namespace tocsin::api {

Result<std::string> ServiceClient::ask(const std::string& command) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ask_service(socket_, {command, {}});
}

}  // namespace tocsin::api
