#include "pipeline/control_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pipeline/line_socket.h"

namespace tocsin {

namespace {

Error socket_error(const std::string& path, const char* what) {
  const int number = errno;
  Code code = Code::kIo;
  if (number == ENOENT || number == ECONNREFUSED) code = Code::kNotFound;
  if (number == EACCES || number == EPERM) code = Code::kDenied;
  return Error{code, fmt::format("{}: {}: {}", path, what, std::strerror(number))};
}

/// The address of a socket file. One whose path is longer than an address can be is named through its folder, held open as long as this lives.
class SocketAddress {
 public:
  explicit SocketAddress(const std::string& path) {
    std::string name = path;
    if (name.size() >= sizeof address_.sun_path) {
      const std::size_t slash = path.rfind('/');
      folder_ = ::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      name = fmt::format("/proc/self/fd/{}{}", folder_, path.substr(slash));
    }
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, name.data(), std::min(name.size(), sizeof address_.sun_path - 1));
  }
  SocketAddress(const SocketAddress&) = delete;
  SocketAddress& operator=(const SocketAddress&) = delete;
  ~SocketAddress() {
    if (folder_ >= 0) ::close(folder_);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t kSize = sizeof(sockaddr_un);

 private:
  sockaddr_un address_{};
  int folder_ = -1;
};

class Closed {
 public:
  explicit Closed(int descriptor) : descriptor_(descriptor) {}
  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;
  ~Closed() { ::close(descriptor_); }

 private:
  const int descriptor_;
};

bool may_ask(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

bool has_hung_up(int connection) {
  pollfd peer{connection, POLLRDHUP, 0};
  return ::poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

ControlServer::ControlServer(std::string path, std::vector<ControlCommand> commands, int socket, int wake)
    : path_(std::move(path)), commands_(std::move(commands)), socket_(socket), wake_(wake) {}

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path, std::vector<ControlCommand> commands) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return socket_error(path, "no socket can be made");
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::unique_ptr<ControlServer> server(new ControlServer(path, std::move(commands), socket, wake));
  if (wake < 0) return socket_error(path, "no socket can be made");
  const SocketAddress address(path);
  (void)::unlink(path.c_str());
  (void)::fchmod(socket, 0600);  // before it has its name: there is no moment at which others could connect
  if (::bind(socket, address.get(), SocketAddress::kSize) != 0 || ::listen(socket, static_cast<int>(kControlClientsMax)) != 0) {
    return socket_error(path, "cannot be made a socket");
  }
  server->thread_ = std::thread([server = server.get()] { server->run(); });
  return server;
}

ControlServer::~ControlServer() {
  stop();
  ::close(socket_);
  if (wake_ >= 0) ::close(wake_);
}

void ControlServer::stop() {
  if (stopping_.exchange(true)) return;
  const std::uint64_t one = 1;
  if (wake_ >= 0) (void)!::write(wake_, &one, sizeof one);
  if (!thread_.joinable()) return;
  (void)::unlink(path_.c_str());
  thread_.join();
}

void ControlServer::run() {
  while (!stopping_) {
    pollfd wanted[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(wanted, 2, -1) < 0 || wanted[0].revents == 0) continue;
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) admit(connection);
  }
  for (Client& client : clients_) client.thread.join();
}

void ControlServer::admit(int connection) {
  for (auto at = clients_.begin(); at != clients_.end();) {
    const bool done = at->done;
    if (done) at->thread.join();
    at = done ? clients_.erase(at) : std::next(at);
  }
  if (clients_.size() >= kControlClientsMax) {
    (void)send_line(connection, write_control_answer(Error{Code::kLimit, "too many ask at once; ask again"}));
    ::close(connection);
    return;
  }
  Client& client = clients_.emplace_back();
  client.thread = std::thread([this, connection, &client] {
    serve(connection);
    client.done = true;
  });
}

void ControlServer::serve(int connection) {
  const Closed closed(connection);
  const timeval wait{kControlWaitMs / 1000, 0};
  (void)::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  (void)send_line(connection, write_control_answer(answer(connection)));  // a client that is gone wants none
}

Result<std::string> ControlServer::answer(int connection) {
  if (!may_ask(connection)) return Error{Code::kDenied, "only the user of the service and root may ask it"};
  const std::string line = TRY(receive_line(connection, kControlRequestBytesMax, kControlWaitMs));
  const ControlRequest request = TRY(parse_control_request(line));
  const auto command = std::ranges::find(commands_, request.command, &ControlCommand::name);
  if (command == commands_.end()) return Error{Code::kUnsupported, fmt::format("this service knows no '{}'; is it of an older version?", request.command)};
  const std::function<bool()> cancelled = [&] { return stopping_ || has_hung_up(connection); };
  return command->run({request, cancelled});
}

Result<std::string> ask_service(const std::string& path, const ControlRequest& request) {
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return socket_error(path, "no socket can be made");
  const Closed closed(connection);
  const SocketAddress address(path);
  if (::connect(connection, address.get(), SocketAddress::kSize) != 0) return socket_error(path, "no service answers");
  const Status sent = send_line(connection, write_control_request(request));
  if (!sent) return Error{Code::kIo, path + ": the service went away: " + sent.error().message};
  const Result<std::string> line = receive_line(connection, kControlAnswerBytesMax, -1);
  if (!line) return Error{Code::kIo, path + ": the service gave no answer: " + line.error().message};
  return parse_control_answer(*line);
}

}  // namespace tocsin
