// What shippers ask an Elasticsearch before and beside sending: version, licence, whether their template, policy, pipeline or data stream is
// there, where the nodes are. One table answers, from method and path to status and body, in the words of version 8, so that Beats,
// Logstash, Fluent Bit, Fluentd, Vector, rsyslog and the official clients send without a change of theirs. It says yes to
// every "is it there?" and to every "put it there", since a log store needs none of it, and a shipper that is told yes goes on
// to send. Pure functions, safe from any thread; nothing fails, what is unknown gets the error that Elasticsearch has for it.
//
//   const ElasticRequest request = elastic_request(method, path);   // path without the query, percent-encoded as it came
//   switch (request.kind) {
//     case ElasticKind::kBulk: …                                    // request.name is the index, or empty
//     case ElasticKind::kDocument: …                                // one document; request.id is its id, or empty
//     case ElasticKind::kAnswer: append_elastic_answer(out, request, host_header);
//   }
//   Every response carries kElasticProduct; a HEAD gets the headers of a GET and no body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin {

/// A header that official clients of 7.14 and later insist on.
inline constexpr std::string_view kElasticProductHeader = "X-elastic-product";
inline constexpr std::string_view kElasticProduct = "Elasticsearch";
/// The last minor of 8 with which this was compared. Beats refuse a server older than themselves unless told otherwise.
inline constexpr std::string_view kElasticVersion = "8.19.0";
/// A name in a path, as it came and as it is decoded: index names have 255 bytes at most, and policies no more.
inline constexpr std::size_t kElasticNameBytesMax = 255 * 3;
/// What is echoed of a Host header: the longest name that DNS has, and a port.
inline constexpr std::size_t kElasticHostBytesMax = 262;

enum class ElasticKind : std::uint8_t { kAnswer, kBulk, kDocument };

/// One row: which requests, and what they are told. In a path `*` stands for one segment that is not empty and does not begin with
/// "_"; in a body `$name` for the first of them and `$host` for where the client found us.
struct ElasticRoute {
  std::string_view methods;  // separated by spaces; HEAD goes with GET
  std::string_view path;
  ElasticKind kind = ElasticKind::kAnswer;
  int status = 200;
  std::string_view body = {};
  bool plain_text = false;  // else JSON
};

struct ElasticRequest {
  ElasticKind kind = ElasticKind::kAnswer;
  int status = 0;
  std::string_view content_type;
  std::string name;                     // the first `*`, decoded: the index
  std::string id;                       // the second, likewise
  std::string path;                     // for errors
  std::string method;                   // for errors
  const ElasticRoute* route = nullptr;  // null: unknown path, wrong method or bad name; status says which
};

std::span<const ElasticRoute> elastic_routes();
/// Chooses the row. The first that fits path and method wins; a path that only fits with another method is 405.
ElasticRequest elastic_request(std::string_view method, std::string_view path);
/// The body for a request of kind kAnswer; `host` is what the Host header said.
void append_elastic_answer(std::string& out, const ElasticRequest& request, std::string_view host);

}  // namespace tocsin
