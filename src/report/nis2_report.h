// Drafts of what an entity under NIS2 (Directive (EU) 2022/2555) reports of a significant incident, Article 23(4): the early warning (a), the incident notification (b) and the final report (d). What the data says is filled in; all else is a
// question to a person, and nothing is made up: not whether the incident is significant, not what it cost, not whom it reached abroad. As a document and as JSON, `tocsin.nis2_report/1`. Pure. Not legal advice: national law may ask for more.
#pragma once

#include <string>
#include <vector>

#include "report/document.h"
#include "report/incident_report.h"

namespace tocsin {

/// The hours of Article 23(4)(a) and (b); a trust service provider has the first for both.
inline constexpr std::int64_t kEarlyWarningHours = 24, kNotificationHours = 72;

struct Nis2Report {
  const IncidentReport* incident = nullptr;
  TimeUs aware = kNoTime;     // when the entity became aware of the significant incident, as a person says; kNoTime: nobody said
  TimeUs notified = kNoTime;  // when the notification was submitted
};

/// One thing that the article asks for.
struct Nis2Field {
  std::string asked;                        // in short
  std::string reference;                    // "Article 23(4)(a)"
  std::string known;                        // what the data says; "": nothing
  std::vector<std::string> questions = {};  // for a person
};

struct Nis2Stage {
  std::string name;   // "Early warning"
  std::string key;    // "early_warning"
  std::string rule;   // by when, in words of the article
  TimeUs due = kNoTime;  // kNoTime: what it is counted from is not known
  std::vector<Nis2Field> fields;
};
std::vector<Nis2Stage> nis2_stages(const Nis2Report& report);

/// The same day and hour a month later; the last day of a month that is shorter.
TimeUs one_month_after(TimeUs time);

Document nis2_document(const Nis2Report& report);
/// One object and a line end.
std::string nis2_report_json(const Nis2Report& report);

}  // namespace tocsin
