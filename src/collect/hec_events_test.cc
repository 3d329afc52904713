#include "collect/hec_events.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

/// Each record as "raw|host|source|sourcetype|index|time|fields".
struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    std::string text(received.raw);
    for (const std::string_view part :
         {received.host, received.source, received.sourcetype, received.index, received.time, received.fields}) {
      text += "|" + std::string(part);
    }
    records.push_back(text);
    truncated += received.truncated;
    sizes.push_back(received.raw.size());
  }
  Texts records;
  std::vector<std::size_t> sizes;
  std::size_t truncated = 0;
  HecReply reply;

  int code() const { return static_cast<int>(reply.code); }
};

Told events(std::string_view body, const Received& metadata = {}) {
  HecEventReader reader;
  Told told;
  told.reply = reader.read(body, metadata, told);
  return told;
}

Told lines(std::string_view body, const Received& metadata = {}) {
  Told told;
  told.reply = read_hec_lines(body, metadata, told);
  return told;
}

TEST(HecEvents, EventsAreFoundOneBehindTheOther) {
  const Told told = events(
      R"({"event":"a \"b\"\n","time":1433188255.500,"host":"h\u0041","source":"s","sourcetype":"t","index":"i","fields":{"x":["1"]}})"
      R"({"event":{"a":[1, 2]},"time":"1433188255","host":null,"other":{}})"
      "\n\r {\"host\":7,\"event\":12}{\"event\":[]}\n");
  EXPECT_EQ(told.code(), 0);
  EXPECT_EQ(told.records, (Texts{"a \"b\"\n|hA|s|t|i|1433188255.500|{\"x\":[\"1\"]}", "{\"a\":[1, 2]}|||||1433188255|",
                                 "12|7|||||", "[]||||||"}));
}

TEST(HecEvents, WhereAnEventHasNoMetadataThoseOfTheRequestHold) {
  Received metadata;
  metadata.host = "default";
  metadata.index = "main";
  EXPECT_EQ(events(R"({"event":1,"host":"own"}{"event":2})", metadata).records,
            (Texts{"1|own|||main||", "2|default|||main||"}));
}

TEST(HecEvents, TheFirstBadEventEndsTheReadingAndIsNamed) {
  const std::vector<std::pair<std::string, int>> bads = {{R"({"event":"x")", 6},
                                                         {R"({"event":})", 6},
                                                         {"[]", 6},
                                                         {"x", 6},
                                                         {R"({"host":"h"})", 12},
                                                         {"{}", 12},
                                                         {R"({"event":null})", 13},
                                                         {R"({"event":""})", 13},
                                                         {R"({"event":" \t\n"})", 13},
                                                         {R"({"event":1,"host":{}})", 6},
                                                         {R"({"event":1,"time":[]})", 6},
                                                         {R"({"event":1,"fields":[]})", 15},
                                                         {R"({"event":null,"host":"x)", 6}};
  for (const auto& [bad, code] : bads) {
    const Told told = events(R"({"event":1} {"event":2})" + bad + R"({"event":3})");
    EXPECT_EQ(told.code(), code) << bad;
    EXPECT_EQ(told.reply.event_number, 2u) << bad;
    EXPECT_EQ(told.records.size(), 2u) << bad;
  }
  EXPECT_EQ(events(R"({"event":1}})").reply.event_number, 1u);
  for (const std::string_view empty : {"", " \n"}) {
    EXPECT_EQ(events(empty).code(), 5);
    EXPECT_EQ(events(empty).reply.event_number, std::nullopt);
  }
}

TEST(HecEvents, SizesHaveLimits) {
  const auto sized = [](std::size_t size) { return "{\"event\":\"" + std::string(size, 'x') + "\"}"; };
  EXPECT_EQ(events(sized(kReceivedBytesMax)).code(), 0);
  EXPECT_EQ(events(sized(kReceivedBytesMax + 1)).code(), 6);
  const auto with_host = [](std::size_t size) { return "{\"event\":1,\"host\":\"" + std::string(size, 'x') + "\"}"; };
  EXPECT_EQ(events(with_host(kHecMetaBytesMax)).code(), 0);
  EXPECT_EQ(events(with_host(kHecMetaBytesMax + 1)).code(), 6);
  const auto with_fields = [](std::size_t size) {
    return "{\"event\":1,\"fields\":{\"a\":\"" + std::string(size - 8, 'x') + "\"}}";
  };
  EXPECT_EQ(events(with_fields(kHecFieldsBytesMax)).code(), 0);
  EXPECT_EQ(events(with_fields(kHecFieldsBytesMax + 1)).code(), 15);
}

TEST(HecLines, EveryLineIsARecordWithTheMetadataOfTheRequest) {
  Received metadata;
  metadata.host = "h";
  metadata.sourcetype = "t";
  const Told told = lines("one\r\n\n \t\n two \nthree", metadata);
  EXPECT_EQ(told.code(), 0);
  EXPECT_EQ(told.records, (Texts{"one|h||t|||", " two |h||t|||", "three|h||t|||"}));
  for (const std::string_view empty : {"", "\n", " \r\n\r\n"}) EXPECT_EQ(lines(empty).code(), 5);
}

TEST(HecLines, ALongLineIsCut) {
  const Told told =
      lines(std::string(kReceivedBytesMax, 'a') + "\r\n" + std::string(kReceivedBytesMax + 1, 'b') + "\nc");
  EXPECT_EQ(told.sizes, (std::vector<std::size_t>{kReceivedBytesMax, kReceivedBytesMax, 1}));
  EXPECT_EQ(told.truncated, 1u);
}

}  // namespace
}  // namespace tocsin
