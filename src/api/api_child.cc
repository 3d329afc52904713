#include "api/api_child.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/sandbox.h"
#include "collect/tls_stream.h"
#include "pipeline/api_process.h"
#include "pipeline/control_request.h"
#include "pipeline/line_socket.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

/// What libraries read: programs, time zones, and how to make threads; with a provider also how names are looked up and who signs certificates.
const std::vector<std::string> kOfLibraries = {"/usr", "/lib", "/lib64", "/proc/self", "/sys/devices/system/cpu", "/etc/localtime", "/etc/ld.so.cache"};
const std::vector<std::string> kOfConnecting = {"/etc", "/run/systemd/resolve", "/dev/urandom"};

/// Signals are the core's affair: one at the terminal, or from a service manager, reaches both.
void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-api");
  ::syscall(SYS_close_range, kApiPort + 1, ~0U, 0);  // should something have been left open
}

Status take_start(ServerOptions& options) {
  const std::string line = TRY(receive_line(kApiStream, kApiStartBytesMax, kApiStartMs));
  const ControlRequest start = TRY(parse_control_request(line, kApiStartBytesMax));
  if (start.command != kApiStart) return Error{Code::kInvalid, "the service does not begin with a start"};
  options.address = start.argument("address");
  options.socket = kApiPort;
  options.first = start.argument("first") == "yes";
  options.second_factors = TRY(read_key_text(start.argument("second_factors")));
  options.attachments = TRY(read_key_text(start.argument("attachments")));
  options.make_stream = TRY(make_tls_streams({.certificates = std::string(start.argument("certificates")), .key = std::string(start.argument("key"))}));
  return {};
}

/// The core has it made.
Result<Descriptor> make_searches() {
  char wish = 'n';
  int socket = -1;
  if (!send_with_descriptors(kApiSearches, {&wish, 1}, {}) || !receive_with_descriptors(kApiSearches, {&wish, 1}, {&socket, 1})) {
    return Error{Code::kIo, "the service does not answer"};
  }
  if (socket < 0) return Error{Code::kIo, "the service cannot start what makes it"};
  return Descriptor(socket);
}

Status confine_files(ServiceSandbox& sandbox, const ServerOptions& options) {
  std::vector<std::string> writable = options.data.state_files(), readable = kOfLibraries;
  writable.insert(writable.end(), {options.data.readers(), options.data.alone(), options.data.attachments()});
  readable.push_back(options.data.segments());
  if (options.provider_login) readable.insert(readable.end(), kOfConnecting.begin(), kOfConnecting.end());
  return sandbox.confine_files(writable, readable);
}

std::string ready_text(const Sandbox& sandbox, const std::string& admin_link) {
  std::string text = "{\"sandbox\":";
  append_string(text, sandbox.text());
  text += ",\"missing\":";
  append_string(text, sandbox.missing);
  text += ",\"admin_link\":";
  append_string(text, admin_link);
  return text + "}";
}

/// The core says nothing more; it ends the stream when it wants to stop, or is gone.
void wait_for_the_end() {
  pollfd stream = {kApiStream, POLLIN, 0};
  while (::poll(&stream, 1, -1) < 0) {
  }
}

Result<std::unique_ptr<Server>> start(Env& env, Result<ServerOptions> given, ServiceSandbox& sandbox) {
  ServerOptions options = TRY(std::move(given));
  TRY(take_start(options));
  TRY(env.share_file(options.data.readers()));  // makes it, if there is none yet
  (void)env.lock_file(options.data.alone());    // the same; a backup that holds it has made it
  TRY(confine_files(sandbox, options));
  const bool connects = options.provider_login.has_value();
  options.make_searches = make_searches;
  std::unique_ptr<Server> server = TRY(Server::start(env, std::move(options)));
  TRY(sandbox.confine_calls(connects));
  return server;
}

}  // namespace

Status run_api_child(Env& env, Result<ServerOptions> options) {
  begin_process();
  give_back_large_memory();
  ServiceSandbox sandbox;
  const Result<std::unique_ptr<Server>> server = start(env, std::move(options), sandbox);
  if (!server) {
    (void)send_line(kApiStream, write_control_answer(server.error()));
    return server.error();
  }
  TRY(send_line(kApiStream, write_control_answer(ready_text(sandbox.in_force(), (*server)->admin_link()))));
  wait_for_the_end();
  (*server)->stop();
  ::_exit(0);
}

}  // namespace tocsin::api
