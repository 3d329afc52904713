// `tocsin report`: its sub-verbs are a file each, and what they share: what the data folder holds as a report needs it, and where a report goes. docs/reports.md. Helpers for those verbs alone; what fails is said, and gives what to exit with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyze/case_book.h"
#include "analyze/incident_book.h"
#include "base/env.h"
#include "cli/data_options.h"
#include "event/decision.h"
#include "report/document.h"
#include "report/incident_report.h"
#include "store/state.h"

namespace tocsin::cli {

int run_report(Env& env, const std::vector<std::string>& arguments);
int run_report_incident(Env& env, const std::vector<std::string>& arguments);
int run_report_period(Env& env, const std::vector<std::string>& arguments);
int run_report_compliance(Env& env, const std::vector<std::string>& arguments);

/// Where from, in which form, and where to.
struct ReportOptions {
  DataOptions data;
  std::string format, output, now, policy;
  bool redact = false;

  void add_to(CLI::App& app, const std::vector<std::string>& formats, bool with_key);
  /// When the report is made: --now, else the clock. Nothing, and said why, if it is no time.
  std::optional<TimeUs> made_at(Env& env) const;
};

/// Everything that people are shown of the stored alerts, and what people did.
struct ReportFacts {
  std::unique_ptr<State> state;
  std::shared_ptr<const analyze::CaseBook> cases;
  analyze::IncidentBook book;
  std::vector<Incident> incidents;
  std::unordered_map<std::string, TimeUs> made;  // of each alert, if it was written down
  HiddenAlerts hidden;
  bool is_whole = true;

  std::optional<int> read(Env& env, const DataOptions& data);
  /// By its id or the beginning of it; nullptr, and said why.
  const Incident* incident(const std::string& id) const;
  TimeUs made_at(const std::string& alert) const;
};

/// The policy's decisions over all alerts as they came, in their order.
struct ReplayedPolicy {
  std::string name;
  std::vector<Decision> decisions;
  std::vector<Verdict> verdicts;  // of each one's alert
};
/// `file` "": the one that is shipped. Nothing, and said why, if it cannot be read.
std::optional<ReplayedPolicy> replay_policy(Env& env, const std::string& file, const ReportFacts& facts);

/// All that a report on it says; `facts` outlives it.
IncidentReport incident_report(const ReportFacts& facts, const ReplayedPolicy& policy, const Incident& incident, TimeUs now);

/// Takes names out of texts: machines, accounts and addresses of these incidents, and whoever acted on any, as "host-1", what else is personal or secret as its kind in brackets.
class ReportRedactor {
 public:
  ReportRedactor(const std::vector<const Incident*>& incidents, const analyze::CaseBook& cases);
  ~ReportRedactor();
  std::string text(const std::string& text) const;
  /// The same of every string of one JSON value but for ids, hashes, schemas and times. kInvalid if it is none.
  Result<std::string> json(const std::string& json) const;

 private:
  struct Names;
  std::unique_ptr<Names> names_;
};

/// To --output or standard output.
int write_report(const ReportOptions& options, const std::string& text);
/// A document as html or markdown, redacted if `redactor` is there.
std::string document_text(const ReportOptions& options, Document document, const ReportRedactor* redactor);

}  // namespace tocsin::cli
