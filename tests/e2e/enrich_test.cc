// What a whole service says in its alerts beside the events: databases, a register and lists, read anew by a reload within its sandbox; refused as a whole where one is wrong; told by status; in the words of the
// policy. The databases are written here.
#include <gtest/gtest.h>

#include "enrich/geo_testing.h"
#include "serving.h"

namespace tocsin {
namespace {

using W = enrich::GeoWriter;

constexpr const char* kRule =
    "title: Seen\nid: 00000000-0000-4000-8000-000000000001\nlevel: high\nlogsource:\n  product: windows\n  category: network_connection\ndetection:\n  s:\n    EventID: 3\n  condition: s\n";

std::string city(const std::string& name) {
  W writer(6, 28, "Test-City");
  writer.add("8.8.8.0/24", W::map({{"city", W::text(name)}, {"country_code", W::text("US")}, {"latitude", W::real(1.5)}, {"longitude", W::real(2.5)}}));
  return writer.bytes();
}

class Enrich : public Serving {
 protected:
  Enrich() {
    put("rules.yml", kRule);
    put("city.mmdb", city("Springfield"));
    put("assets.yml", "assets:\n  - {name: ws-07, criticality: high, owner: ada@example.org}\n");
    put("bad.txt", "8.8.8.8\n203.0.113.0/24\n");
    put("tocsin.yaml", "rules: " + folder_ + "/rules.yml\nenrich:\n  databases: " + folder_ + "/city.mmdb\n  assets: " + folder_ + "/assets.yml\n  lists:\n    - {file: " + folder_ +
                           "/bad.txt, name: bad, category: botnet}\n  hosts: yes\n");
  }
  void put(const std::string& name, const std::string& text) { EXPECT_TRUE(Env::system().write_file(folder_ + "/" + name, text)); }
  std::unique_ptr<Process> serve_enriched(const std::string& policy) {
    return serve("0", {"--config", folder_ + "/tocsin.yaml", "--protect", policy}, folder_ + "/said");
  }
  /// Files of the data in which the text stands.
  std::string files_with(const std::string& telling) const {
    std::string found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_ + "/data")) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      if (std::string(std::istreambuf_iterator<char>(in), {}).find(telling) != std::string::npos) found += file.path().string() + "\n";
    }
    return found;
  }
  int reload() { return Process({"reload", "--data", folder_ + "/data"}, folder_ + "/out", folder_ + "/told").end(0); }
  /// A connection by ws-07 is sent; its alert.
  json::object alert_of(const std::string& destination) {
    if (token_.empty()) token_ = new_token("app", "bulk");
    const std::string event = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":3,"Computer":"ws-07.example.org","UtcTime":"2026-11-24 09:00:01.000","DestinationIp":")" +
                              destination + "\"}";
    EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token_, "{\"create\":{\"_index\":\"logs\"}}\n" + event + "\n"), "");
    wait_until_looked_at(++sent_);
    std::istringstream alerts(run({"alerts", "--format", "ndjson"}));
    std::string line, last;
    while (std::getline(alerts, line)) {
      if (json::parse(line).at("event").at("index").to_number<std::uint64_t>() + 1 == sent_) last = line;
    }
    return last.empty() ? json::object() : json::parse(last).as_object();
  }
  /// Of the kind; null if there is none.
  static json::value fact(const json::object& alert, const std::string& kind) {
    if (!alert.contains("enrichments")) return nullptr;
    for (const json::value& one : alert.at("enrichments").as_array()) {
      if (one.at("kind").as_string() == kind) return one;
    }
    return nullptr;
  }

  std::string token_;
  std::uint64_t sent_ = 0;
};

TEST_F(Enrich, AlertsSayWhatIsKnownAndAReloadTakesNewFiles) {
  const std::unique_ptr<Process> service = serve_enriched("default");
  json::object alert = alert_of("8.8.8.8");
  ASSERT_FALSE(fact(alert, "geo").is_null()) << json::value(alert);
  EXPECT_EQ(fact(alert, "geo").at("data").at("city"), "Springfield");
  EXPECT_EQ(fact(alert, "geo").at("source").at("record"), "8.8.8.0/24");
  EXPECT_EQ(fact(alert, "asset").at("data").at("criticality"), "high");
  EXPECT_EQ(fact(alert, "reputation").at("data").at("category"), "botnet");
  const json::value files = status().at("enrichment").at("files");
  ASSERT_EQ(files.as_array().size(), 3u);
  EXPECT_EQ(files.at(0).at("name"), "Test-City");
  EXPECT_EQ(files.at(1).at("entries"), 1);
  EXPECT_EQ(files.at(2).at("entries"), 2);

  // The file is replaced in place by a shorter one: what is loaded stays, until somebody says reload.
  put("city.mmdb", city("X"));
  put("bad.txt", "");
  EXPECT_EQ(fact(alert_of("8.8.8.8"), "geo").at("data").at("city"), "Springfield");
  EXPECT_EQ(reload(), 0) << text("told");
  alert = alert_of("8.8.8.8");
  EXPECT_EQ(fact(alert, "geo").at("data").at("city"), "X");
  EXPECT_TRUE(fact(alert, "reputation").is_null());

  put("city.mmdb", city("Y").substr(0, 40));
  put("assets.yml", "assets:\n  - {nam: x}\n");
  EXPECT_EQ(reload(), 2);
  EXPECT_NE(text("told").find("city.mmdb: it is no MaxMind database"), std::string::npos) << text("told");
  EXPECT_NE(text("told").find("assets.yml:2:6: an asset has no 'nam'"), std::string::npos) << text("told");
  EXPECT_EQ(fact(alert_of("8.8.8.8"), "geo").at("data").at("city"), "X");
  put("tocsin.yaml", "rules: " + folder_ + "/rules.yml\n");
  EXPECT_EQ(reload(), 0) << text("told");
  EXPECT_FALSE(alert_of("8.8.8.8").contains("enrichments"));
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(Enrich, TheSummaryOfAScanHasCountries) {
  put("log.ndjson", R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":3,"DestinationIp":"8.8.8.8"})" "\n");
  const std::string said = run({"scan", "--rules", folder_ + "/rules.yml", "--geo", folder_ + "/city.mmdb", "--format", "table", folder_ + "/log.ndjson"}, false, 1);
  EXPECT_NE(said.find("Countries"), std::string::npos) << said;
  EXPECT_NE(said.find("\n  US "), std::string::npos) << said;
}

TEST_F(Enrich, UnderAPolicyNothingLeadsBack) {
  const std::unique_ptr<Process> service = serve_enriched("strict");
  const json::object alert = alert_of("8.8.8.8");
  const std::string text_of_it = json::serialize(alert);
  EXPECT_EQ(fact(alert, "geo").at("data").at("country_code"), "US");
  EXPECT_TRUE(fact(alert, "geo").at("data").at("latitude").is_null()) << text_of_it;
  EXPECT_EQ(fact(alert, "reputation").at("data").at("list"), "bad");
  for (const char* const telling : {"8.8.8", "ws-07", "ada@"}) EXPECT_EQ(text_of_it.find(telling), std::string::npos) << telling << " in " << text_of_it;
  std::string of_entity;
  for (const json::value& entity : alert.at("entities").as_array()) {
    if (entity.at("type") == "host") of_entity = std::string(entity.at("value").as_string());
  }
  EXPECT_EQ(fact(alert, "asset").at("value"), json::value(of_entity)) << "the same words for the same host";
  if (store::duck_available()) {
    (void)search({"--format", "ocsf", "--geo", folder_ + "/city.mmdb", ""}, 2);
  }
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

/// Learnt before a restart, said after it, and in no file in clear.
TEST_F(Enrich, HostsAreKnownAfterARestart) {
  std::unique_ptr<Process> service = serve_enriched("strict");
  token_ = new_token("app", "bulk");
  const std::string time = format_time(Env::system().now_us());
  const std::string log_in = R"({"Channel":"Security","Provider_Name":"Microsoft-Windows-Security-Auditing","EventID":4624,"Computer":"dc01","WorkstationName":"laptop-of-ada","IpAddress":"10.20.0.77","@timestamp":")" + time + "\"}";
  EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token_, "{\"create\":{\"_index\":\"logs\"}}\n" + log_in + "\n"), "");
  wait_until_looked_at(++sent_);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
  EXPECT_EQ(files_with("laptop-of-ada"), "") << "in clear";
  service = serve_enriched("strict");
  const std::string event = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":3,"Computer":"ws-07.example.org","DestinationIp":"10.20.0.77","@timestamp":")" + time + "\"}";
  EXPECT_NE(Client(address("bulk")).post("/_bulk", "ApiKey " + token_, "{\"create\":{\"_index\":\"logs\"}}\n" + event + "\n"), "");
  wait_until_looked_at(++sent_);
  EXPECT_NE(run({"alerts", "--format", "ndjson"}).find("\"learnt_from\":\"log-in\""), std::string::npos) << run({"alerts", "--format", "ndjson"});
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");

  // Where it is not to be learnt it is not kept.
  put("tocsin.yaml", "rules: " + folder_ + "/rules.yml\n");
  service = serve_enriched("strict");
  EXPECT_FALSE(Env::system().exists(folder_ + "/data/hosts"));
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(Enrich, StoredEventsAreExportedWithWhatIsKnown) {
  if (!store::duck_available()) GTEST_SKIP() << "no DuckDB (scripts/fetch-duckdb)";
  const std::unique_ptr<Process> service = serve_enriched("default");
  (void)alert_of("8.8.8.8");
  const json::value ocsf = json::parse(search({"--format", "ocsf", "--geo", folder_ + "/city.mmdb", "--list", "file=" + folder_ + "/bad.txt", ""}));
  EXPECT_EQ(ocsf.at("dst_endpoint").at("location").at("city"), "Springfield") << ocsf;
  EXPECT_EQ(ocsf.at("enrichments").as_array().size(), 2u) << ocsf;
  const json::value ecs = json::parse(search({"--format", "ecs", "--enrich", folder_ + "/tocsin.yaml", ""}));
  EXPECT_EQ(ecs.at("destination").at("geo").at("country_iso_code"), "US") << ecs;
  (void)search({"--format", "ndjson", "--geo", folder_ + "/city.mmdb", ""}, 2);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

}  // namespace
}  // namespace tocsin
