#include "respond/executor/model_question.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tocsin::executor {
namespace {

namespace json = boost::json;

std::string answer(const std::string& content) { return json::serialize(json::object{{"choices", json::array{json::object{{"message", json::object{{"role", "assistant"}, {"content", content}}}}}}}); }

std::string why_not(const std::string& body) {
  const Result<ModelOpinion> opinion = read_model_answer(body);
  return opinion ? "" : opinion.error().message;
}

TEST(ModelQuestion, IsOneThatEndpointsKnow) {
  const json::value request = json::parse(model_request("llama3.2", "a \"brief\"\n"));
  EXPECT_EQ(request.at("model"), "llama3.2");
  EXPECT_EQ(request.at("stream"), false);
  EXPECT_EQ(request.at("messages").at(1).at("role"), "user");
  EXPECT_EQ(request.at("messages").at(1).at("content"), "a \"brief\"\n");
  EXPECT_EQ(std::string(request.at("messages").at(0).at("content").as_string()).find("brief"), std::string::npos) << "evidence stands in no instruction";
}

TEST(ModelQuestion, TheAnswerMayStandInABlockOfCode) {
  const Result<ModelOpinion> opinion = read_model_answer(answer("Sure!\n```json\n{\"summary\":\"s\",\"verdict\":\"false_positive\",\"why\":\"w\"}\n```"));
  ASSERT_TRUE(opinion) << opinion.error().message;
  EXPECT_EQ(opinion->summary, "s");
  EXPECT_EQ(opinion->suggested, Verdict::kFalsePositive);
  EXPECT_EQ(opinion->why, "w");
  EXPECT_EQ(read_model_answer(answer(R"({"summary":"s","verdict":"unsure","why":""})"))->suggested, Verdict::kNone);
}

TEST(ModelQuestion, WordsAreTamed) {
  std::string umlauts;
  for (int i = 0; i < 3'000; ++i) umlauts += "ü";
  const Result<ModelOpinion> opinion = read_model_answer(answer(json::serialize(json::object{{"summary", "x" + umlauts}, {"verdict", "benign"}, {"why", "a\x1b[31m\nb"}})));
  ASSERT_TRUE(opinion);
  EXPECT_EQ(opinion->summary.size(), kModelSummaryBytesMax - 1 + 3) << "cut before the code point that does not fit";
  EXPECT_EQ(opinion->why, "a [31m b");
}

TEST(ModelQuestion, WhatIsNoAnswerIsToldAsWhatItIs) {
  EXPECT_NE(why_not("<html>").find("OpenAI-compatible"), std::string::npos);
  EXPECT_NE(why_not(R"({"error":"no such model"})").find("choices[0]"), std::string::npos);
  EXPECT_NE(why_not(answer("It looks benign.")).find("did not answer with JSON"), std::string::npos);
  EXPECT_NE(why_not(answer(R"({"verdict":"benign","why":"w"})")).find("'summary'"), std::string::npos);
  EXPECT_NE(why_not(answer(R"({"summary":"s","verdict":"isolate the host","why":"w"})")).find("verdict"), std::string::npos);
  EXPECT_NE(why_not(answer(R"({"summary":"  ","verdict":"benign","why":"w"})")).find("empty"), std::string::npos);
}

TEST(ModelQuestion, SecretsGoToSafeAddressesAlone) {
  struct Deaf : oidc::Fetch {
    oidc::HttpQuestion asked;
    Result<oidc::HttpAnswer> ask(const oidc::HttpQuestion& question) override {
      asked = question;
      return oidc::HttpAnswer{.status = 429, .body = "slow\ndown"};
    }
  } fetch;
  const Result<ModelOpinion> opinion = ask_model(fetch, {.url = "https://models.example.org/v1/", .model = "m", .key = "k"}, "b");
  EXPECT_EQ(fetch.asked.url, "https://models.example.org/v1/chat/completions");
  EXPECT_EQ(fetch.asked.authorization, "Bearer k");
  EXPECT_EQ(fetch.asked.form_type, "application/json");
  ASSERT_FALSE(opinion);
  EXPECT_EQ(opinion.error().message, "https://models.example.org/v1/: answers with status 429: slow down");
  EXPECT_EQ(ask_model(fetch, {.url = "https://models.example.org/v1", .model = "m"}, std::string(kModelBriefBytesMax + 1, 'x')).error().code, Code::kLimit);
}

}  // namespace
}  // namespace tocsin::executor
