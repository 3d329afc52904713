// The program that is started here is the shell: what it finds of its parent's it can say by its exit code.
#include "base/program_starter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace tocsin {
namespace {

constexpr int kPatienceMs = 60'000;  // a bound for what comes at once

std::unique_ptr<ProgramStarter> starter(const std::string& program = "/bin/sh") {
  Result<std::unique_ptr<ProgramStarter>> made = ProgramStarter::fork(program);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : nullptr;
}

ProgramOrder script(const std::string& text, std::vector<int> descriptors = {}, bool environment = false) {
  return {{"sh", "-c", text}, std::move(descriptors), environment};
}

/// The exit code of a script; -1 if there is none.
int run(ProgramStarter& starter, const ProgramOrder& order) {
  Result<StartedProgram> started = starter.start(order);
  EXPECT_TRUE(started) << started.error().message;
  const std::optional<int> status = started ? started->wait() : std::nullopt;
  return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
}

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  /// All that comes until nobody writes any more.
  std::string rest() {
    in.close();
    std::string text;
    char bytes[256];
    for (ssize_t got = 0; (got = ::read(out.get(), bytes, sizeof bytes)) > 0;) text.append(bytes, static_cast<std::size_t>(got));
    return text;
  }
  Descriptor out, in;
};

TEST(ProgramStarter, StartsTheProgramAndTellsHowItEnded) {
  const auto one = starter();
  EXPECT_EQ(run(*one, script("exit 0")), 0);
  EXPECT_EQ(run(*one, script("exit 7")), 7);
  Result<StartedProgram> killed = one->start(script("kill -9 $$"));
  ASSERT_TRUE(killed);
  const std::optional<int> status = killed->wait();
  ASSERT_TRUE(status);
  EXPECT_TRUE(WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL) << *status;
}

TEST(ProgramStarter, GivesItsDescriptorsInOrderAndNoOthers) {
  const auto one = starter();
  Pipe first, second;
  EXPECT_EQ(run(*one, script("printf 3 >&3; printf 4 >&4; ls /proc/self/fd | wc -l >&3; test $(readlink /proc/self/fd/0) = /dev/null", {first.in.get(), second.in.get()})), 0);
  EXPECT_EQ(first.rest(), "36\n") << "0 to 4, and the one by which ls reads the folder";
  EXPECT_EQ(second.rest(), "4");
}

TEST(ProgramStarter, PutsDescriptorsInPlacesThatOthersOfThemHave) {
  const auto one = starter();
  std::vector<Pipe> pipes(7);  // a shell names descriptors by one digit
  ProgramOrder order = script("for i in 3 4 5 6 7 8 9; do eval \"printf $i >&$i\"; done");
  for (auto pipe = pipes.rbegin(); pipe != pipes.rend(); ++pipe) order.descriptors.push_back(pipe->in.get());
  EXPECT_EQ(run(*one, order), 0);
  for (std::size_t i = 0; i < pipes.size(); ++i) EXPECT_EQ(pipes[i].rest(), std::to_string(9 - i));
}

TEST(ProgramStarter, GivesAnEnvironmentOnlyWhereItIsWanted) {
  ASSERT_EQ(::setenv("TOCSIN_STARTER_TEST", "here", 1), 0);
  const auto one = starter();
  EXPECT_EQ(run(*one, script("test -z \"$TOCSIN_STARTER_TEST$LD_BIND_NOW\"")), 0);
  EXPECT_EQ(run(*one, script("test \"$TOCSIN_STARTER_TEST\" = here", {}, true)), 0);
}

TEST(ProgramStarter, KillsWhatIsToEnd) {
  const auto one = starter();
  Result<StartedProgram> started = one->start(script("exec sleep 60"));
  ASSERT_TRUE(started);
  EXPECT_GT(started->pid(), 0);
  started->kill();
  const std::optional<int> status = started->wait();
  EXPECT_TRUE(status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL);
  EXPECT_EQ(run(*one, script("exit 3")), 3) << "and goes on";
}

/// Its end of the pipe is closed when it is gone.
bool ends(const Pipe& pipe) {
  pollfd wait = {pipe.out.get(), 0, 0};
  return ::poll(&wait, 1, kPatienceMs) == 1 && (wait.revents & POLLHUP) != 0;
}

TEST(ProgramStarter, KillsWhatNobodyHolds) {
  const auto one = starter();
  Pipe pipe;
  {
    Result<StartedProgram> started = one->start(script("exec sleep 600", {pipe.in.get()}));
    ASSERT_TRUE(started);
    pipe.in.close();
  }
  EXPECT_TRUE(ends(pipe));
}

TEST(ProgramStarter, TakesAllAlongWhenItEnds) {
  Pipe pipe;
  auto one = starter();
  Result<StartedProgram> started = one->start(script("exec sleep 600", {pipe.in.get()}));
  ASSERT_TRUE(started);
  pipe.in.close();
  one.reset();
  EXPECT_TRUE(ends(pipe));
  EXPECT_FALSE(started->wait());
}

TEST(ProgramStarter, SaysThatItIsGone) {
  const auto one = starter();
  ::kill(one->pid(), SIGKILL);
  siginfo_t gone{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(one->pid()), &gone, WEXITED | WNOWAIT), 0);
  const Result<StartedProgram> started = one->start(script("exit 0"));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kDenied);
}

TEST(ProgramStarter, SaysWhyAProgramDidNotStart) {
  const auto one = starter("/nowhere/at-all");
  const Result<StartedProgram> started = one->start({.words = {"absent"}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "absent cannot be started: No such file or directory");
}

TEST(ProgramStarter, TakesNoOrderBeyondItsBounds) {
  const auto one = starter();
  EXPECT_FALSE(one->start({.words = {}}));
  EXPECT_FALSE(one->start({.words = {std::string(kStartedWordsBytesMax, 'x')}}));
  EXPECT_FALSE(one->start({.words = {"sh"}, .descriptors = std::vector<int>(kStartedDescriptorsMax + 1, 0)}));
  EXPECT_EQ(run(*one, script("exit 5")), 5);
}

TEST(ProgramStarter, TakesOrdersFromManyThreads) {
  const auto one = starter();
  std::vector<int> codes(32, -1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) threads.emplace_back([&, i] { codes[static_cast<std::size_t>(i)] = run(*one, script("exit " + std::to_string(i))); });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 32; ++i) EXPECT_EQ(codes[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace tocsin
