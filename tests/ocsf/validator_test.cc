// The validator itself: an event that is right, and the same broken in each way, which it refuses with the path of the mistake. And that the
// program's extract of the schema is what its source says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/env.h"
#include "extract.h"
#include "normalize/ocsf_schema.h"
#include "report/alert_writer.h"
#include "schema_testing.h"
#include "validator.h"

namespace tocsin::ocsf {
namespace {

constexpr std::string_view kGood =
    R"({"class_uid":1007,"category_uid":1,"activity_id":1,"type_uid":100701,"time":1772439330120,"severity_id":1,)"
    R"("metadata":{"version":"1.9.0-dev","product":{"name":"x"},"profiles":["host"]},)"
    R"("device":{"hostname":"ws-07","type_id":0},"actor":{"process":{"pid":1},"user":{"name":"m"}},)"
    R"("process":{"pid":77,"file":{"name":"a","type_id":1,"hashes":[{"algorithm_id":1,"value":"aa"}]}},)"
    R"("observables":[{"type_id":1,"name":"device.hostname","value":"ws-07"}],"unmapped":{"a.b":1}})";

/// The good event with one text in place of another.
std::string broken(std::string_view what, std::string_view with) {
  std::string event(kGood);
  const std::size_t at = event.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return event.replace(at, what.size(), with);
}

struct Breach {
  const char *what, *with, *path;
};

constexpr Breach kBreaches[] = {
    {"{\"class_uid\"", "\"class_uid\"", ""},
    {"\"class_uid\":1007", "\"class_uid\":1777", "class_uid"},
    {"\"class_uid\":1007", "\"class_uid\":\"1007\"", "class_uid"},
    {"\"category_uid\":1", "\"category_uid\":2", "category_uid"},
    {"\"type_uid\":100701", "\"type_uid\":100702", "type_uid"},
    {"\"activity_id\":1", "\"activity_id\":17", "activity_id"},
    {"\"activity_id\":1,\"type_uid\":100701", "\"activity_id\":99,\"type_uid\":100799", "activity_name"},
    {"\"activity_id\":1", "\"activity_id\":1,\"activity_name\":\"Begin\"", "activity_name"},
    {"\"severity_id\":1", "\"severity_id\":9", "severity_id"},
    {"\"severity_id\":1,", "", "severity_id"},
    {"\"time\":1772439330120", "\"time\":\"2026-03-02\"", "time"},
    {"\"time\":1772439330120", "\"time\":1.5", "time"},
    {"1.9.0-dev", "1.0.0", "metadata.version"},
    {"[\"host\"]", "[\"no such\"]", "metadata.profiles"},
    {"\"product\":{\"name\":\"x\"}", "\"product\":{}", "metadata.product"},
    {"\"device\":{\"hostname\":\"ws-07\",\"type_id\":0},", "", "device"},
    {"\"hostname\":\"ws-07\",\"type_id\":0", "\"type_id\":0", "device"},
    {"\"hostname\":\"ws-07\",", "\"hostname\":\"ws-07\",\"ip\":\"10.0.0\",", "device.ip"},
    {"\"hostname\":\"ws-07\",", "\"hostname\":\"ws-07\",\"mac\":\"00\",", "device.mac"},
    {"\"actor\":{\"process\":{\"pid\":1},", "\"actor\":{\"process\":{\"name\":\"x\"},", "actor.process"},
    {"\"user\":{\"name\":\"m\"}", "\"user\":\"m\"", "actor.user"},
    {"\"user\":{\"name\":\"m\"}", "\"user\":{\"name\":7}", "actor.user.name"},
    {"\"user\":{\"name\":\"m\"}", "\"user\":{\"name\":\"m\",\"email_addr\":\"m at x\"}", "actor.user.email_addr"},
    {"\"pid\":77", "\"pid\":\"77\"", "process.pid"},
    {"\"pid\":77", "\"pid\":77,\"colour\":1", "process.colour"},
    {"\"algorithm_id\":1,", "", "process.file.hashes[0].algorithm_id"},
    {"[{\"algorithm_id\":1,\"value\":\"aa\"}]", "{\"algorithm_id\":1,\"value\":\"aa\"}", "process.file.hashes"},
    {"\"file\":{", "\"file\":[{}],\"name\":{", "process.file"},
    {"\"type_id\":1,\"name\":\"device", "\"type_id\":77777,\"name\":\"device", "observables[0].type_id"},
    {"\"value\":\"ws-07\"", "\"value\":\"ws-08\"", "observables[0].name"},
    {"\"unmapped\":", "\"cloud\":{\"provider\":\"x\"},\"unmapped\":", "cloud"},
    {"\"unmapped\":{\"a.b\":1}", "\"unmapped\":1", "unmapped"},
    {"\"unmapped\":", "\"left_over\":1,\"unmapped\":", "left_over"},
};

TEST(OcsfValidator, TakesWhatIsRight) {
  const SchemaSource* const source = schema_source();
  if (source == nullptr) GTEST_SKIP() << kNoSchema;
  Validator validator(*source);
  for (const Mistake& mistake : validator.check(kGood)) ADD_FAILURE() << mistake.path << ": " << mistake.what;
  EXPECT_TRUE(validator.deprecated().empty());
}

TEST(OcsfValidator, RefusesEachBreachWithItsPath) {
  const SchemaSource* const source = schema_source();
  if (source == nullptr) GTEST_SKIP() << kNoSchema;
  Validator validator(*source);
  for (const Breach& breach : kBreaches) {
    std::set<std::string> paths;
    std::string all;
    for (const Mistake& mistake : validator.check(broken(breach.what, breach.with))) {
      paths.insert(mistake.path);
      all += mistake.path + ": " + mistake.what + "\n";
    }
    EXPECT_TRUE(paths.contains(breach.path)) << "no mistake at '" << breach.path << "' for " << breach.with << "\n" << all;
  }
}

/// One of two or more, where the schema says so; the class is not asked for what its profile would bring.
TEST(OcsfValidator, KnowsConstraintsOfClassesAndExactlyOne) {
  const SchemaSource* const source = schema_source();
  if (source == nullptr) GTEST_SKIP() << kNoSchema;
  Validator validator(*source);
  const std::string start = R"({"class_uid":4001,"category_uid":4,"activity_id":6,"type_uid":400106,"time":1,"severity_id":0,"metadata":{"version":"1.9.0-dev","product":{"name":"x"}})";
  ASSERT_EQ(validator.check(start + "}").size(), 1u);
  EXPECT_EQ(validator.check(start + "}").front().path, "");
  EXPECT_TRUE(validator.check(start + R"(,"src_endpoint":{"ip":"10.0.0.1"}})").empty());
  EXPECT_EQ(validator.check(start + R"(,"src_endpoint":{"port":65536,"ip":"fe80::1"}})").front().path, "src_endpoint.port");
  const std::string finding = R"({"class_uid":2002,"category_uid":2,"activity_id":1,"type_uid":200201,"time":1,"severity_id":0,"finding_info":{"uid":"1"},"metadata":{"version":"1.9.0-dev","product":{"name":"x"}},"vulnerabilities":[)";
  EXPECT_TRUE(validator.check(finding + R"({"cve":{"uid":"CVE-2026-1"}}]})").empty());
  EXPECT_EQ(validator.check(finding + R"({"cve":{"uid":"CVE-2026-1"},"cwe":{"uid":"CWE-1"}}]})").front().path, "vulnerabilities[0]");
}

/// An alert with everything in it, as `tocsin scan --format ocsf` writes it.
TEST(OcsfValidator, TakesTheFindingsOfAScan) {
  const SchemaSource* const source = schema_source();
  if (source == nullptr) GTEST_SKIP() << kNoSchema;
  const std::vector<std::string> modifiers = {"endswith"};
  const RuleCard rule{"r1", "A rule", "high", "test", "A. Writer", {"attack.t1059.001", "attack.t1003", "attack.execution"}, {"https://a.example"}, 3};
  Alert alert;
  alert.rule = &rule;
  alert.events.push_back({"a.evtx", 7, 1'772'439'330'120'000, {"windows", "process_creation", ""}});
  alert.matched.push_back({"selection", "Image", &modifiers, "\\x.exe", {"C:\\x.exe", 8, 0, ValueKind::kText, false}});
  for (const EntityType type : {EntityType::kHost, EntityType::kUser, EntityType::kProcess, EntityType::kFile, EntityType::kHash, EntityType::kIp, EntityType::kDomain,
                                EntityType::kUrl, EntityType::kMailbox, EntityType::kCloudResource}) {
    alert.entities.push_back({type, "value of " + std::string(entity_name(type))});
  }
  Validator validator(*source);
  for (const bool correlated : {false, true}) {
    if (correlated) alert.correlation = AlertCorrelation{"event_count", {{"user", "m"}}, 3, 60'000'000, 0, 0, 0, false};
    AlertText text;
    make_ocsf_writer()->write(alert, text);
    std::string line;
    std::size_t at = 0;
    for (const AlertText::Hole& hole : text.holes) {
      line.append(text.text, at, hole.at - at).append(hole.kind == AlertText::Hole::Kind::kId ? "00ff" : "7");
      at = hole.at;
    }
    line.append(text.text, at);
    for (const Mistake& mistake : validator.check(line)) ADD_FAILURE() << mistake.path << ": " << mistake.what << "\n" << line;
  }
}

TEST(OcsfSchema, TheExtractIsWhatTheSourceSays) {
  const SchemaSource* const source = schema_source();
  if (source == nullptr) GTEST_SKIP() << kNoSchema;
  const std::string path = TOCSIN_SOURCE_DIR "/content/ocsf/schema.txt";
  const std::string wanted = extract_of(*source);
  if (std::getenv("TOCSIN_UPDATE") != nullptr) std::ofstream(path) << wanted;
  const auto there = Env::system().read_file(path, 1 << 22);
  ASSERT_TRUE(there);
  EXPECT_TRUE(*there == wanted) << "TOCSIN_UPDATE=1 makes content/ocsf/schema.txt anew";
  const auto schema = OcsfSchema::parse(*there);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->find_class("process_activity")->uid, 1007u);
  EXPECT_EQ(schema->find_class("registry_key_activity")->uid, 201001u);
}

}  // namespace
}  // namespace tocsin::ocsf
