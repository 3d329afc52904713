#include "api/mcp_rpc.h"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

namespace json = boost::json;

int code_of(std::string_view body) {
  const RpcReading reading = read_rpc(body);
  return reading.message ? 0 : reading.problem.code;
}

TEST(Rpc, ARequestHasItsIdMethodAndParams) {
  const RpcReading read = read_rpc(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"},"more":1})");
  ASSERT_TRUE(read.message);
  EXPECT_EQ(read.message->kind, RpcMessage::Kind::kRequest);
  EXPECT_EQ(read.message->id, "a");
  EXPECT_EQ(read.message->method, "tools/call");
  EXPECT_EQ(text_member(read.message->params, "name"), "x");
  EXPECT_EQ(read_rpc(R"({"jsonrpc":"2.0","id":7,"method":"ping"})").message->id, 7);
  EXPECT_EQ(read_rpc(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"ping"})").message->id, std::uint64_t{18446744073709551615u});
}

TEST(Rpc, WithoutAnIdItIsANotification) {
  const RpcReading read = read_rpc(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  ASSERT_TRUE(read.message);
  EXPECT_EQ(read.message->kind, RpcMessage::Kind::kNotification);
  EXPECT_TRUE(read.message->params.empty());
}

TEST(Rpc, AResponseHasAResultOrAnError) {
  const RpcReading good = read_rpc(R"({"jsonrpc":"2.0","id":"ask-1","result":{"action":"accept"}})");
  ASSERT_TRUE(good.message);
  EXPECT_EQ(good.message->kind, RpcMessage::Kind::kResponse);
  EXPECT_FALSE(good.message->failed);
  EXPECT_EQ(text_member(good.message->result, "action"), "accept");
  EXPECT_TRUE(read_rpc(R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}})").message->failed);
  for (const char* const bad : {R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", R"({"jsonrpc":"2.0","id":1,"result":[]})", R"({"jsonrpc":"2.0","result":{}})"}) {
    EXPECT_EQ(code_of(bad), kRpcNoRequest) << bad;
  }
}

TEST(Rpc, WhatIsNoJsonIsAParseError) {
  for (const char* const bad : {"", "{", "ping", "{\"a\":1}}", "\xff"}) EXPECT_EQ(code_of(bad), kRpcNoJson) << bad;
  std::string nested = "1";
  for (std::size_t i = 1; i < kRpcDepthMax; ++i) nested = "{\"a\":" + nested + "}";
  const std::string front = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":)";
  EXPECT_EQ(code_of(front + nested + "}"), 0) << "as deep as is taken";
  EXPECT_EQ(code_of(front + "{\"a\":" + nested + "}}"), kRpcNoJson);
}

TEST(Rpc, WhatIsNoMessageIsAnInvalidRequest) {
  for (const char* const bad : {"1", "\"ping\"", "[]", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", R"({"id":1,"method":"ping"})", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
                                R"({"jsonrpc":"2.0","id":1,"method":""})", R"({"jsonrpc":"2.0","id":1,"method":5})", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})"}) {
    EXPECT_EQ(code_of(bad), kRpcNoRequest) << bad;
  }
}

TEST(Rpc, AnIdIsATextOrAWholeNumber) {
  for (const char* const bad : {"null", "1.5", "true", "{}", "[1]"}) {
    EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":"ping","id":)" + std::string(bad) + "}"), kRpcNoRequest) << bad;
  }
  const auto with_id = [](std::size_t bytes) { return R"({"jsonrpc":"2.0","method":"ping","id":")" + std::string(bytes, 'x') + "\"}"; };
  EXPECT_EQ(code_of(with_id(kRpcIdBytesMax)), 0);
  EXPECT_EQ(code_of(with_id(kRpcIdBytesMax + 1)), kRpcNoRequest);
  const auto with_method = [](std::size_t bytes) { return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(bytes, 'x') + "\"}"; };
  EXPECT_EQ(code_of(with_method(kRpcMethodBytesMax)), 0);
  EXPECT_EQ(code_of(with_method(kRpcMethodBytesMax + 1)), kRpcNoRequest);
}

TEST(Rpc, AnErrorNamesTheRequestThatItIsAbout) {
  const RpcReading read = read_rpc(R"({"id":7,"method":"ping"})");
  EXPECT_EQ(rpc_error(read.problem.id, read.problem.code, "x\n"), R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"x\n"}})");
  EXPECT_EQ(rpc_error(read_rpc("{").problem.id, kRpcNoJson, "x"), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}})");
}

TEST(Rpc, WhatIsWrittenIsRead) {
  EXPECT_EQ(rpc_result("a", {{"tools", json::array()}}), R"({"jsonrpc":"2.0","id":"a","result":{"tools":[]}})");
  const RpcReading asked = read_rpc(rpc_request("ask-1", "sampling/createMessage", {{"maxTokens", 1}}));
  ASSERT_TRUE(asked.message);
  EXPECT_EQ(asked.message->id, "ask-1");
  EXPECT_EQ(read_rpc(rpc_notification("notifications/message", {})).message->kind, RpcMessage::Kind::kNotification);
}

}  // namespace
}  // namespace tocsin::api
