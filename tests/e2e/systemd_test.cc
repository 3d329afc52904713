// The service under systemd, which is played by this test: a socket that gets its states, the variables that systemd sets, and a standard error that is the
// journal. The real one runs it in package_systemd.sh.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>

#include "serving.h"

namespace tocsin {
namespace {

class Systemd : public Serving {
 protected:
  Systemd() {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    const std::string path = folder_ + "/notify";
    path.copy(own.sun_path, sizeof own.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    const timeval most{60, 0};  // where nothing comes the test ends
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Systemd() override {
    for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM"}) ::unsetenv(name);
    ::close(socket_);
  }
  /// The next state that comes, other than those of the watchdog if they are not wanted.
  std::string state(bool watchdog = false) {
    while (true) {
      char bytes[256];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      const std::string text(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
      if (got <= 0 || watchdog || text != "WATCHDOG=1") return text;
    }
  }
  /// With its standard error in the file `said`, which JOURNAL_STREAM may call the journal.
  std::unique_ptr<Process> serve_saying(bool to_journal) {
    const std::string said = folder_ + "/said";
    std::ofstream(said).flush();
    struct stat status {};
    EXPECT_EQ(::stat(said.c_str(), &status), 0);
    const std::string name = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino + (to_journal ? 0 : 1));
    ::setenv("JOURNAL_STREAM", name.c_str(), 1);
    return serve("0", {}, said);
  }

  int socket_ = -1;
};

TEST_F(Systemd, HearsOfEachState) {
  ::setenv("WATCHDOG_USEC", "400000", 1);
  const std::unique_ptr<Process> service = serve();
  EXPECT_EQ(state(), "READY=1");
  EXPECT_NE(text("ready"), "") << "ready is ready";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(state(true), "WATCHDOG=1");
  ::kill(service->pid(), SIGHUP);
  EXPECT_EQ(state(true), "WATCHDOG=1") << "a reload is no end";
  ::kill(service->pid(), SIGTERM);
  EXPECT_EQ(state(), "STOPPING=1");
  EXPECT_EQ(service->end(0), 0);
}

TEST_F(Systemd, WatchesAnotherProcess) {
  ::setenv("WATCHDOG_USEC", "400000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  const std::unique_ptr<Process> service = serve();
  EXPECT_EQ(state(true), "READY=1");
  ::kill(service->pid(), SIGTERM);
  EXPECT_EQ(state(true), "STOPPING=1") << "nobody asked this process for anything else";
}

TEST_F(Systemd, TheFirstLinkIsNotInTheJournal) {
  std::unique_ptr<Process> service = serve_saying(false);
  EXPECT_NE(text("said").find("#setup="), std::string::npos) << "somebody reads this: " << text("said");
  service->end(SIGTERM);
  service = serve_saying(true);
  EXPECT_EQ(text("said").find("#setup="), std::string::npos) << text("said");
  EXPECT_NE(text("said").find("tocsin user add NAME --role admin"), std::string::npos) << text("said");
}

}  // namespace
}  // namespace tocsin
