// Where an incident stands and what was done to it, for people to read; behind incident_text().
#pragma once

#include <string>
#include <vector>

#include "event/case.h"
#include "report/summary_text.h"

namespace tocsin {

/// One act as a line: number, time, who, what, in whose words. Safe for a terminal.
std::string case_act_line(const CaseAct& act, bool counts);
/// One attachment as two lines: number, time, name, size, who, in whose words; the hash. Safe for a terminal.
std::string case_attachment_line(const CaseAttachment& one);
/// Tasks, attachments and history. `its` is nullptr where nobody has done anything: then a line says how to begin. `counts` of each of the acts.
std::string case_text(const Case* its, const std::vector<const CaseAttachment*>& attachments, const std::vector<CaseAct>& acts, const std::vector<bool>& counts, const SummaryStyle& style);

}  // namespace tocsin
