// tocsin report compliance: drafts for an authority, filled as far as the data goes. docs/reports.md.
#include <fmt/format.h>

#include "base/time.h"
#include "cli/action_record.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "report/nis2_report.h"

namespace tocsin::cli {

int run_report_compliance(Env& env, const std::vector<std::string>& arguments) {
  ReportOptions options;
  std::string id, framework, aware, notified;
  CLI::App app("Drafts of what an authority is told of an incident; what the data does not say is marked as a question.", "tocsin report compliance");
  app.add_option("INCIDENT", id, "its id, or the beginning of it")->required();
  app.add_option("--framework", framework, "nis2: Directive (EU) 2022/2555, Article 23(4)")->check(CLI::IsMember({"nis2"}))->required();
  app.add_option("--aware", aware, "when you became aware of the significant incident: RFC 3339, or 3h before now")->type_name("TIME");
  app.add_option("--notified", notified, "when the incident notification was submitted")->type_name("TIME");
  options.add_to(app, {"markdown", "html", "json"}, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::optional<TimeUs> now = options.made_at(env);
  if (!now) return kUsage;
  std::optional<TimeUs> known, submitted;
  if (!read_time_option("--aware", aware, *now, known) || !read_time_option("--notified", notified, *now, submitted)) return kUsage;
  ReportFacts facts;
  if (const auto exit = facts.read(env, options.data)) return *exit;
  const Incident* const incident = facts.incident(id);
  if (incident == nullptr) return kUsage;
  const std::optional<ReplayedPolicy> policy = replay_policy(env, options.policy, facts);
  if (!policy) return kUsage;
  IncidentReport about = incident_report(facts, *policy, *incident, *now);
  if (const Status added = add_actions(env, options.data.folder(), incident->id, about.actions); !added) return complain(added.error().message), kIncomplete;
  about.is_redacted = options.redact;
  const Nis2Report report{&about, known.value_or(kNoTime), submitted.value_or(kNoTime)};
  std::optional<ReportRedactor> redactor;
  if (options.redact) redactor.emplace(std::vector<const Incident*>{incident}, *facts.cases);
  if (options.format != "json") return write_report(options, document_text(options, nis2_document(report), redactor ? &*redactor : nullptr));
  if (!redactor) return write_report(options, nis2_report_json(report));
  const Result<std::string> redacted = redactor->json(nis2_report_json(report));
  if (!redacted) return complain(redacted.error().message), kIncomplete;
  return write_report(options, *redacted);
}

}  // namespace tocsin::cli
