// Events and findings with what is known of their entities are still of the schema: every case of tests/data/normalize, enriched by lists and a register that know everything, and events with public addresses.
#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "enrich/geo_testing.h"
#include "normalize/case_testing.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "pipeline/alert_enrichment.h"
#include "pipeline/event_enrichment.h"
#include "report/alert_writer.h"
#include "schema_testing.h"
#include "validator.h"

namespace tocsin::ocsf {
namespace {

using W = enrich::GeoWriter;

std::shared_ptr<const enrich::Enricher> all_knowing() {
  MemoryEnv env;
  W geo(6, 24, "Everywhere");
  geo.add("0.0.0.0/0", W::map({{"city", W::text("Springfield")}, {"country_code", W::text("US")}, {"continent_code", W::text("NA")}, {"region", W::text("US-IL")}, {"latitude", W::real(1.5)},
                               {"longitude", W::real(-2.25)}, {"autonomous_system_number", W::uint32(64'496)}, {"autonomous_system_organization", W::text("Example")}}));
  env.add_file("geo.mmdb", geo.bytes());
  env.add_file("list.txt", "0.0.0.0/0\n::/0\nexample.org\nexample.com\nd41d8cd98f00b204e9800998ecf8427e\n");
  env.add_file("assets.yml", "assets:\n  - {name: everything, addresses: [0.0.0.0/0, '::/0'], hosts: [web, pc, dc01], accounts: [ann, root], criticality: high, owner: it@example.org, tags: [x]}\n");
  enrich::EnrichSettings settings;
  settings.databases = {"geo.mmdb"};
  settings.assets = {"assets.yml"};
  settings.lists = {*enrich::read_reputation("file=list.txt,category=x,score=90")};
  std::vector<std::string> notes;
  auto enricher = enrich::Enricher::load(env, settings, notes);
  EXPECT_TRUE(enricher) << enricher.error().message;
  return *enricher;
}

TEST(OcsfEnrichment, EveryCaseIsStillValid) {
  if (schema_source() == nullptr) GTEST_SKIP() << kNoSchema;
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped(true));
  ASSERT_TRUE(taxonomy);
  Validator validator(*schema_source());
  EventEnrichment enrichment(all_knowing());
  std::size_t enriched = 0, places = 0;
  for (const char* folder : {"taxonomy", "columns", "ocsf"}) {
    for_each_case(std::string("tests/data/normalize/") + folder, [&](const YamlNode& node) {
      PathTable paths(**taxonomy);
      LogSourceTable log_sources;
      Classifier classifier(**taxonomy, log_sources, paths);
      OcsfProjector projector(**taxonomy, log_sources, paths);
      visit_event(node, paths, (*taxonomy)->formats(), [&](Event& event) {
        classifier.classify(event);
        std::string line = "before";
        projector.append(event, line);
        enrichment.enrich_ocsf(line, 6);
        ASSERT_TRUE(line.starts_with("before{"));
        line.erase(0, 6);
        for (const Mistake& mistake : validator.check(line)) ADD_FAILURE() << mistake.path << ": " << mistake.what << " in " << line;
        if (line.find("\"enrichments\"") != std::string::npos) ++enriched;
        if (line.find("\"autonomous_system\"") != std::string::npos) ++places;
      });
    });
  }
  EXPECT_GE(enriched, 100u);
  std::printf("%zu cases are enriched, %zu have a place\n", enriched, places);
}

TEST(OcsfEnrichment, EndpointsHaveTheirPlaceAndFindingsTheirFacts) {
  if (schema_source() == nullptr) GTEST_SKIP() << kNoSchema;
  Validator validator(*schema_source());
  EventEnrichment enrichment(all_knowing());
  std::string line = R"({"activity_id":1,"category_uid":4,"class_uid":4001,"type_uid":400101,"severity_id":1,"time":1772439330000,"metadata":{"version":"1.9.0-dev","product":{"name":"Tocsin","vendor_name":"Tocsin"}},)"
                     R"("src_endpoint":{"ip":"8.8.8.8","port":53},"dst_endpoint":{"ip":"10.1.2.3"},"observables":[{"name":"src_endpoint.ip","type_id":2,"value":"8.8.8.8"}]})";
  enrichment.enrich_ocsf(line, 0);
  for (const Mistake& mistake : validator.check(line)) ADD_FAILURE() << mistake.path << ": " << mistake.what << " in " << line;
  EXPECT_NE(line.find(R"("src_endpoint":{"ip":"8.8.8.8","port":53,"location":{"continent":"North America","country":"US","region":"US-IL","city":"Springfield","provider":"Everywhere","lat":1.5,"long":-2.25},)"
                      R"("autonomous_system":{"number":64496,"name":"Example"}})"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("dst_endpoint":{"ip":"10.1.2.3"})"), std::string::npos) << "a private address is nowhere";

  RuleCard card{"id", "title", "high", "test", "", {}, {}, 3};
  Alert alert;
  alert.rule = &card;
  alert.time = 1'772'439'330'000'000;
  alert.events = {{"log", 0, alert.time, {}}};
  alert.entities = {{EntityType::kHost, "web"}, {EntityType::kIp, "8.8.8.8"}};
  enrich::HostTable hosts;
  hosts.learn({*read_ip("8.8.8.8"), "ws-07", alert.time, enrich::HostTable::Kind::kDhcp, "gw"});
  AlertEnrichment(all_knowing(), &hosts).enrich(alert);
  EXPECT_EQ(alert.enrichments.size(), 6u) << "the host's asset; place, AS, asset, list and host of the address";
  AlertText text;
  make_ocsf_writer()->write(alert, text);
  for (auto hole = text.holes.rbegin(); hole != text.holes.rend(); ++hole) text.text.insert(hole->at, hole->kind == AlertText::Hole::Kind::kId ? "id" : "0");
  for (const Mistake& mistake : validator.check(text.text)) ADD_FAILURE() << mistake.path << ": " << mistake.what << " in " << text.text;

  for (int i = 0; i < 30; ++i) alert.entities.push_back({EntityType::kIp, "8.8.4." + std::to_string(i)});
  AlertEnrichment(all_knowing(), nullptr).enrich(alert);
  EXPECT_EQ(alert.enrichments.size(), kEnrichmentsMax);
}

}  // namespace
}  // namespace tocsin::ocsf
