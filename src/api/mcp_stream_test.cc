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

/// Its id is what the first event says.
class KeptStream : public Stream {
 protected:
  KeptStream() : one_(std::move(*streams_.make(asks_, "ci", kInfo))) { pieces_ = one_->pieces(); }
  bool take_up(const std::string& token, std::size_t after) {
    std::unique_ptr<HttpPieces> pieces = streams_.take_up(token, one_->id() + "-" + std::to_string(after));
    if (pieces == nullptr) return false;
    pieces_ = std::move(pieces);
    return true;
  }
  static std::size_t events_in(const std::string& piece) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = piece.find("id: ", at)) != std::string::npos; ++at) ++count;
    return count;
  }

  McpStreams streams_;
  std::shared_ptr<McpStream> one_;
};

TEST_F(KeptStream, SaysItsIdFirst) {
  EXPECT_EQ(next(), "id: " + one_->id() + "-1\nretry: 1000\ndata:\n\n");
  one_->log("info", "a");
  EXPECT_TRUE(next().starts_with("id: " + one_->id() + "-2\nevent: message\ndata: {"));
}

TEST_F(KeptStream, GoesOnWithoutItsConnection) {
  next();
  one_->log("info", "read");
  next();
  pieces_->stop();
  EXPECT_FALSE(*one_->gone());
  one_->log("info", "not read");
  one_->finish("{}");
  ASSERT_TRUE(take_up("ci", 2));
  const std::string rest = next();
  EXPECT_EQ(events_in(rest), 2u) << rest;
  EXPECT_NE(rest.find("not read"), std::string::npos);
  EXPECT_TRUE(rest.ends_with("data: {}\n\n"));
  EXPECT_EQ(next(), "") << "the end";
  ASSERT_TRUE(take_up("ci", 3)) << "what was lost under way is read again";
  EXPECT_EQ(events_in(next()), 1u);
}

TEST_F(KeptStream, IsTheTokensThatAskedAlone) {
  EXPECT_FALSE(take_up("other", 0));
  EXPECT_EQ(streams_.take_up("ci", "nothing-1"), nullptr);
  EXPECT_EQ(streams_.take_up("ci", one_->id()), nullptr);
  EXPECT_EQ(streams_.take_up("ci", one_->id() + "-x"), nullptr);
  EXPECT_EQ(streams_.take_up("ci", ""), nullptr);
  ASSERT_TRUE(take_up("ci", 1'000'000)) << "behind its end there is nothing yet";
  EXPECT_EQ(next(), "(none)");
}

TEST_F(KeptStream, OneConnectionReadsIt) {
  next();
  std::string first = "(none)";
  const std::unique_ptr<HttpPieces> before = std::move(pieces_);
  before->next([&](std::string piece) { first = std::move(piece); });
  ASSERT_TRUE(take_up("ci", 1));
  EXPECT_EQ(first, "") << "the one before ends";
  one_->log("info", "a");
  EXPECT_EQ(events_in(next()), 1u);
  std::string second;
  pieces_->next([&](std::string piece) { second = std::move(piece); });
  before->stop();
  one_->log("info", "b");
  EXPECT_EQ(events_in(second), 1u) << "the end of the one before is not the end of this one";
  first = "(none)";
  before->next([&](std::string piece) { first = std::move(piece); });
  EXPECT_EQ(first, "");
}

TEST_F(KeptStream, AConnectionCanBeEndedWithoutIt) {
  one_->log("info", "before");
  one_->suspend();
  one_->log("info", "behind");
  EXPECT_EQ(events_in(next()), 2u) << "what was said before that comes";
  EXPECT_EQ(next(), "");
  ASSERT_TRUE(take_up("ci", 2));
  EXPECT_NE(next().find("behind"), std::string::npos);
  EXPECT_EQ(next(), "(none)");
}

TEST_F(KeptStream, TheOldestIsLetGo) {
  pieces_->stop();
  for (std::size_t i = 1; i < kStreamsKeptMax; ++i) ASSERT_TRUE(streams_.make(asks_, "ci", kInfo));
  EXPECT_FALSE(*one_->gone());
  ASSERT_TRUE(streams_.make(asks_, "ci", kInfo));
  EXPECT_TRUE(*one_->gone()) << "nobody reads it";
  EXPECT_FALSE(take_up("ci", 0));
}

TEST_F(KeptStream, OneThatIsLetGoEndsWithItsConnection) {
  for (std::size_t i = 0; i < kStreamsKeptMax; ++i) ASSERT_TRUE(streams_.make(asks_, "ci", kInfo));
  EXPECT_FALSE(*one_->gone());
  pieces_->stop();
  EXPECT_TRUE(*one_->gone());
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
