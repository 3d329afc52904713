#include "collect/elastic_answers.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "collect/elastic_bulk.h"
#include "collect/percent.h"

namespace tocsin {

namespace {

constexpr std::string_view kYes = R"({"acknowledged":true})";

// Official clients up to 8 look at tagline, build_flavor and version.number; the other members are there since a client may decode them
// into fields that must be present.
constexpr std::string_view kRoot =
    R"({"name":"tocsin","cluster_name":"tocsin","cluster_uuid":"dG9jc2luLWxvZy1zdG9yZQ","version":{"number":"8.19.0",)"
    R"("build_flavor":"default","build_type":"deb","build_hash":"0000000000000000000000000000000000000000",)"
    R"("build_date":"2025-01-01T00:00:00.000000000Z","build_snapshot":false,"lucene_version":"9.12.2",)"
    R"("minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},)"
    R"("tagline":"You Know, for Search"})";
static_assert(kRoot.find(kElasticVersion) != std::string_view::npos);

// Beats want "active" here, Logstash asks for the type.
constexpr std::string_view kLicense =
    R"({"license":{"status":"active","uid":"00000000-0000-4000-8000-000000000000","type":"basic",)"
    R"("issue_date":"2025-01-01T00:00:00.000Z","issue_date_in_millis":1735689600000,"max_nodes":1000,"max_resource_units":null,)"
    R"("issued_to":"tocsin","issuer":"elasticsearch","start_date_in_millis":-1}})";

// Beats 7 and Logstash ask whether lifecycle management is there.
constexpr std::string_view kXpack =
    R"({"build":{"hash":"0000000000000000000000000000000000000000","date":"2025-01-01T00:00:00.000000000Z"},)"
    R"("license":{"uid":"00000000-0000-4000-8000-000000000000","type":"basic","mode":"basic","status":"active"},)"
    R"("features":{"data_streams":{"available":true,"enabled":true},"ilm":{"available":true,"enabled":true},)"
    R"("monitoring":{"available":true,"enabled":true},"security":{"available":true,"enabled":true}},)"
    R"("tagline":"You know, for X"})";

constexpr std::string_view kHealth =
    R"({"cluster_name":"tocsin","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,)"
    R"("active_primary_shards":1,"active_shards":1,"relocating_shards":0,"initializing_shards":0,"unassigned_shards":0,)"
    R"("delayed_unassigned_shards":0,"number_of_pending_tasks":0,"number_of_in_flight_fetch":0,)"
    R"("task_max_waiting_in_queue_millis":0,"active_shards_percent_as_number":100.0})";

// A client that sniffs replaces the addresses it was given by those it is told: the one by which it came is right.
constexpr std::string_view kNodes =
    R"({"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"tocsin","nodes":{"tocsin":{"name":"tocsin",)"
    R"("transport_address":"$host","host":"$host","ip":"$host","version":"8.19.0","build_flavor":"default",)"
    R"("build_type":"deb","build_hash":"0000000000000000000000000000000000000000","roles":["data","ingest","master"],)"
    R"("http":{"bound_address":["$host"],"publish_address":"$host","max_content_length_in_bytes":104857600}}}})";

// Filebeat's modules ask for the processors of their pipelines.
constexpr std::string_view kIngestNodes =
    R"({"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"tocsin","nodes":{"tocsin":{"name":"tocsin",)"
    R"("version":"8.19.0","roles":["data","ingest","master"],"ingest":{"processors":[{"type":"append"},{"type":"convert"},)"
    R"({"type":"date"},{"type":"dissect"},{"type":"geoip"},{"type":"grok"},{"type":"json"},{"type":"kv"},{"type":"remove"},)"
    R"({"type":"rename"},{"type":"script"},{"type":"set"},{"type":"split"},{"type":"user_agent"}]}}}})";

constexpr std::string_view kPolicy =
    R"({"$name":{"version":1,"modified_date":"2025-01-01T00:00:00.000Z","policy":{"phases":{}}}})";
constexpr std::string_view kIndexTemplate =
    R"({"index_templates":[{"name":"$name","index_template":{"index_patterns":["$name*"],"composed_of":[]}}]})";
constexpr std::string_view kComponentTemplate =
    R"({"component_templates":[{"name":"$name","component_template":{"template":{}}}]})";
constexpr std::string_view kTemplate =
    R"({"$name":{"order":0,"index_patterns":["$name*"],"settings":{},"mappings":{}}})";
constexpr std::string_view kDataStream =
    R"({"data_streams":[{"name":"$name","timestamp_field":{"name":"@timestamp"},"indices":[],"generation":1,)"
    R"("status":"GREEN","template":"$name"}]})";
constexpr std::string_view kPipeline = R"({"$name":{"processors":[]}})";
constexpr std::string_view kAlias = R"({"$name":{"aliases":{"$name":{"is_write_index":true}}}})";
constexpr std::string_view kIndex = R"({"$name":{"aliases":{},"mappings":{},"settings":{}}})";
constexpr std::string_view kCreated = R"({"acknowledged":true,"shards_acknowledged":true,"index":"$name"})";

constexpr ElasticKind kAnswer = ElasticKind::kAnswer, kBulk = ElasticKind::kBulk, kDocument = ElasticKind::kDocument;

constexpr ElasticRoute kRoutes[] = {
    {"GET", "/", kAnswer, 200, kRoot},
    {"POST PUT", "/_bulk", kBulk},
    {"POST PUT", "/*/_bulk", kBulk},
    {"POST PUT", "/*/_doc/_bulk", kBulk},  // 7 and before
    {"POST", "/*/_doc", kDocument},
    {"POST PUT", "/*/_doc/*", kDocument},
    {"POST PUT", "/*/_create/*", kDocument},
    {"POST", "/*/*", kDocument},  // rsyslog without bulkmode names a type
    {"GET", "/_license", kAnswer, 200, kLicense},
    {"GET", "/_xpack", kAnswer, 200, kXpack},
    {"GET", "/_xpack/license", kAnswer, 200, kLicense},
    {"GET", "/_cluster/health", kAnswer, 200, kHealth},
    {"GET", "/_cluster/health/*", kAnswer, 200, kHealth},
    {"GET", "/_cat/health", kAnswer, 200, "0 00:00:00 tocsin green 1 1 1 1 0 0 0 0 - 100.0%\n", true},
    {"GET", "/_cat/templates", kAnswer, 200, "", true},
    {"GET", "/_cat/templates/*", kAnswer, 200, "$name [$name*] 0  []\n", true},
    {"GET", "/_nodes", kAnswer, 200, kNodes},
    {"GET", "/_nodes/http", kAnswer, 200, kNodes},
    {"GET", "/_nodes/_all/http", kAnswer, 200, kNodes},
    {"GET", "/_nodes/ingest", kAnswer, 200, kIngestNodes},
    {"GET", "/_ilm/status", kAnswer, 200, R"({"operation_mode":"RUNNING"})"},
    {"GET", "/_ilm/policy", kAnswer, 200, "{}"},
    {"GET", "/_ilm/policy/*", kAnswer, 200, kPolicy},
    {"PUT", "/_ilm/policy/*", kAnswer, 200, kYes},
    {"GET", "/_index_template", kAnswer, 200, R"({"index_templates":[]})"},
    {"GET", "/_index_template/*", kAnswer, 200, kIndexTemplate},
    {"PUT POST", "/_index_template/*", kAnswer, 200, kYes},
    {"GET", "/_component_template", kAnswer, 200, R"({"component_templates":[]})"},
    {"GET", "/_component_template/*", kAnswer, 200, kComponentTemplate},
    {"PUT POST", "/_component_template/*", kAnswer, 200, kYes},
    {"GET", "/_template", kAnswer, 200, "{}"},
    {"GET", "/_template/*", kAnswer, 200, kTemplate},
    {"PUT POST", "/_template/*", kAnswer, 200, kYes},
    {"GET", "/_data_stream", kAnswer, 200, R"({"data_streams":[]})"},
    {"GET", "/_data_stream/*", kAnswer, 200, kDataStream},
    {"PUT", "/_data_stream/*", kAnswer, 200, kYes},
    {"PUT", "/_data_stream/*/_lifecycle", kAnswer, 200, kYes},
    {"GET", "/_ingest/pipeline", kAnswer, 200, "{}"},
    {"GET", "/_ingest/pipeline/*", kAnswer, 200, kPipeline},
    {"PUT", "/_ingest/pipeline/*", kAnswer, 200, kYes},
    {"GET", "/_alias/*", kAnswer, 200, kAlias},
    {"GET", "/*/_alias", kAnswer, 200, kAlias},
    {"PUT POST", "/*/_alias/*", kAnswer, 200, kYes},
    {"POST", "/_monitoring/bulk", kAnswer, 200, R"({"took":0,"ignored":true,"errors":false})"},
    {"GET", "/*", kAnswer, 200, kIndex},
    {"PUT", "/*", kAnswer, 200, kCreated},
};

std::string_view next_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

/// Whether the path fits the pattern; `names` is then what stands for its first two `*`.
bool fits(std::string_view pattern, std::string_view path, std::array<std::string_view, 2>& names) {
  std::size_t named = 0;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = next_segment(pattern), segment = next_segment(path);
    if (expected != "*") {
      if (expected != segment) return false;
    } else if (segment.empty() || segment[0] == '_' || named == names.size()) {
      return false;
    } else {
      names[named++] = segment;
    }
  }
  return pattern.empty() && path.empty();
}

bool decode_name(std::string_view name, std::string& out) {
  return name.size() <= kElasticNameBytesMax && percent_decode(name, false, out);
}

bool has_method(std::string_view methods, std::string_view method) {
  if (method == "HEAD") method = "GET";
  while (!methods.empty()) {
    const std::size_t end = std::min(methods.find(' '), methods.size());
    if (methods.substr(0, end) == method) return true;
    methods.remove_prefix(std::min(end + 1, methods.size()));
  }
  return false;
}

void append_filled(std::string& out, std::string_view body, std::string_view name, std::string_view host) {
  for (std::size_t at = 0;;) {
    const std::size_t mark = body.find('$', at);
    out += body.substr(at, mark - at);
    if (mark == std::string_view::npos) return;
    const bool is_name = body.substr(mark).starts_with("$name");
    append_json_escaped(out, is_name ? name : host);
    at = mark + 5;  // both words have five characters
  }
}

}  // namespace

std::span<const ElasticRoute> elastic_routes() { return kRoutes; }

ElasticRequest elastic_request(std::string_view method, std::string_view path) {
  ElasticRequest request;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  request.method = method.substr(0, kElasticNameBytesMax);
  request.path = path.substr(0, kElasticNameBytesMax);
  request.status = 400;
  request.content_type = "application/json";
  if (!path.starts_with('/')) return request;
  for (const ElasticRoute& route : kRoutes) {
    std::array<std::string_view, 2> names;
    if (!fits(route.path, path, names)) continue;
    if (!has_method(route.methods, method)) {
      request.status = 405;
      continue;
    }
    if (!decode_name(names[0], request.name) || !decode_name(names[1], request.id)) {
      request.status = 400;
      return request;
    }
    request.route = &route;
    request.kind = route.kind;
    request.status = route.status;
    if (route.plain_text) request.content_type = "text/plain; charset=UTF-8";
    return request;
  }
  return request;
}

void append_elastic_answer(std::string& out, const ElasticRequest& request, std::string_view host) {
  if (request.route != nullptr) {
    append_filled(out, request.route->body, request.name, host.substr(0, kElasticHostBytesMax));
    return;
  }
  const std::string what = "[" + request.path + "] and method [" + request.method + "]";
  append_elastic_error(
      out, request.status, "illegal_argument_exception",
      request.status == 405 ? "Incorrect HTTP method for uri " + what : "no handler found for uri " + what);
}

}  // namespace tocsin
