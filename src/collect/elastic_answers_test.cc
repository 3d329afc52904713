#include "collect/elastic_answers.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

namespace tocsin {
namespace {

struct Told {
  int status = 0;
  std::string body;
};

Told ask(std::string_view method, std::string_view path, std::string_view host = "log.example:9200") {
  const ElasticRequest request = elastic_request(method, path);
  Told told{request.status, ""};
  if (request.kind == ElasticKind::kAnswer) append_elastic_answer(told.body, request, host);
  return told;
}

std::string text_at(const std::string& body, const char* pointer) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(body);
  auto found = parser.parse(padded).at_pointer(pointer);
  return found.error() ? "absent" : simdjson::minify(found.value());
}

TEST(ElasticAnswers, EveryRowAnswersItsOwnRequestsWithGoodJson) {
  for (const ElasticRoute& route : elastic_routes()) {
    std::string path(route.path), method(route.methods.substr(0, route.methods.find(' ')));
    for (std::size_t at = 0; (at = path.find('*', at)) != std::string::npos;) path.replace(at, 1, "na%22me");
    const ElasticRequest request = elastic_request(method, path);
    ASSERT_EQ(request.route, &route) << path << ": another row is before it";
    EXPECT_EQ(request.status, route.status);
    if (route.kind != ElasticKind::kAnswer || route.plain_text) continue;
    simdjson::dom::parser parser;
    const simdjson::padded_string body(ask(method, path).body);
    EXPECT_EQ(parser.parse(body).error(), simdjson::SUCCESS) << body;
  }
}

TEST(ElasticAnswers, ClientsFindTheVersionTheyLookFor) {
  const Told root = ask("GET", "/");
  EXPECT_EQ(root.status, 200);
  EXPECT_EQ(text_at(root.body, "/version/number"), "\"" + std::string(kElasticVersion) + "\"");
  EXPECT_EQ(text_at(root.body, "/version/build_flavor"), "\"default\"");
  EXPECT_EQ(text_at(root.body, "/tagline"), "\"You Know, for Search\"");
  EXPECT_EQ(ask("HEAD", "/").status, 200);
  EXPECT_EQ(text_at(ask("GET", "/_license").body, "/license/status"), "\"active\"");
  EXPECT_EQ(text_at(ask("GET", "/_xpack").body, "/features/ilm/enabled"), "true");
  EXPECT_EQ(text_at(ask("GET", "/_cluster/health").body, "/status"), "\"green\"");
}

TEST(ElasticAnswers, BulkIsFoundWithItsIndex) {
  for (const std::string_view method : {"POST", "PUT"}) {
    EXPECT_EQ(elastic_request(method, "/_bulk").kind, ElasticKind::kBulk);
    EXPECT_EQ(elastic_request(method, "/_bulk").name, "");
    EXPECT_EQ(elastic_request(method, "/logs%2Da/_bulk/").kind, ElasticKind::kBulk);
    EXPECT_EQ(elastic_request(method, "/logs%2Da/_bulk/").name, "logs-a");
  }
  EXPECT_EQ(elastic_request("GET", "/_bulk").status, 405);
  EXPECT_EQ(elastic_request("POST", "/_other/_bulk").status, 400);
}

TEST(ElasticAnswers, OneDocumentAloneIsFoundWithIndexAndId) {
  for (const std::string_view path : {"/logs/_doc/a%2F1", "/logs/_create/a%2F1"}) {
    const ElasticRequest request = elastic_request("PUT", path);
    EXPECT_EQ(request.kind, ElasticKind::kDocument);
    EXPECT_EQ(request.name, "logs");
    EXPECT_EQ(request.id, "a/1");
  }
  EXPECT_EQ(elastic_request("POST", "/logs/_doc").kind, ElasticKind::kDocument);
  EXPECT_EQ(elastic_request("POST", "/logs/_doc").id, "");
  EXPECT_EQ(elastic_request("POST", "/logs/events").kind, ElasticKind::kDocument);
  EXPECT_EQ(elastic_request("POST", "/logs/_search").status, 400);
}

TEST(ElasticAnswers, WhatIsAskedForIsThereAndWhatIsPutIsTaken) {
  EXPECT_EQ(ask("HEAD", "/_index_template/filebeat-8.19.0").status, 200);
  EXPECT_EQ(ask("PUT", "/_ilm/policy/filebeat").body, R"({"acknowledged":true})");
  EXPECT_EQ(text_at(ask("GET", "/_ilm/policy/file%22beat").body, "/file\"beat/version"), "1");
  EXPECT_EQ(text_at(ask("GET", "/_data_stream/a").body, "/data_streams/0/name"), "\"a\"");
  EXPECT_NE(ask("GET", "/_cat/templates/filebeat").body.find("filebeat"), std::string::npos);
  EXPECT_EQ(text_at(ask("GET", "/_nodes/http", "h\":1").body, "/nodes/tocsin/http/publish_address"), R"("h\":1")");
  EXPECT_EQ(ask("HEAD", "/rollover-alias").status, 200);
}

TEST(ElasticAnswers, WhatIsUnknownGetsAnError) {
  EXPECT_EQ(text_at(ask("GET", "/_search/\"x").body, "/status"), "400");
  EXPECT_EQ(ask("DELETE", "/logs").status, 405);
  EXPECT_EQ(text_at(ask("DELETE", "/logs").body, "/status"), "405");
  for (const std::string_view path :
       {"", "x", "*", "//", "/a/b/c", "/_x", "/a%", "/a%0ab", "/a%zz/_bulk", "/_ilm/policy/a/b"}) {
    EXPECT_EQ(ask("POST", path).status == 400 || ask("POST", path).status == 405, true) << path;
    EXPECT_EQ(elastic_request("POST", path).route, nullptr) << path;
  }
}

TEST(ElasticAnswers, NamesHaveALimit) {
  EXPECT_EQ(ask("GET", "/" + std::string(kElasticNameBytesMax, 'a')).status, 200);
  EXPECT_EQ(ask("GET", "/" + std::string(kElasticNameBytesMax + 1, 'a')).status, 400);
  const std::string host(kElasticHostBytesMax, 'h');
  EXPECT_EQ(text_at(ask("GET", "/_nodes", host + "x").body, "/nodes/tocsin/host"), "\"" + host + "\"");
}

}  // namespace
}  // namespace tocsin
