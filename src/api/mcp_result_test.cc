#include "api/mcp_result.h"

#include <gtest/gtest.h>

#include "api/mcp_rpc.h"

namespace tocsin::api {
namespace {

namespace json = boost::json;

TEST(Told, WhatFitsIsToldWhole) {
  const json::value data = json::parse(R"({"alerts":[{"id":"1f","score":0.5,"more":null}],"whole":true})");
  const json::object said = told(data);
  EXPECT_EQ(said.at("data"), data);
  EXPECT_EQ(said.at("cut"), false);
  EXPECT_EQ(text_member(said, "note"), kUntrustedNote);
}

TEST(Told, CharactersThatAreNotSeenAreSeen) {
  const json::object said = told(json::object{{"a\x1b[2J", "x\n\xe2\x80\xae" "gpj.exe\xf3\xa0\x81\x81"}});
  EXPECT_EQ(json::serialize(said.at("data")), R"({"a\\x1b[2J":"x\\x0a\\u202egpj.exe\\U000e0041"})");
}

TEST(Told, WhatIsTooLongIsShortenedAndSaysSo) {
  json::array many;
  for (int i = 0; i < 5'000; ++i) many.push_back(json::object{{"id", i}, {"text", std::string(100, 'x')}});
  const json::object said = told(json::object{{"rows", many}, {"row_count", 5'000}});
  EXPECT_EQ(said.at("cut"), true);
  EXPECT_LE(json::serialize(said).size(), kToldBytesMax);
  const json::array& rows = said.at("data").at("rows").as_array();
  EXPECT_GE(rows.size(), 100u);
  EXPECT_EQ(rows.at(0).at("id"), 0);
  EXPECT_EQ(said.at("data").at("row_count"), 5'000);
}

TEST(Told, ATextIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "\xc3\xbc";
  const json::object said = told(json::object{{"text", "a" + text}});
  EXPECT_EQ(said.at("cut"), true);
  const std::string shown(said.at("data").at("text").as_string());
  EXPECT_TRUE(shown.ends_with("\xc3\xbc […]")) << shown.substr(shown.size() - 20);
  EXPECT_EQ(shown.find("\\x"), std::string::npos);
}

TEST(Told, WhatNeverFitsIsRefused) {
  json::object wide;
  for (int i = 0; i < 20; ++i) {
    json::object inner;
    for (int j = 0; j < 20; ++j) {
      json::object last;
      for (int k = 0; k < 20; ++k) last[std::to_string(k)] = std::string(64, 'x');
      inner[std::to_string(j)] = std::move(last);
    }
    wide[std::to_string(i)] = std::move(inner);
  }
  const json::object said = told(wide);
  EXPECT_EQ(said.at("cut"), true);
  EXPECT_TRUE(said.at("data").is_null());
}

TEST(Told, AResultIsTextAndStructure) {
  const json::object result = tool_result(told(json::object{{"id", "1f"}}));
  EXPECT_EQ(json::parse(result.at("content").at(0).at("text").as_string()), result.at("structuredContent"));
  EXPECT_FALSE(result.contains("isError"));
  const json::object error = tool_error("no \x1b[31m");
  EXPECT_EQ(error.at("isError"), true);
  EXPECT_EQ(error.at("content").at(0).at("text"), "no \\x1b[31m");
}

}  // namespace
}  // namespace tocsin::api
