#include "api/mcp_stream.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tocsin::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kInfo = 1, kError = 4;

class Stream : public testing::Test {
 protected:
  std::shared_ptr<McpStream> stream(McpStream::Form form, std::size_t level = kInfo) {
    auto made = std::make_shared<McpStream>(asks_, "ci", form, level);
    pieces_ = made->pieces();
    return made;
  }
  /// The next piece, if there is one; "(none)" while there is none.
  std::string next() {
    auto piece = std::make_shared<std::string>("(none)");
    pieces_->next([piece](std::string said) { *piece = std::move(said); });
    return *piece;
  }

  McpAsks asks_;
  std::unique_ptr<HttpPieces> pieces_;
};

TEST_F(Stream, AJsonReplyIsTheResultAlone) {
  const auto one = stream(McpStream::Form::kJson);
  one->log("error", "nobody reads this");
  one->notify("notifications/progress", {});
  EXPECT_FALSE(one->ask("elicitation/create", {}));
  one->finish("{}");
  EXPECT_EQ(next(), "{}");
  EXPECT_EQ(next(), "") << "the end";
}

TEST_F(Stream, EventsComeInOrderAndTheResultIsTheLast) {
  const auto one = stream(McpStream::Form::kEvents);
  one->log("debug", "less than is wanted");
  one->log("info", "a");
  one->finish("{\"id\":1}");
  one->log("info", "too late");
  EXPECT_EQ(next(), "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"logger\":\"tocsin\",\"data\":\"a\"}}\n\n"
                    "event: message\ndata: {\"id\":1}\n\n");
  EXPECT_EQ(next(), "");
}

TEST_F(Stream, WhoWaitsGetsThePieceWhenItComes) {
  const auto one = stream(McpStream::Form::kEvents, kError);
  std::string got;
  pieces_->next([&](std::string piece) { got = std::move(piece); });
  one->log("warning", "less than is wanted");
  EXPECT_EQ(got, "");
  one->log("critical", "x");
  EXPECT_NE(got.find("critical"), std::string::npos);
}

TEST_F(Stream, AClientThatReadsSlowlyLosesMessagesButNotTheResult) {
  const auto one = stream(McpStream::Form::kEvents);
  for (int i = 0; i < 400; ++i) one->log("info", std::string(1'024, 'x'));
  one->finish("{\"id\":1}");
  const std::string all = next();
  EXPECT_LE(all.size(), kTalkBytesMax + 64u);
  EXPECT_GT(all.size(), kTalkBytesMax / 2);
  EXPECT_TRUE(all.ends_with("data: {\"id\":1}\n\n"));
}

TEST_F(Stream, AClientThatGoesIsKnown) {
  const auto one = stream(McpStream::Form::kEvents);
  EXPECT_FALSE(*one->gone());
  pieces_->stop();
  EXPECT_TRUE(*one->gone());
  EXPECT_EQ(one->ask("elicitation/create", {}).error().code, Code::kIo) << "without waiting";
}

RpcMessage response_to(const std::string& piece) {
  const json::value asked = json::parse(piece.substr(piece.find("data: ") + 6));
  RpcMessage response;
  response.kind = RpcMessage::Kind::kResponse;
  response.id = asked.at("id");
  response.result = {{"action", "accept"}};
  return response;
}

TEST_F(Stream, AQuestionIsAnsweredByTheSameTokenAlone) {
  const auto one = stream(McpStream::Form::kEvents);
  std::string piece;
  std::thread answers;
  pieces_->next([&](std::string said) {
    answers = std::thread([&, said] {
      RpcMessage response = response_to(said);
      response.result["by"] = "somebody else";
      asks_.answer("other", response);
      response.result["by"] = "it";
      asks_.answer("ci", response);
      response.result["by"] = "it, again";
      asks_.answer("ci", response);
    });
  });
  const Result<json::object> answer = one->ask("elicitation/create", {{"message", "?"}});
  answers.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->at("by"), "it");
}

TEST_F(Stream, ARefusalAndAStopEndTheWaiting) {
  const auto one = stream(McpStream::Form::kEvents);
  std::thread answers;
  pieces_->next([&](std::string said) {
    answers = std::thread([&, said] {
      RpcMessage response = response_to(said);
      response.failed = true;
      asks_.answer("ci", response);
    });
  });
  EXPECT_EQ(one->ask("sampling/createMessage", {}).error().code, Code::kInvalid);
  answers.join();
  asks_.stop();
  EXPECT_EQ(one->ask("sampling/createMessage", {}).error().code, Code::kIo);
}

TEST_F(Stream, QuestionsAreBounded) {
  std::vector<std::shared_ptr<McpStream>> streams;
  std::vector<std::thread> asking;
  std::atomic<int> limited{0};
  for (std::size_t i = 0; i <= kAsksMax; ++i) {
    streams.push_back(std::make_shared<McpStream>(asks_, "ci", McpStream::Form::kEvents, kInfo));
    asking.emplace_back([&, one = streams.back()] {
      if (one->ask("x", {}).error().code == Code::kLimit) {
        ++limited;
        asks_.stop();
      }
    });
  }
  for (std::thread& one : asking) one.join();
  EXPECT_EQ(limited, 1);
}

}  // namespace
}  // namespace tocsin::api
