// What people did to incidents, as JSON without a line end: one act (`tocsin.act/1`), and what is left to do.
#pragma once

#include <string>
#include <string_view>

#include "event/case.h"

namespace tocsin {

/// {"schema","number","time","who","act","incident",…}: what the kind of act does not say is left out. `counts`: nobody has taken it back. Of alerts the first `shown`.
void append_case_act(std::string& out, const CaseAct& act, bool counts, std::size_t shown = SIZE_MAX);
/// {"act","text","who","done"}
void append_case_task(std::string& out, const CaseTask& task);
/// {"act","name","sha256","bytes","who","time","text","removed":null or {"act","who","time","text"}}
void append_case_attachment(std::string& out, const CaseAttachment& one);
/// As one reads it: "gave it to ada", "put 3 alerts into incident 1b3fd8…".
std::string case_act_words(const CaseAct& act);

}  // namespace tocsin
