#include "collect/elastic_bulk.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

/// Each item as "action index id status document".
Texts told(std::string_view body, std::string_view url_index = {}) {
  BulkReader reader;
  const Status status = reader.read(body, url_index);
  if (!status) return {status.error().message};
  Texts all;
  for (const BulkItem& item : reader.items()) {
    constexpr const char* kNames[] = {"index", "create", "update", "delete"};
    std::string text = kNames[static_cast<int>(item.action)];
    for (const std::string_view part : {item.received.index, item.received.id}) text += " " + std::string(part);
    text += " " + std::to_string(bulk_status_code(item.status)) + " " + std::string(item.received.raw);
    all.push_back(text);
  }
  return all;
}

std::string answer(std::span<const BulkItem> items, const BulkAnswer& how = {}) {
  std::string out;
  append_bulk_answer(out, items, how);
  return out;
}

TEST(BulkReader, DocumentsAreFoundWithTheirIndexAndPlace) {
  const std::string body =
      "{\"index\":{\"_index\":\"logs\",\"_id\":\"7\"}}\r\n{\"a\":1}\r\n\n"
      "{ \"create\" : { } }\n {\"b\":{}} \n"
      "{\"index\":{\"_index\":\"x\\u002dy\",\"_id\":12,\"op_type\":\"create\",\"_type\":\"events\",\"pipeline\":null,"
      "\"d\":{\"e\":[]}}}\n{}\n";
  EXPECT_EQ(told(body, "url"),
            (Texts{R"(index logs 7 201 {"a":1})", R"(create url  201  {"b":{}} )", "create x-y 12 201 {}"}));
  BulkReader reader;
  ASSERT_TRUE(reader.read(body, "url"));
  EXPECT_EQ(reader.items()[1].line, 4u);
  EXPECT_EQ(reader.items()[0].received.raw.data(), body.data() + body.find("{\"a\""));
}

TEST(BulkReader, NamesWithEscapesKeepApart) {
  BulkReader reader;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(reader.read(
        "{\"index\":{\"_index\":\"a\\u0062\",\"_id\":\"\\u0031\"}}\n{}\n{\"index\":{\"_index\":\"\\u0063\"}}\n{}\n",
        ""));
    EXPECT_EQ(reader.items()[0].received.index, "ab");
    EXPECT_EQ(reader.items()[0].received.id, "1");
    EXPECT_EQ(reader.items()[1].received.index, "c");
  }
}

TEST(BulkReader, WhatALogStoreDoesNotDoIsAnErrorOfTheItem) {
  EXPECT_EQ(
      told(
          "{\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"update\":{\"_index\":\"a\",\"_id\":\"2\"}}\n{\"doc\":{}}\n"
          "{\"create\":{\"_index\":\"a\"}}\n{}\n"),
      (Texts{"delete a 1 400 ", R"(update a 2 400 {"doc":{}})", "create a  201 {}"}));
}

TEST(BulkReader, ABadDocumentIsAnErrorOfTheItem) {
  for (const std::string bad : {"{\"a\":}", "[]", "", "{} {}", "\"text\"", "{"}) {
    EXPECT_EQ(told("{\"index\":{}}\n" + bad + "\n{\"index\":{}}\n{}\n", "a"),
              (Texts{"index a  400 " + bad, "index a  201 {}"}));
  }
  EXPECT_EQ(told("{\"index\":{}}\n{}\n{\"index\":{\"_index\":\"a\"}}\n{}\n"),
            (Texts{"index   400 {}", "index a  201 {}"}));
}

TEST(BulkReader, AMalformedActionRefusesTheRequest) {
  const std::string good = "{\"index\":{\"_index\":\"a\"}}\n{}\n";
  for (const std::string bad : {"[]", "text", "{}", "{\"index\":1}", "{\"index\":{}", "{\"index\":{},\"create\":{}}",
                                "{\"index\":{}} x", "{\"other\":{}}", "{\"index\":{\"_index\":[\"a\"]}}",
                                "{\"index\":{\"_id\":{}}}", "{\"index\":null}", "{\"index\":{\"a\":01}}"}) {
    const Texts texts = told(good + bad + "\n{}\n");
    ASSERT_EQ(texts.size(), 1u) << bad;
    EXPECT_TRUE(texts[0].starts_with("Malformed action/metadata line [3], ")) << texts[0];
  }
  EXPECT_EQ(told(good + "{\"index\":{}}\n"),
            Texts{"Malformed action/metadata line [3], the source that belongs to it is missing"});
  EXPECT_EQ(told(good + "{\"index\":{}}\n{}"), Texts{"The bulk request must be terminated by a newline [\\n]"});
  for (const std::string_view empty : {"", "\n", " \r\n\n"}) {
    EXPECT_EQ(told(empty), Texts{"Validation Failed: 1: no requests added;"});
  }
}

TEST(BulkReader, SizesHaveLimits) {
  const auto sized = [](std::size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
  const auto status = [](const std::string& body) {
    BulkReader reader;
    return reader.read(body, "a") ? reader.items()[0].status : BulkStatus::kBusy;
  };
  EXPECT_EQ(status("{\"index\":{}}\n" + sized(kReceivedBytesMax) + "\n"), BulkStatus::kStored);
  EXPECT_EQ(status("{\"index\":{}}\n" + sized(kReceivedBytesMax + 1) + "\n"), BulkStatus::kTooLarge);
  const auto with_id = [](std::size_t size) {
    return "{\"index\":{\"_id\":\"" + std::string(size, 'i') + "\"}}\n{}\n";
  };
  EXPECT_EQ(status(with_id(kIdBytesMax)), BulkStatus::kStored);
  EXPECT_EQ(status(with_id(kIdBytesMax + 1)), BulkStatus::kNameTooLong);
  const auto with_index = [](std::size_t size) {
    return "{\"index\":{\"_index\":\"" + std::string(size, 'i') + "\"}}\n{}\n";
  };
  EXPECT_EQ(status(with_index(kIndexBytesMax)), BulkStatus::kStored);
  EXPECT_EQ(status(with_index(kIndexBytesMax + 1)), BulkStatus::kNameTooLong);
  const auto with_action = [](std::size_t size) { return "{\"index\":{}" + std::string(size - 12, ' ') + "}\n{}\n"; };
  EXPECT_EQ(status(with_action(BulkReader::kBulkActionBytesMax)), BulkStatus::kStored);
  EXPECT_EQ(status(with_action(BulkReader::kBulkActionBytesMax + 1)), BulkStatus::kBusy);
}

TEST(BulkReader, TooManyItemsRefuseTheRequest) {
  std::string body;
  for (std::size_t i = 0; i < BulkReader::kBulkItemsMax; ++i) body += "{\"index\":{}}\n{}\n";
  BulkReader reader;
  EXPECT_TRUE(reader.read(body, "a"));
  EXPECT_EQ(reader.items().size(), BulkReader::kBulkItemsMax);
  const Status status = reader.read(body + "{\"index\":{}}\n{}\n", "a");
  ASSERT_FALSE(status);
  std::string out;
  EXPECT_EQ(append_bulk_refusal(out, status.error()), 413);
}

TEST(BulkAnswer, SaysWhatBecameOfEachItem) {
  BulkReader reader;
  ASSERT_TRUE(reader.read(
      "{\"create\":{\"_index\":\"a\\\"\\n\"}}\n{}\n{\"index\":{\"_id\":\"7\"}}\n{}\n{\"index\":{}}\n{\n", "u"));
  reader.items()[0].sequence = 41;
  reader.items()[1].status = BulkStatus::kBusy;
  EXPECT_EQ(
      answer(reader.items(), {.took_ms = 3}),
      R"({"took":3,"errors":true,"items":[)"
      R"({"create":{"_index":"a\"\n","_id":"41","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":41,"_primary_term":1,"status":201}},)"
      R"({"index":{"_index":"u","_id":"7","status":429,"error":{"type":"es_rejected_execution_exception","reason":"no room for more now, send it again later"}}},)"
      R"({"index":{"_index":"u","_id":null,"status":400,"error":{"type":"document_parsing_exception","reason":"the document is no JSON object"}}}]})");
  EXPECT_EQ(answer(reader.items().first(1), {.brief = true}),
            R"({"took":0,"errors":false,"items":[{"create":{"status":201}}]})");
}

TEST(BulkAnswer, EveryStatusGivesGoodJson) {
  for (int status = 0; status <= static_cast<int>(BulkStatus::kBusy); ++status) {
    BulkItem item;
    item.status = static_cast<BulkStatus>(status);
    item.received.index = "\x01\"\\\xff";
    const simdjson::padded_string text(answer({&item, 1}));
    simdjson::dom::parser parser;
    const auto root = parser.parse(text);
    ASSERT_EQ(root.error(), simdjson::SUCCESS);
    EXPECT_EQ(root["items"].at(0)["index"]["status"].get_int64().value(), bulk_status_code(item.status));
    EXPECT_EQ(root["errors"].get_bool().value(), status != 0);
  }
}

TEST(BulkAnswer, ARefusalHasTheFormOfElasticsearch) {
  std::string out;
  EXPECT_EQ(append_bulk_refusal(out, {Code::kInvalid, "no \"good\""}), 400);
  EXPECT_EQ(out, R"({"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"no \"good\""}],)"
                 R"("type":"illegal_argument_exception","reason":"no \"good\""},"status":400})");
}

TEST(ElasticDocument, OneDocumentAloneIsTakenOrRefused) {
  BulkItem item = read_elastic_document("{\n \"a\": 1\n}\n", "logs", "7\"");
  EXPECT_EQ(item.received.raw, "{\n \"a\": 1\n}\n");
  item.sequence = 41;
  std::string out;
  EXPECT_EQ(append_document_answer(out, item), 201);
  EXPECT_EQ(out, R"({"_index":"logs","_id":"7\"","_version":1,"result":"created",)"
                 R"("_shards":{"total":1,"successful":1,"failed":0},"_seq_no":41,"_primary_term":1})");
  item.status = BulkStatus::kBusy;
  out.clear();
  EXPECT_EQ(append_document_answer(out, item), 429);
  EXPECT_TRUE(out.ends_with("\"status\":429}")) << out;
  EXPECT_EQ(read_elastic_document("[]", "logs", "").status, BulkStatus::kMalformed);
  EXPECT_EQ(read_elastic_document("", "logs", "").status, BulkStatus::kMalformed);
}

}  // namespace
}  // namespace tocsin
