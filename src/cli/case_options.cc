#include "cli/case_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/verb.h"
#include "report/case_writer.h"

namespace tocsin::cli {

int tell(const Error& error) {
  complain(error.message);
  return error.code == Code::kIo ? kIncomplete : kUsage;
}

const std::vector<std::string>& verdict_words() {
  static const std::vector<std::string> words = {"true-positive", "benign", "false-positive"};
  return words;
}

std::optional<int> CaseHere::open(Env& env, const DataOptions& data) {
  Result<std::unique_ptr<State>> opened = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!opened) return complain(opened.error().message), kUsage;
  state = std::move(*opened);
  view = std::make_unique<api::IncidentView>(env, *state);
  by = {fmt::format("command line, uid {}", ::getuid()), "", env.now_us()};
  return std::nullopt;
}

int CaseHere::act(CaseAct wanted) {
  const Result<CaseAct> done = api::CaseDesk(*view, *state).act(std::move(wanted), by);
  if (!done) return tell(done.error());
  const std::string about = done->incident.empty() ? "" : fmt::format("incident {}: ", done->incident.substr(0, 12));
  fmt::print("{}{} (`tocsin case undo {}` takes it back)\n", about, case_act_words(*done), done->number);
  return kDone;
}

}  // namespace tocsin::cli
