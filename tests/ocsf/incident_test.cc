// An incident as findings is of the schema, whatever it knows and where it stands.
#include <gtest/gtest.h>

#include "report/incident_ocsf.h"
#include "schema_testing.h"
#include "validator.h"

namespace tocsin::ocsf {
namespace {

void expect_valid(const IncidentReport& report) {
  Validator validator(*schema_source());
  const std::string text = incident_ocsf(report);
  std::size_t lines = 0;
  for (std::size_t from = 0; from < text.size(); ++lines) {
    const std::size_t end = text.find('\n', from);
    const std::string line = text.substr(from, end - from);
    for (const Mistake& mistake : validator.check(line)) ADD_FAILURE() << mistake.path << ": " << mistake.what << " in " << line;
    from = end + 1;
  }
  EXPECT_EQ(lines, report.incident->alerts.size() + 1);
  for (const std::string& path : validator.deprecated()) ADD_FAILURE() << path << " is deprecated";
}

TEST(OcsfIncident, EveryStandingIsValid) {
  if (schema_source() == nullptr) GTEST_SKIP() << kNoSchema;
  Incident incident;
  incident.id = "96f6932f32dd3eb5d402df75e3c3c1df";
  IncidentReport report;
  report.now = 1'800'000'000'000'000;
  report.incident = &incident;
  expect_valid(report);  // it knows nothing
  incident.first = incident.last = 1'700'000'000'000'000;
  incident.stages.push_back({"execution", 4, incident.first, 1, "A rule", 2, {"T1059", "T1059.001"}});
  for (std::size_t verdict = 0; verdict < kVerdictWords.size(); ++verdict) {
    IncidentAlertLine alert;
    alert.id = "2735c712cac85b3e55d82b3eb46b6e15";
    alert.rule_id = "4f6d";
    alert.title = "\"<b>\" \x1b \xff";
    alert.time = verdict == 0 ? kNoTime : incident.first;
    alert.level = 4;
    alert.verdict = static_cast<Verdict>(verdict);
    incident.alerts.push_back(alert);
    report.made.push_back(alert.time);
  }
  for (const char* const assignee : {"", "ada"}) {
    for (std::size_t status = 0; status < kCaseStatusWords.size(); ++status) {
      incident.assignee = assignee;
      incident.status = static_cast<CaseStatus>(status);
      incident.classification = incident.status == CaseStatus::kClosed ? Verdict::kTruePositive : Verdict::kNone;
      expect_valid(report);
    }
  }
}

}  // namespace
}  // namespace tocsin::ocsf
