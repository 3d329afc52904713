// What `tocsin case` and `tocsin verdict` have in common: the incidents of a data folder, and who is taken to ask on the command line. A helper for those verbs alone; what fails is said, and gives what to exit with.
//
//   CaseHere here;
//   if (const auto exit = here.open(env, data)) return *exit;
//   return here.act({.kind = CaseActKind::kComment, …});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/case_desk.h"
#include "cli/data_options.h"
#include "store/state.h"

namespace tocsin::cli {

struct CaseHere {
  std::unique_ptr<State> state;
  std::unique_ptr<api::IncidentView> view;
  Actor by;

  std::optional<int> open(Env& env, const DataOptions& data);
  /// Does it and says what was done; what to exit with.
  int act(CaseAct wanted);
};

/// `tocsin case ask` (case_ask.cc).
int case_ask(Env& env, const std::vector<std::string>& arguments);
/// `tocsin case attach`, `attachments`, `attachment`, `detach` (case_attach.cc).
int case_attach(Env& env, const std::vector<std::string>& arguments);
int case_attachments(Env& env, const std::vector<std::string>& arguments);
int case_attachment(Env& env, const std::vector<std::string>& arguments);
int case_detach(Env& env, const std::vector<std::string>& arguments);
/// Of an error, which is said.
int tell(const Error& error);
/// "true-positive", "benign", "false-positive": as they are typed.
const std::vector<std::string>& verdict_words();

}  // namespace tocsin::cli
