#include "collect/alert_parser.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/memory_env.h"
#include "collect/alert_file.h"

namespace tocsin {
namespace {

constexpr const char* kHead = "time,name,ip,host,short,time_label,event_label";

struct Taken {
  std::string rule, host, word;
  std::int64_t time_s = 0;
  Verdict verdict = Verdict::kNone;
};

std::optional<Taken> parsed(AlertParser& parser, std::string_view text, std::string* why = nullptr) {
  AlertBrief alert;
  const Status status = parser.parse(text, alert);
  if (!status && why != nullptr) *why = status.error().message;
  if (!status) return std::nullopt;
  return Taken{std::string(alert.rule), std::string(alert.host), std::string(alert.verdict_word), alert.time_s, alert.verdict};
}

Taken of(AlertForm form, std::string_view text) {
  const auto parser = make_alert_parser(form, true);
  std::string why;
  const std::optional<Taken> taken = parsed(*parser, text, &why);
  EXPECT_TRUE(taken) << why << ": " << text;
  return taken.value_or(Taken());
}

std::string refused(AlertForm form, std::string_view text) {
  std::string why;
  EXPECT_FALSE(parsed(*make_alert_parser(form, true), text, &why)) << text;
  return why;
}

TEST(AitAlerts, ColumnsGoByTheirNames) {
  const auto parser = make_ait_parser(true);
  ASSERT_TRUE(parser->take_head("short,extra,time_label,time,host"));
  const std::optional<Taken> taken = parsed(*parser, "A-Aud-Com4,x,wpscan,1642118409,\"mail, \"\"old\"\"\"");
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->rule, "A-Aud-Com4");
  EXPECT_EQ(taken->host, "mail, \"old\"");
  EXPECT_EQ(taken->time_s, 1642118409);
  EXPECT_EQ(taken->verdict, Verdict::kTruePositive);
  EXPECT_EQ(taken->word, "wpscan");
}

TEST(AitAlerts, VerdictsAreReadOnlyWhereTheyAreAskedFor) {
  const auto blind = make_ait_parser(false), seeing = make_ait_parser(true);
  EXPECT_TRUE(blind->take_head("time,host,short"));
  EXPECT_FALSE(seeing->take_head("time,host,short"));
  ASSERT_TRUE(blind->take_head(kHead));
  EXPECT_EQ(parsed(*blind, "1,n,i,h,s,dnsteal,-")->verdict, Verdict::kNone);
  ASSERT_TRUE(seeing->take_head(kHead));
  EXPECT_EQ(parsed(*seeing, "1,n,i,h,s,false_positive,-")->verdict, Verdict::kFalsePositive);
  EXPECT_EQ(parsed(*seeing, "1,n,i,h,s,,-")->verdict, Verdict::kNone);
}

TEST(AitAlerts, BadLinesAreRefused) {
  const auto parser = make_ait_parser(false);
  for (const char* const head : {"time,host", "", "time,short", "short;host;time"}) EXPECT_FALSE(parser->take_head(head)) << head;
  ASSERT_TRUE(parser->take_head("time,host,short"));
  for (const char* const line : {"1,h", "1,h,s,t", "x,h,s", "0,h,s", ",h,s", "1,h,", "1,\"h,s", "1,\"h\"x,s", "99999999999999999999,h,s", "-99999999999,h,s"}) {
    EXPECT_FALSE(parsed(*parser, line)) << line;
  }
  EXPECT_FALSE(parsed(*parser, "1," + std::string(kAlertNameBytesMax + 1, 'h') + ",s"));
  EXPECT_TRUE(parsed(*parser, "1," + std::string(kAlertNameBytesMax, 'h') + ",s"));
  EXPECT_FALSE(parser->take_head(std::string(kAlertColumnsMax, ',')));
}

TEST(AitAlerts, BytesThatAreNoUtf8BecomeWhatTheyAreWrittenAs) {
  const auto parser = make_ait_parser(false);
  ASSERT_TRUE(parser->take_head("time,host,short"));
  EXPECT_EQ(parsed(*parser, "1,h\xff,s")->host, "h\xEF\xBF\xBD");
}

TEST(AlertTimes, OfAnySpelling) {
  for (const char* const text : {"1642118409", "1642118409.7", "1642118409700", "1642118409700000", "2022-01-14T00:00:09Z", "2022-01-14T01:00:09.999+01:00"}) EXPECT_EQ(alert_time(text), 1642118409) << text;
  EXPECT_EQ(alert_time("-1"), -1);
  EXPECT_EQ(alert_time("-0.5"), -1);
  for (const char* const text : {"", "0", "nan", "1e9", " 1", "0.0", "9999999999999999999", "2022-13-01T00:00:00Z", "0000-01-01T00:00:00Z"}) EXPECT_EQ(alert_time(text), std::nullopt) << text;
}

TEST(OcsfAlerts, OfTocsinScan) {
  const Taken taken = of(AlertForm::kOcsf, R"({"class_uid":2004,"time":1642118409123,"finding_info":{"uid":"x","title":"Door Opened","analytic":{"type_id":1,"uid":"1111","name":"Door Opened"}},)"
                                           R"("observables":[{"type_id":4,"name":"unmapped.entities.user","value":"ada"},{"type_id":1,"name":"unmapped.entities.domain","value":"evil.example"},)"
                                           R"({"type_id":1,"name":"unmapped.entities.host","value":"ws-07"}]})");
  EXPECT_EQ(taken.rule, "Door Opened");
  EXPECT_EQ(taken.host, "ws-07");
  EXPECT_EQ(taken.time_s, 1642118409);
  EXPECT_EQ(taken.verdict, Verdict::kNone);
}

TEST(OcsfAlerts, OfOthers) {
  const Taken cloud = of(AlertForm::kOcsf, R"({"class_uid":2004,"time_dt":"2022-01-14T00:00:09Z","finding_info":{"title":"i-1 talks to 192.0.2.1","types":["TTPs/C2"]},"resources":[{"uid":"arn:aws:ec2:i-1"}]})");
  EXPECT_EQ(cloud.rule, "TTPs/C2");
  EXPECT_EQ(cloud.host, "arn:aws:ec2:i-1");
  const Taken device = of(AlertForm::kOcsf, R"({"class_uid":2004,"time":1642118409,"finding_info":{"title":"T"},"device":{"hostname":"pc","ip":"192.0.2.1"},"verdict_id":5})");
  EXPECT_EQ(device.rule, "T");
  EXPECT_EQ(device.host, "pc");
  EXPECT_EQ(device.verdict, Verdict::kBenign);
  const Taken evidence = of(AlertForm::kOcsf, R"({"class_uid":2004,"time":1642118409,"finding_info":{"title":"T"},"evidences":[{"verdict_id":1},{"verdict_id":2,"device":{"name":"pc"}}]})");
  EXPECT_EQ(evidence.verdict, Verdict::kTruePositive);
  const Taken incident = of(AlertForm::kOcsf, R"({"class_uid":2005,"time":1642118409,"finding_info_list":[{"title":"T"}],"verdict_id":1,"verdict":"False Positive"})");
  EXPECT_EQ(incident.rule, "T");
  EXPECT_EQ(incident.host, "");
  EXPECT_EQ(incident.verdict, Verdict::kFalsePositive);
}

TEST(OcsfAlerts, WhatIsNone) {
  EXPECT_NE(refused(AlertForm::kOcsf, R"({"class_uid":1001,"time":1,"finding_info":{"title":"T"}})").find("1001"), std::string::npos);
  for (const char* const text : {"", "[]", "1", "{", R"({"class_uid":2004})", R"({"class_uid":2004,"time":0,"finding_info":{"title":"T"}})", R"({"class_uid":2004,"time":5,"finding_info":{"title":7}})",
                                 R"({"class_uid":2004,"time":"x","finding_info":{"title":"T"}})", "{\"class_uid\":2004,\"time\":5,\"finding_info\":{\"title\":\"\xff\"}}"}) {
    refused(AlertForm::kOcsf, text);
  }
}

TEST(EcsAlerts, DotsWithinNamesOrObjects) {
  for (const char* const text : {R"({"@timestamp":"2022-01-14T00:00:09Z","rule":{"name":"R"},"host":{"name":"pc"}})", R"({"@timestamp":"2022-01-14T00:00:09Z","rule.name":"R","host.name":"pc"})",
                                 R"({"_index":"i","_source":{"@timestamp":1642118409000,"kibana.alert.rule.name":"R","rule.name":"other","host":{"name":"pc"}}})",
                                 R"({"@timestamp":"2022-01-14T00:00:09Z","kibana":{"alert":{"rule":{"name":["R"]}}},"host":{"hostname":"pc"}})",
                                 R"({"@timestamp":"2022-01-14T00:00:09Z","kibana.alert":{"rule.name":"R"},"agent":{"name":"pc"}})"}) {
    const Taken taken = of(AlertForm::kEcs, text);
    EXPECT_EQ(taken.rule, "R") << text;
    EXPECT_EQ(taken.host, "pc") << text;
    EXPECT_EQ(taken.time_s, 1642118409) << text;
    EXPECT_EQ(taken.verdict, Verdict::kNone) << text;
  }
}

TEST(EcsAlerts, ReasonsAndTagsAreVerdicts) {
  const auto verdict = [](const char* member) { return of(AlertForm::kEcs, std::string(R"({"@timestamp":1642118409,"rule.name":"R",)") + member + "}").verdict; };
  EXPECT_EQ(verdict(R"("kibana.alert.workflow_reason":"true_positive")"), Verdict::kTruePositive);
  EXPECT_EQ(verdict(R"("kibana.alert.workflow_reason":"benign_positive")"), Verdict::kBenign);
  EXPECT_EQ(verdict(R"("kibana.alert.workflow_reason":"duplicate")"), Verdict::kNone);
  EXPECT_EQ(verdict(R"("kibana.alert.workflow_tags":["night shift","False Positive"])"), Verdict::kFalsePositive);
  EXPECT_EQ(verdict(R"("kibana":{"alert":{"workflow_status":"closed"}})"), Verdict::kNone);
}

struct FileRead {
  Result<AlertFileCounts> counts = AlertFileCounts();
  std::vector<Taken> alerts;
};

FileRead read(const std::string& name, std::string text, AlertForm form) {
  MemoryEnv env;
  env.add_file(name, std::move(text));
  FileRead result;
  result.counts = read_alerts(env, name, {form, true}, [&](const AlertBrief& alert) -> Status {
    result.alerts.push_back({std::string(alert.rule), std::string(alert.host), "", alert.time_s, alert.verdict});
    return {};
  });
  return result;
}

TEST(AlertFiles, BadLinesAreNamedAndTheRestIsRead) {
  const FileRead csv = read("a.csv", std::string(kHead) + "\r\n1,n,i,h,s,wpscan,-\r\n\r\nbad\r\nx,n,i,h,s,wpscan,-\r\n2,n,i,h,s,wpscan,-", AlertForm::kAit);
  ASSERT_TRUE(csv.counts);
  EXPECT_EQ(csv.counts->alerts, 2u);
  EXPECT_EQ(csv.counts->bad, 2u);
  ASSERT_EQ(csv.counts->named.size(), 2u);
  EXPECT_EQ(csv.counts->named[0], "line 4: 1 columns, where the first line of the file has 7");
  EXPECT_TRUE(csv.counts->named[1].starts_with("line 5: 'x' is no time")) << csv.counts->named[1];

  std::string many = "{\"@timestamp\":1,\"rule.name\":\"R\"}\n";
  for (std::size_t i = 0; i < 2 * kBadAlertsNamedMax; ++i) many += "{}\n";
  const FileRead json = read("a.ndjson", many, AlertForm::kEcs);
  EXPECT_EQ(json.counts->bad, 2 * kBadAlertsNamedMax);
  EXPECT_EQ(json.counts->named.size(), kBadAlertsNamedMax);
}

TEST(AlertFiles, AnArrayOfAlerts) {
  const FileRead file = read("a.json", "[\n {\"@timestamp\":1,\"rule.name\":\"R\"},\n {\"rule.name\":\"R\"},\n {\"@timestamp\":2,\"rule.name\":\"R\"}]", AlertForm::kEcs);
  ASSERT_TRUE(file.counts);
  EXPECT_EQ(file.alerts.size(), 2u);
  ASSERT_EQ(file.counts->named.size(), 1u);
  EXPECT_TRUE(file.counts->named[0].starts_with("byte ")) << file.counts->named[0];
}

TEST(AlertFiles, ALineOf50MegabytesIsOneBadLine) {
  const std::string good = "1,n,i,h,s,wpscan,-\n", lng(50u << 20, 'x');
  const FileRead file = read("a.csv", std::string(kHead) + "\n" + good + lng + "\n" + good + "bad\n", AlertForm::kAit);
  ASSERT_TRUE(file.counts);
  EXPECT_EQ(file.counts->alerts, 2u);
  EXPECT_EQ(file.counts->bad, 2u);
  ASSERT_EQ(file.counts->named.size(), 2u);
  EXPECT_TRUE(file.counts->named[0].starts_with("line 3: it is longer than")) << file.counts->named[0];
  EXPECT_TRUE(file.counts->named[1].starts_with("line 5: ")) << file.counts->named[1];
}

TEST(AlertFiles, WhatCannotBeReadAtAll) {
  EXPECT_FALSE(read("a.csv", "", AlertForm::kAit).counts);
  EXPECT_FALSE(read("a.csv", "time,host\n1,h\n", AlertForm::kAit).counts);
  EXPECT_FALSE(read("a.csv", "[{\"@timestamp\":1}]", AlertForm::kAit).counts);
  MemoryEnv env;
  EXPECT_FALSE(read_alerts(env, "missing", {}, [](const AlertBrief&) -> Status { return {}; }));
}

TEST(AlertFiles, WhoeverTakesThemMayStop) {
  MemoryEnv env;
  env.add_file("a.csv", "time,host,short\n1,h,s\n2,h,s\n");
  int taken = 0;
  const Result<AlertFileCounts> counts = read_alerts(env, "a.csv", {AlertForm::kAit, false}, [&](const AlertBrief&) -> Status { return ++taken, Error{Code::kLimit, "enough"}; });
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().code, Code::kLimit);
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace tocsin
