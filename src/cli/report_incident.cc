// tocsin report incident: one incident, for people (HTML, Markdown) and for programs (JSON, STIX, OCSF, a layer of the ATT&CK Navigator). docs/reports.md.
#include <algorithm>
#include <map>

#include "analyze/similar_incidents.h"
#include "cli/action_record.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "report/incident_ocsf.h"
#include "report/navigator.h"
#include "report/stix_bundle.h"

namespace tocsin::cli {

namespace {

/// Techniques scored by how many of the incident's rules speak of them.
std::string navigator(const ReportFacts& facts, const Incident& incident) {
  std::map<std::string, RuleCard> rules;
  for (const IncidentAlertLine& line : incident.alerts) {
    const analyze::IncidentAlert& alert = facts.book.alerts()[line.number];
    RuleCard& card = rules[alert.rule_id];
    card.id = alert.rule_id;
    card.title = alert.title;
    card.tags = alert.tags;
  }
  std::vector<const RuleCard*> cards;
  for (const auto& [id, card] : rules) cards.push_back(&card);
  return navigator_layer("Incident " + incident.id.substr(0, 12), "Techniques that the rules of this incident name", cards);
}

/// `text` is one JSON value, or one a line.
Result<std::string> redacted_lines(const ReportRedactor& redactor, const std::string& text) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += TRY(redactor.json(text.substr(from, end - from)));
    from = end + 1;
  }
  return out;
}

std::string in_format(const std::string& format, const std::string& tlp, const ReportFacts& facts, const IncidentReport& report) {
  if (format == "stix") return stix_bundle(report, static_cast<StixTlp>(std::ranges::find(kStixTlpWords, tlp) - kStixTlpWords.begin()));
  if (format == "ocsf") return incident_ocsf(report);
  if (format == "navigator") return navigator(facts, *report.incident);
  return incident_report_json(report);
}

}  // namespace

int run_report_incident(Env& env, const std::vector<std::string>& arguments) {
  ReportOptions options;
  std::string id, tlp = "amber";
  CLI::App app("One incident: what happened, how sure that is and why, who did what, what is not known.", "tocsin report incident");
  app.add_option("INCIDENT", id, "its id, or the beginning of it")->required();
  options.add_to(app, {"markdown", "html", "json", "stix", "ocsf", "navigator"}, false);
  app.add_option("--tlp", tlp, "the marking of a STIX bundle")->check(CLI::IsMember({"white", "green", "amber", "red"}))->capture_default_str();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::optional<TimeUs> now = options.made_at(env);
  if (!now) return kUsage;
  ReportFacts facts;
  if (const auto exit = facts.read(env, options.data)) return *exit;
  const Incident* const found = facts.incident(id);
  if (found == nullptr) return kUsage;
  const std::optional<ReplayedPolicy> policy = replay_policy(env, options.policy, facts);
  if (!policy) return kUsage;
  Incident incident = *found;
  incident.similar = analyze::similar_to(incident, facts.incidents);
  IncidentReport report = incident_report(facts, *policy, incident, *now);
  if (const Status added = add_actions(env, options.data.folder(), incident.id, report.actions); !added) return complain(added.error().message), kIncomplete;
  report.is_redacted = options.redact;
  std::optional<ReportRedactor> redactor;
  if (options.redact) redactor.emplace(std::vector<const Incident*>{&incident}, *facts.cases);
  if (options.format == "html" || options.format == "markdown") return write_report(options, document_text(options, incident_document(report), redactor ? &*redactor : nullptr));
  const std::string text = in_format(options.format, tlp, facts, report);
  if (!redactor) return write_report(options, text);
  const Result<std::string> redacted = redacted_lines(*redactor, text);
  if (!redacted) return complain(redacted.error().message), kIncomplete;
  return write_report(options, *redacted);
}

}  // namespace tocsin::cli
