// Each test tries in a child what the sandbox forbids. A kernel that does not have a part of it skips what rests on that part, and says so.
#include "base/sandbox.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr int kDoneWell = 0, kNotConfined = 99, kKilled = 1000;

/// What `act` gave in a child that is confined; kKilled if that was ended for a forbidden call.
int confined(const SandboxPlan& plan, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(enter_sandbox(plan) ? act() : kNotConfined);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WTERMSIG(status) == SIGSYS ? kKilled : WTERMSIG(status);
}

/// As it is here; asked in a child, which alone is confined.
Sandbox available() {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<Sandbox> sandbox = enter_sandbox({});
    const char parts[2] = {static_cast<char>(sandbox ? sandbox->landlock : -1), static_cast<char>(sandbox && sandbox->seccomp)};
    ::_exit(::write(ends[1], parts, 2) == 2 ? 0 : 1);
  }
  char parts[2] = {-1, 0};
  EXPECT_EQ(::read(ends[0], parts, 2), 2);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  Sandbox sandbox;
  sandbox.landlock = parts[0];
  sandbox.seccomp = parts[1] != 0;
  return sandbox;
}

int errno_of(bool failed) { return failed ? errno : 0; }
int open_error(const std::string& path, int flags) { return errno_of(::open(path.c_str(), flags, 0600) < 0); }

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-sandbox-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const char* const file : {"/in/a", "/out/b"}) {
      fs::create_directories(fs::path(folder_ + file).parent_path());
      std::ofstream(folder_ + file) << "text";
    }
    plan_.readable = {folder_ + "/in", folder_ + "/not-there"};
  }
  ~SandboxTest() override { fs::remove_all(folder_); }

  std::string folder_;
  SandboxPlan plan_;
};

TEST_F(SandboxTest, OnlyTheNamedFilesAreRead) {
  if (available().landlock <= 0) GTEST_SKIP() << "skipped: this kernel has no Landlock, or the build has sanitizers";
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/in/a", O_RDONLY); }), kDoneWell);
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/out/b", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/in/../out/b", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined(plan_, [] { return open_error("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/out", O_RDONLY | O_DIRECTORY); }), EACCES);
}

TEST_F(SandboxTest, NothingIsWritten) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/in/a", O_WRONLY); }), EPERM);
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/in/new", O_RDONLY | O_CREAT); }), EPERM);
  EXPECT_EQ(confined(plan_, [&] { return errno_of(::unlink((folder_ + "/in/a").c_str()) != 0); }), EPERM);
  EXPECT_EQ(confined(plan_, [&] { return errno_of(::truncate((folder_ + "/in/a").c_str(), 0) != 0); }), EPERM);
}

TEST_F(SandboxTest, NoSocketIsMadeAndNoFileOpenedWhereConnectionsAreTaken) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  const auto make_socket = [] { return errno_of(::socket(AF_INET, SOCK_STREAM, 0) < 0); };
  EXPECT_EQ(confined(plan_, make_socket), EPERM);
  plan_.calls = SandboxCalls::kSockets;
  EXPECT_EQ(confined(plan_, make_socket), EPERM);
  EXPECT_EQ(confined(plan_, [&] { return open_error(folder_ + "/in/a", O_RDONLY); }), EPERM);
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_EQ(confined(plan_, [&] { return ::send(pair[0], "x", 1, MSG_NOSIGNAL) == 1 ? kDoneWell : errno; }), kDoneWell) << "what is open stays open";
  EXPECT_EQ(confined(plan_, [&] {
              sockaddr_un to{};
              to.sun_family = AF_UNIX;
              return errno_of(::connect(pair[0], reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0);
            }), EPERM);
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST_F(SandboxTest, WhoStartsProgramsOrLooksIntoOthersIsEnded) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  EXPECT_EQ(confined(plan_, [] { return errno_of(::execl("/bin/true", "true", static_cast<char*>(nullptr)) != 0); }), kKilled);
  EXPECT_EQ(confined(plan_, [] { return errno_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0); }), kKilled);
  EXPECT_EQ(confined(plan_, [] { return errno_of(::fork() < 0); }), EPERM);
  EXPECT_EQ(confined(plan_, [] { return errno_of(::kill(::getppid(), 0) != 0); }), EPERM);
}

TEST_F(SandboxTest, NoMemoryIsMadeExecutable) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  const auto map = [](int rights) {
    return errno_of(::mmap(nullptr, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  };
  EXPECT_EQ(confined(plan_, [&] { return map(PROT_READ | PROT_WRITE); }), kDoneWell);
  EXPECT_EQ(confined(plan_, [&] { return map(PROT_READ | PROT_EXEC); }), EPERM);
}

TEST_F(SandboxTest, ThreadsAndMemoryWork) {
  plan_.calls = SandboxCalls::kSockets;
  EXPECT_EQ(confined(plan_, [] {
              std::string text;
              std::thread([&] { text.assign(1u << 20, 'x'); }).join();
              return text.size() == 1u << 20 ? kDoneWell : 1;
            }), kDoneWell);
}

TEST_F(SandboxTest, MemoryHasABoundAndNothingIsDumped) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this build has sanitizers, or this kernel has no seccomp";
  plan_.memory_bytes_max = 64u << 20;
  EXPECT_EQ(confined(plan_, [] {
              const std::unique_ptr<char, void (*)(void*)> much(static_cast<char*>(std::malloc(128u << 20)), std::free);
              return much == nullptr ? kDoneWell : 1;
            }), kDoneWell);
  EXPECT_EQ(confined(plan_, [] {
              rlimit core{1, 1};
              ::getrlimit(RLIMIT_CORE, &core);
              return core.rlim_max == 0 ? kDoneWell : 1;
            }), kDoneWell);
}

/// What `act` gave in a child that is confined as a service is, with `in` to write to.
class ServiceSandboxTest : public SandboxTest {
 protected:
  int as_service(const std::function<int()>& act, bool connects = false) {
    const pid_t child = ::fork();
    if (child == 0) {
      ServiceSandbox sandbox;
      const bool ready = sandbox.confine_files({folder_ + "/in", folder_ + "/not-there"}) && sandbox.confine_calls(connects);
      ::_exit(ready ? act() : kNotConfined);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return WTERMSIG(status) == SIGSYS ? kKilled : WTERMSIG(status);
  }
};

TEST_F(ServiceSandboxTest, WritesInItsFoldersAndReadsWhatItsUserMay) {
  if (available().landlock < kLandlockRenames) GTEST_SKIP() << "skipped: this kernel's Landlock knows no renaming, or the build has sanitizers";
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/in/a", O_RDWR | O_TRUNC); }), kDoneWell);
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/in/new", O_WRONLY | O_CREAT); }), kDoneWell);
  EXPECT_EQ(as_service([&] {
              const std::string below = folder_ + "/in/below";
              if (::mkdir(below.c_str(), 0700) != 0) return errno;
              return errno_of(::rename((folder_ + "/in/new").c_str(), (below + "/moved").c_str()) != 0 || ::unlink((below + "/moved").c_str()) != 0);
            }), kDoneWell);
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/out/b", O_RDONLY); }), kDoneWell);
  EXPECT_EQ(as_service([] { return open_error("/etc/passwd", O_RDONLY); }), kDoneWell);
  EXPECT_EQ(as_service([] { return open_error("/dev/null", O_RDWR); }), kDoneWell);
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/out/b", O_WRONLY); }), EACCES);
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/out/new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(as_service([&] { return open_error(folder_ + "/in/../new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(as_service([&] { return errno_of(::unlink((folder_ + "/out/b").c_str()) != 0); }), EACCES);
  EXPECT_EQ(as_service([&] { return errno_of(::rename((folder_ + "/in/a").c_str(), (folder_ + "/out/a").c_str()) != 0); }), EACCES);
  EXPECT_EQ(as_service([&] { return errno_of(::link((folder_ + "/out/b").c_str(), (folder_ + "/in/b").c_str()) != 0); }), EXDEV);
}

TEST_F(ServiceSandboxTest, ReadsAndWritesOnlyWhatIsNamed) {
  if (available().landlock < kLandlockRenames) GTEST_SKIP() << "skipped: this kernel's Landlock knows no renaming, or the build has sanitizers";
  const auto as_named = [&](const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      ServiceSandbox sandbox;
      ::_exit(sandbox.confine_files({folder_ + "/out/b"}, {folder_ + "/in"}) ? act() : kNotConfined);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  EXPECT_EQ(as_named([&] { return open_error(folder_ + "/in/a", O_RDONLY); }), kDoneWell);
  EXPECT_EQ(as_named([&] { return open_error(folder_ + "/out/b", O_RDWR | O_TRUNC); }), kDoneWell) << "one that is there, alone";
  EXPECT_EQ(as_named([&] { return open_error(folder_ + "/in/a", O_WRONLY); }), EACCES);
  EXPECT_EQ(as_named([&] { return open_error(folder_ + "/out/new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(as_named([&] { return errno_of(::unlink((folder_ + "/out/b").c_str()) != 0); }), EACCES);
  EXPECT_EQ(as_named([] { return open_error("/etc/passwd", O_RDONLY); }), EACCES);
}

TEST_F(ServiceSandboxTest, MakesThreadsAndNoProcesses) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  EXPECT_EQ(as_service([] {
              bool ran = false;
              std::thread([&] { ran = true; }).join();
              return ran ? kDoneWell : 1;
            }), kDoneWell);
  EXPECT_EQ(as_service([] { return errno_of(::fork() < 0); }), EPERM);
  EXPECT_EQ(as_service([] { return errno_of(::execl("/bin/true", "true", static_cast<char*>(nullptr)) != 0); }), kKilled);
  EXPECT_EQ(as_service([] { return errno_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0); }), kKilled);
}

TEST_F(ServiceSandboxTest, HoldsForThreadsThatRanBefore) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  const pid_t child = ::fork();
  if (child == 0) {
    std::atomic<bool> confined{false};
    int error = 0;
    std::thread early([&] {
      while (!confined) std::this_thread::yield();
      error = errno_of(::fork() < 0);
    });
    ServiceSandbox sandbox;
    const bool done = static_cast<bool>(sandbox.confine_calls(false));
    confined = true;
    early.join();
    ::_exit(done ? error : kNotConfined);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == EPERM) << status;
}

TEST_F(ServiceSandboxTest, OpensNoPortAndConnectsToOtherMachinesOnlyIfItHasTo) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  const auto make = [](int domain) { return [domain] { return errno_of(::socket(domain, SOCK_STREAM, 0) < 0); }; };
  EXPECT_EQ(as_service(make(AF_UNIX)), kDoneWell);
  EXPECT_EQ(as_service(make(AF_INET)), EPERM);
  EXPECT_EQ(as_service(make(AF_INET6)), EPERM);
  EXPECT_EQ(as_service(make(AF_INET), true), kDoneWell);
  const int before = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(before, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(as_service([&] { return errno_of(::bind(before, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0); }, true), EPERM);
  EXPECT_EQ(as_service([&] { return errno_of(::listen(before, 1) != 0); }, true), EPERM);
  ::close(before);
}

TEST_F(ServiceSandboxTest, LoadsLibrariesAndMakesNoMemoryExecutable) {
  if (!available().seccomp) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers";
  const auto map = [](int rights) { return ::mmap(nullptr, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); };
  EXPECT_EQ(as_service([&] { return errno_of(map(PROT_READ | PROT_WRITE | PROT_EXEC) == MAP_FAILED); }), EPERM);
  EXPECT_EQ(as_service([&] { return errno_of(::mprotect(map(PROT_READ | PROT_WRITE), 4096, PROT_READ | PROT_EXEC) != 0); }), EPERM);
  EXPECT_EQ(as_service([] { return ::dlopen("libm.so.6", RTLD_NOW) != nullptr && ::dlopen("libresolv.so.2", RTLD_NOW) != nullptr ? kDoneWell : 1; }), kDoneWell);
}

TEST_F(ServiceSandboxTest, SaysWhatIsInForce) {
  const Sandbox kernel = available();
  EXPECT_EQ(as_service([&] {
              ServiceSandbox sandbox;
              if (!sandbox.in_force().missing.empty() || sandbox.in_force().text() != "none") return 1;
              if (!sandbox.confine_files({folder_}) || (sandbox.in_force().landlock > 0) != (kernel.landlock >= kLandlockRenames)) return 2;
              if (!sandbox.confine_calls(true) || sandbox.in_force().seccomp != kernel.seccomp) return 3;
              return sandbox.in_force().missing.empty() == (kernel.seccomp && kernel.landlock >= kLandlockRenames) ? kDoneWell : 4;
            }), kDoneWell);
}

TEST(SandboxText, SaysWhatIsInForce) {
  EXPECT_EQ((Sandbox{7, true, ""}.text()), "Landlock 7, seccomp");
  EXPECT_EQ((Sandbox{0, true, ""}.text()), "seccomp");
  EXPECT_EQ((Sandbox{0, false, "why"}.text()), "none");
}

}  // namespace
}  // namespace tocsin
