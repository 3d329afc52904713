// tocsin report: what a boss, an auditor or an authority is given. docs/reports.md.
#include "cli/report.h"

#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

constexpr const char* kHelp =
    "Reports from what the service stored, beside it if it runs. The same data gives the same bytes.\n\n"
    "  tocsin report incident INCIDENT                 one incident: what happened, why it is believed, who did what, what is not known\n"
    "  tocsin report period [--from T --to T]          times to detect, acknowledge and resolve, precision of rules, what is open; last month if nobody says\n"
    "  tocsin report compliance INCIDENT --framework nis2   drafts for the authority: early warning, notification, final report\n\n"
    "--format html, markdown or json; an incident also as stix, ocsf or navigator. --redact for what leaves the house. docs/reports.md.\n";

}  // namespace

int run_report(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "report", {{"incident", run_report_incident}, {"period", run_report_period}, {"compliance", run_report_compliance}}, kHelp);
}

}  // namespace tocsin::cli
