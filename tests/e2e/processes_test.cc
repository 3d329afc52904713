// The processes of the service: what each holds and may do, and what becomes of the others when one is killed. Waits are generous upper bounds; nothing is judged by how
// long it took.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cinttypes>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serving.h"
#include "store/data_folder.h"

namespace tocsin {
namespace {

class Processes : public Serving {};

/// Whether one of these stands in memory that the process can write; nothing if this user may not look.
std::optional<bool> holds(pid_t pid, const std::vector<std::string>& secrets) {
  const std::string process = "/proc/" + std::to_string(pid);
  std::ifstream maps(process + "/maps");
  const int memory = ::open((process + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) return std::nullopt;
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t from = 0, to = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, rights) != 3 || rights[1] != 'w' || to - from > (1u << 30)) continue;
    std::string bytes(to - from, '\0');
    const ssize_t got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(from));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    for (const std::string& secret : secrets) found = found || bytes.find(secret) != std::string::npos;
  }
  ::close(memory);
  return found;
}

TEST_F(Processes, WhatReadsTheNetworkHoldsNothingAndEndsWithTheService) {
  const std::unique_ptr<Process> service = serve();
  const std::vector<pid_t> ingest = started_by(service->pid(), "tocsin-ingest");
  ASSERT_EQ(ingest.size(), 1u);
  EXPECT_EQ(json::parse(text("ready")).at("ingest").at("pid").to_number<pid_t>(), ingest.front());
  const std::string process = "/proc/" + std::to_string(ingest.front());
  std::ifstream environment(process + "/environ");
  EXPECT_EQ(environment.peek(), std::ifstream::traits_type::eof()) << "no variable, so no credential in one";
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(process + "/fd", unreadable)) {
    const std::string target = fs::read_symlink(entry.path(), unreadable);
    EXPECT_EQ(target.find(folder_ + "/data"), std::string::npos) << target;
    EXPECT_EQ(target.find(folder_ + "/key"), std::string::npos) << target;
  }
  if (unreadable) std::printf("not judged: only root may see what is open in a process without dumps\n");
  EXPECT_EQ(service->end(SIGKILL), -1);
  const auto is_there = [&] {
    std::ifstream file(process + "/stat");
    std::string stat;
    return std::getline(file, stat) && stat.find(") Z ") == std::string::npos;
  };
  for (int i = 0; i < kWaits && is_there(); ++i) wait_a_little();
  EXPECT_FALSE(is_there());
}

TEST_F(Processes, WhatAnswersStrangersHoldsNoKeyOfTheData) {
  const std::unique_ptr<Process> service = serve();
  const std::string text_of_key = text("key"), digits = text_of_key.substr(text_of_key.find(' ') + 1, 64);
  const SealKeys keys = *read_key(Env::system(), folder_ + "/key");
  const std::vector<std::string> secrets = {digits, std::string(keys.now.bytes())};
  ASSERT_EQ(digits.find_first_not_of("0123456789abcdef"), std::string::npos);
  if (!holds(service->pid(), secrets)) GTEST_SKIP() << "skipped: only root may look into a process without dumps";
  EXPECT_TRUE(*holds(service->pid(), secrets)) << "it would be found where it is";
  for (const char* const name : {"tocsin-ingest", "tocsin-api"}) {
    const std::vector<pid_t> found = started_by(service->pid(), name);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_EQ(holds(found.front(), secrets), std::optional(false)) << name;
  }
  EXPECT_EQ(service->end(SIGTERM), 0);
}

TEST_F(Processes, IsConfinedInAllThreadsOfAllItsProcesses) {
  const std::unique_ptr<Process> service = serve();
  const json::value all = status();
  std::map<std::string, pid_t> processes = {{"core", service->pid()}};
  for (const char* const name : {"ingest", "api"}) processes[name] = all.at(name).at("pid").to_number<pid_t>();
  EXPECT_EQ(started_by(service->pid(), "tocsin-api"), std::vector<pid_t>{processes["api"]});
  for (const auto& [name, pid] : processes) {
    const std::string sandbox(all.at(name).at("sandbox").as_string());
    if (sandbox.find("seccomp") == std::string::npos) GTEST_SKIP() << "skipped: this kernel has no seccomp, or the build has sanitizers: " << sandbox;
    EXPECT_EQ(all.at(name).at("missing").as_string(), "");
    std::size_t threads = 0;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      std::ifstream file(task.path() / "status");
      const std::string facts((std::istreambuf_iterator<char>(file)), {});
      EXPECT_NE(facts.find("Seccomp:\t2\n"), std::string::npos) << name << '\n' << facts;
      ++threads;
    }
    EXPECT_GT(threads, 2u) << name;
  }
  EXPECT_EQ(service->end(SIGTERM), 0);
}

/// Its port stays, so who connects meanwhile waits; the service takes no notice.
TEST_F(Processes, WhereOnlyWhatAnswersTheApiIsKilledItComesBack) {
  const std::unique_ptr<Process> service = serve("0", {}, folder_ + "/said");
  for (int starts = 1; starts < 4; ++starts) {
    EXPECT_EQ(status().at("api").at("starts").to_number<int>(), starts);
    const auto pid = status().at("api").at("pid").to_number<pid_t>();
    ::kill(pid, SIGKILL);
    const auto other = [&] {
      const json::value api = status().at("api");
      return !api.at("sandbox").as_string().empty() && api.at("pid").to_number<pid_t>() != pid;
    };
    for (int i = 0; i < kWaits && !other(); ++i) wait_a_little();
    EXPECT_TRUE(other());
  }
  EXPECT_TRUE(status().at("trouble").is_null());
  EXPECT_EQ(status().at("ingest").at("starts").to_number<int>(), 1);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  EXPECT_NE(text("said").find("the process of the API was ended by signal 9; another one is started"), std::string::npos) << text("said");
  EXPECT_EQ(text("said").find("choose"), text("said").rfind("choose")) << "one link to become the first admin: " << text("said");
}

TEST_F(Processes, EndsWithAComplaintWhenWhatStartsItsProcessesIsGone) {
  const std::unique_ptr<Process> service = serve("0", {}, folder_ + "/said");
  const std::vector<pid_t> starter = started_by(service->pid(), "tocsin-starter");
  ASSERT_EQ(starter.size(), 1u);
  ::kill(starter.front(), SIGKILL);
  EXPECT_EQ(service->end(0), 3);
  EXPECT_NE(text("said").find("the service has to be started again"), std::string::npos) << text("said");
}

}  // namespace
}  // namespace tocsin
