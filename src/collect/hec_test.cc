#include "collect/http_auth.h"
#include "collect/hec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

constexpr std::string_view kGuid = "0a1B2c3d-4e5f-6789-abcd-ef0123456789";

std::string reply(const HecReply& reply) {
  std::string out;
  const int status = append_hec_reply(out, reply);
  return std::to_string(status) + " " + out;
}

TEST(Hec, RepliesHaveTheCodesAndWordsOfSplunk) {
  EXPECT_EQ(reply({}), R"(200 {"text":"Success","code":0})");
  EXPECT_EQ(reply({.ack_id = 5}), R"(200 {"text":"Success","code":0,"ackId":5})");
  EXPECT_EQ(reply({.code = HecCode::kInvalidDataFormat, .event_number = 0}),
            R"(400 {"text":"Invalid data format","code":6,"invalid-event-number":0})");
  const std::vector<std::pair<HecCode, std::string>> others = {
      {HecCode::kTokenRequired, R"(401 {"text":"Token is required","code":2})"},
      {HecCode::kInvalidAuthorization, R"(401 {"text":"Invalid authorization","code":3})"},
      {HecCode::kInvalidToken, R"(403 {"text":"Invalid token","code":4})"},
      {HecCode::kNoData, R"(400 {"text":"No data","code":5})"},
      {HecCode::kServerBusy, R"(503 {"text":"Server is busy","code":9})"},
      {HecCode::kChannelMissing, R"(400 {"text":"Data channel is missing","code":10})"},
      {HecCode::kInvalidChannel, R"(400 {"text":"Invalid data channel","code":11})"},
      {HecCode::kEventRequired, R"(400 {"text":"Event field is required","code":12})"},
      {HecCode::kEventBlank, R"(400 {"text":"Event field cannot be blank","code":13})"},
      {HecCode::kAckDisabled, R"(400 {"text":"ACK is disabled","code":14})"},
      {HecCode::kInvalidFields, R"(400 {"text":"Error in handling indexed fields","code":15})"},
      {HecCode::kQueryTokenDisabled, R"(400 {"text":"Query string authorization is not enabled","code":16})"},
      {HecCode::kHealthy, R"(200 {"text":"HEC is healthy","code":17})"},
      {HecCode::kQueuesFull, R"(503 {"text":"HEC is unhealthy, queues are full","code":18})"}};
  for (const auto& [code, expected] : others) EXPECT_EQ(reply({.code = code}), expected);
}

TEST(Hec, PathsAskForWhatTheyAskForWithSplunk) {
  for (const std::string_view path : {"", "/", "/event", "/event/", "/event/1.0", "/1.0"}) {
    EXPECT_EQ(hec_route("POST", "/services/collector" + std::string(path)), HecRoute::kEvent) << path;
  }
  EXPECT_EQ(hec_route("POST", "/services/collector/raw/1.0"), HecRoute::kRaw);
  EXPECT_EQ(hec_route("POST", "/services/collector/ack"), HecRoute::kAck);
  EXPECT_EQ(hec_route("GET", "/services/collector/health"), HecRoute::kHealth);
  EXPECT_EQ(hec_route("GET", "/services/collector"), HecRoute::kWrongMethod);
  for (const std::string_view path : {"", "/", "/services", "/services/collectors", "/services/collector/event/2.0"}) {
    EXPECT_EQ(hec_route("POST", path), HecRoute::kUnknown) << path;
  }
  std::string out;
  EXPECT_EQ(append_hec_no_route(out, HecRoute::kUnknown), 404);
  EXPECT_EQ(append_hec_no_route(out, HecRoute::kWrongMethod), 405);
}

TEST(Hec, TokensAreFoundInTheHeader) {
  const auto token = [](std::string_view header) {
    std::string found = "before";
    const HecCode code = read_hec_token(header, found);
    return code == HecCode::kSuccess ? found : std::to_string(static_cast<int>(code)) + found;
  };
  EXPECT_EQ(token("Splunk abc-1"), "abc-1");
  EXPECT_EQ(token(" sPLUNK   abc-1 "), "abc-1");
  EXPECT_EQ(token("Basic eDphYmMtMQ=="), "abc-1");    // x:abc-1
  EXPECT_EQ(token("Basic OmFiYy0xOjI="), "abc-1:2");  // :abc-1:2
  EXPECT_EQ(token("Basic OmFiYy0xOjI"), "abc-1:2");   // its padding left out
  EXPECT_EQ(token(""), "2");
  EXPECT_EQ(token("  "), "2");
  for (const std::string_view bad :
       {"Splunk", "Splunk ", "Splunkabc", "Bearer abc", "Splunk a b", "Splunk a\x01", "Basic", "Basic !!!!",
        "Basic eA==", "Basic eDo=", "Basic eDphY", "Basic eDph=YmM", "Basic ====", "abc"}) {
    EXPECT_EQ(token(bad), "3") << bad;
  }
}

TEST(Hec, TokensHaveALimit) {
  std::string token;
  const std::string longest(kTokenBytesMax, 't');
  EXPECT_EQ(read_hec_token("Splunk " + longest, token), HecCode::kSuccess);
  EXPECT_EQ(token, longest);
  EXPECT_EQ(read_hec_token("Splunk " + longest + "t", token), HecCode::kInvalidAuthorization);
  EXPECT_EQ(read_hec_token("Basic " + std::string(1 << 20, 'A'), token), HecCode::kInvalidAuthorization);
}

TEST(Hec, ChannelsAreGuids) {
  EXPECT_TRUE(is_hec_channel(kGuid));
  for (const std::string& bad : {std::string(), std::string(kGuid) + "0", std::string(35, 'a') + "g",
                                 std::string(36, 'a'), std::string(36, '-')}) {
    EXPECT_FALSE(is_hec_channel(bad)) << bad;
  }
}

TEST(Hec, QueriesAreDecoded) {
  HecQuery query;
  ASSERT_TRUE(read_hec_query(
      "host=a%20b&source=%2Fvar%2Flog&sourcetype=x+y&index=i&time=1.5&token=t&channel=c&other=%&flag&host=c&&", query));
  EXPECT_EQ(query.host, "c");
  EXPECT_EQ(query.channel, "c");
  EXPECT_EQ(query.token, "t");
  const Received metadata = query.metadata();
  EXPECT_EQ(metadata.source, "/var/log");
  EXPECT_EQ(metadata.sourcetype, "x y");
  EXPECT_EQ(metadata.index, "i");
  EXPECT_EQ(metadata.time, "1.5");
  ASSERT_TRUE(read_hec_query("", query));
  EXPECT_EQ(query.host + query.source + query.channel + query.token, "");
  for (const std::string_view bad : {"host=%", "host=%0a", "host", "token=%zz"})
    EXPECT_FALSE(read_hec_query(bad, query)) << bad;
}

TEST(Hec, QueriesHaveLimits) {
  HecQuery query;
  EXPECT_TRUE(read_hec_query("host=" + std::string(kHecMetaBytesMax, 'h'), query));
  EXPECT_FALSE(read_hec_query("host=" + std::string(kHecMetaBytesMax + 1, 'h'), query));
  EXPECT_TRUE(read_hec_query("x=" + std::string(kHecQueryBytesMax - 2, 'h'), query));
  EXPECT_FALSE(read_hec_query("x=" + std::string(kHecQueryBytesMax - 1, 'h'), query));
}

TEST(Hec, AcksAreReadAndAnswered) {
  std::vector<std::uint64_t> ids = {9};
  EXPECT_EQ(read_hec_acks(" {\"acks\":[0, 18446744073709551615]} ", ids), HecCode::kSuccess);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 18446744073709551615u}));
  EXPECT_EQ(read_hec_acks("{\"acks\":[]}", ids), HecCode::kSuccess);
  EXPECT_TRUE(ids.empty());
  EXPECT_EQ(read_hec_acks(" \n", ids), HecCode::kNoData);
  for (const std::string_view bad :
       {"[]", "{}", "{\"acks\":1}", "{\"acks\":[-1]}", "{\"acks\":[1.0]}", "{\"acks\":[\"1\"]}",
        "{\"acks\":[18446744073709551616]}", "{\"acks\":[1]} x", "{\"acks\":[1"}) {
    EXPECT_EQ(read_hec_acks(bad, ids), HecCode::kInvalidDataFormat) << bad;
  }
  std::string out;
  append_hec_acks(out, std::vector<HecAck>{{1, true}, {30, false}});
  EXPECT_EQ(out, R"({"acks":{"1":true,"30":false}})");
  out.clear();
  append_hec_acks(out, {});
  EXPECT_EQ(out, R"({"acks":{}})");
}

TEST(Hec, AcksHaveALimit) {
  std::string body = "{\"acks\":[0";
  for (std::size_t i = 1; i < kHecAcksMax; ++i) body += ",1";
  std::vector<std::uint64_t> ids;
  EXPECT_EQ(read_hec_acks(body + "]}", ids), HecCode::kSuccess);
  EXPECT_EQ(ids.size(), kHecAcksMax);
  EXPECT_EQ(read_hec_acks(body + ",1]}", ids), HecCode::kInvalidDataFormat);
}

}  // namespace
}  // namespace tocsin
