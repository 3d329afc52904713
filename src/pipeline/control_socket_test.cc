#include "pipeline/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class ControlSocket : public testing::Test {
 protected:
  ControlSocket() {
    std::string name = (fs::temp_directory_path() / "tocsin-control-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/control";
  }
  ~ControlSocket() override { fs::remove_all(folder_); }
  std::unique_ptr<ControlServer> serve() {
    Result<std::unique_ptr<ControlServer>> server = ControlServer::open(
        path_, {{"say", [](const ControlCall& call) -> Result<std::string> { return "\"" + std::string(call.request.argument("word")) + "\""; }},
                {"fail", [](const ControlCall&) -> Result<std::string> { return Error{Code::kInvalid, "it's \"wrong\"\nhere"}; }},
                {"wait", [this](const ControlCall& call) -> Result<std::string> {
                   waiting_ = true;
                   while (!call.cancelled()) ::usleep(1000);
                   cancelled_ = true;
                   return Error{Code::kLimit, "was cancelled"};
                 }}});
    EXPECT_TRUE(server) << server.error().message;
    return server ? std::move(*server) : nullptr;
  }
  /// A connection that says what no client of ours would.
  int connect_raw() {
    const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return connection;
  }
  std::string answer_to(const std::string& bytes) {
    const int connection = connect_raw();
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t put = ::send(connection, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (put <= 0) break;
      at += static_cast<std::size_t>(put);
    }
    std::string answer;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(connection, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
    ::close(connection);
    return answer;
  }
  std::string folder_, path_;
  std::atomic<bool> waiting_{false}, cancelled_{false};
};

TEST_F(ControlSocket, AnswersAndRefuses) {
  EXPECT_EQ(ask_service(path_, {"say", {}}).error().code, Code::kNotFound);
  const auto server = serve();
  EXPECT_EQ(ask_service(path_, {"say", {{"word", "grüß"}}}).value_or(""), "\"grüß\"");
  const Result<std::string> failed = ask_service(path_, {"fail", {}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "it's \"wrong\"\nhere");
  EXPECT_EQ(ask_service(path_, {"dance", {}}).error().code, Code::kDenied);
  server->stop();
  EXPECT_EQ(ask_service(path_, {"say", {}}).error().code, Code::kNotFound);
}

TEST_F(ControlSocket, WhatIsNoRequestIsAnsweredAsSuch) {
  const auto server = serve();
  for (const std::string bad : {"\n", "status\n", "[]\n", "{}\n", "{\"command\":1}\n", "{\"command\":\"say\",\"word\":{}}\n"}) {
    EXPECT_TRUE(answer_to(bad).starts_with("{\"ok\":false,")) << bad;
  }
  const std::string long_line = answer_to("{\"command\":\"" + std::string(2 * kControlRequestBytesMax, 'a'));
  EXPECT_TRUE(long_line.empty() || long_line.starts_with("{\"ok\":false,")) << "the rest of it may have reset the connection";
  EXPECT_EQ(ask_service(path_, {"say", {{"word", "x"}}}).value_or(""), "\"x\"");
}

TEST_F(ControlSocket, ManyAreToldToComeBackAndWhoGoesAwayCancels) {
  const auto server = serve();
  std::vector<int> idle;
  for (std::size_t i = 0; i < kControlClientsMax; ++i) idle.push_back(connect_raw());
  EXPECT_NE(ask_service(path_, {"say", {{"word", "x"}}}).error().message.find("too many"), std::string::npos);
  for (const int connection : idle) ::close(connection);
  const auto answers = [&] { return ask_service(path_, {"say", {{"word", "x"}}}).has_value(); };
  bool answered = false;  // one answer is enough: the next may find the last ones not gone yet
  for (int i = 0; i < 3000 && !answered; ++i) {
    if (i > 0) ::usleep(10'000);
    answered = answers();
  }
  EXPECT_TRUE(answered);

  const int connection = connect_raw();
  const std::string request = write_control_request({"wait", {}});
  ASSERT_EQ(::send(connection, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  for (int i = 0; i < 3000 && !waiting_; ++i) ::usleep(10'000);
  ::close(connection);
  for (int i = 0; i < 3000 && !cancelled_; ++i) ::usleep(10'000);
  EXPECT_TRUE(cancelled_);
}

TEST_F(ControlSocket, AFolderOfAnyDepthHasRoomForIt) {
  const std::string deep = folder_ + "/" + std::string(120, 'd');
  fs::create_directories(deep);
  path_ = deep + "/control";
  const auto server = serve();
  EXPECT_EQ(ask_service(path_, {"say", {{"word", "x"}}}).value_or(""), "\"x\"");
  server->stop();
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace tocsin
