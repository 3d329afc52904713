#include "respond/engine/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "respond/cacao/check_playbook.h"

namespace tocsin::respond {

namespace {

using What = StatedAnswer::What;

constexpr const char* kPerson = "a person";
constexpr TimeUs kNever = INT64_MAX;

std::string step_name(const RunState& run, std::string_view id) {
  for (const std::shared_ptr<const Book>& book : run.books) {
    const auto found = book->playbook.workflow.find(id);
    if (found != book->playbook.workflow.end()) return found->second.name.empty() ? std::string(id.substr(0, id.find("--") + 10)) : found->second.name;
  }
  return std::string(id);
}

class Dream {
 public:
  Dream(const Scenario& scenario, std::span<const ActionSpec> table) : scenario_(scenario), run_(1, table), used_(scenario.answers.size()) {}

  Simulation go(const std::vector<std::shared_ptr<const Book>>& books) {
    RunInput start = input(InputKind::kStarted, 0);
    start.word = static_cast<std::uint8_t>(StartWord::kReal);
    start.who = "the simulation";
    start.values = sample_values(*books.front());
    for (const auto& [name, value] : scenario_.values) start.values[name] = value;
    follow(run_.start(start, books));
    for (std::size_t inputs = 0; inputs < kDreamInputsMax; ++inputs) {
      const TimeUs timer = run_.is_over() ? kNever : run_.next_time().value_or(kNever);
      if (coming_.empty() && timer == kNever) break;
      if (!coming_.empty() && coming_.begin()->first <= timer) {
        now_ = std::max(now_, coming_.begin()->first);
        RunInput next = std::move(coming_.begin()->second);
        coming_.erase(coming_.begin());
        give(std::move(next));
      } else {
        now_ = std::max(now_, timer);
        give(input(InputKind::kTimer, 0));
      }
    }
    compare();
    return {std::move(run_), std::move(mistakes_)};
  }

 private:
  RunInput input(InputKind kind, ActionId action) const {
    RunInput one;
    one.kind = kind;
    one.run = 1;
    one.action = action;
    one.time = now_;
    return one;
  }

  void give(RunInput next) {
    next.time = now_;
    follow(run_.apply(next));
  }

  void follow(const std::vector<Effect>& effects) {
    for (const Effect& effect : effects) {
      if (effect.kind == Effect::Kind::kEnded) continue;
      const Action& action = *run_.action(effect.action);
      switch (effect.kind) {
        case Effect::Kind::kDecide: decide(action); break;
        case Effect::Kind::kSend:
        case Effect::Kind::kProbe: answer_order(action); break;
        case Effect::Kind::kAsk: answer_question(action); break;
        case Effect::Kind::kEnded: break;
      }
    }
  }

  /// The next answer for the step, if it is one of those; it counts once.
  const StatedAnswer* take(const Action& action, bool of_question) {
    for (std::size_t i = 0; i < scenario_.answers.size(); ++i) {
      const StatedAnswer& one = scenario_.answers[i];
      if (used_[i] || (one.step != action.step && one.step != step_name(run_.state(), action.step))) continue;
      const bool is_yes_or_no = one.what == What::kApprove || one.what == What::kDeny;
      if (is_yes_or_no != of_question) return nullptr;
      used_[i] = true;
      return &one;
    }
    return nullptr;
  }

  bool is_question_next(const Action& action) const {
    for (std::size_t i = 0; i < scenario_.answers.size(); ++i) {
      const StatedAnswer& one = scenario_.answers[i];
      if (used_[i] || (one.step != action.step && one.step != step_name(run_.state(), action.step))) continue;
      return one.what == What::kApprove || one.what == What::kDeny;
    }
    return false;
  }

  void decide(const Action& action) {
    RunInput one = input(InputKind::kDecided, action.id);
    one.hash = hash_of(action.call);
    const bool asks = is_question_next(action);
    one.word = static_cast<std::uint8_t>(asks ? DecidedWord::kAsk : DecidedWord::kAct);
    one.number = 1;
    one.until = now_ + kPersonTimeoutUs;
    one.why = asks ? "the scenario wants it" : "";
    coming_.emplace(now_, std::move(one));
  }

  void answer_order(const Action& action) {
    const StatedAnswer* const stated = take(action, false);
    RunInput one = input(stated != nullptr && stated->what == What::kLost ? InputKind::kLost : InputKind::kResult, action.id);
    one.result = {.outcome = ActionOutcome::kDone, .detail = stated == nullptr ? "" : stated->why};
    if (stated != nullptr) {
      one.result.outputs = stated->outputs;
      switch (stated->what) {
        case What::kFailed: one.result.outcome = ActionOutcome::kFailed; break;
        case What::kPassing: one.result.outcome = ActionOutcome::kFailed, one.result.may_pass = true; break;
        case What::kRefused: one.result.outcome = ActionOutcome::kRefused; break;
        case What::kUnknown: one.result.outcome = ActionOutcome::kUnknown; break;
        case What::kNever: return;
        default: break;
      }
    }
    coming_.emplace(now_ + (stated == nullptr ? 0 : stated->after_us), std::move(one));
  }

  void answer_question(const Action& action) {
    const bool is_approval = action.state == ActionState::kAsked;
    const StatedAnswer* const stated = take(action, is_approval);
    RunInput one = input(InputKind::kAnswered, action.id);
    one.hash = action.hash;
    one.who = kPerson;
    one.word = static_cast<std::uint8_t>(is_approval ? AnswerWord::kApprove : AnswerWord::kDone);
    if (stated != nullptr) {
      if (stated->what == What::kNever) return;
      one.why = stated->why;
      one.values = stated->outputs;
      if (stated->what == What::kDeny) one.word = static_cast<std::uint8_t>(AnswerWord::kDeny);
      if (stated->what == What::kFailed) one.word = static_cast<std::uint8_t>(AnswerWord::kFailed);
      if (stated->what == What::kPassing) one.word = static_cast<std::uint8_t>(AnswerWord::kAgain);
    }
    coming_.emplace(now_ + (stated == nullptr ? 0 : stated->after_us), std::move(one));
  }

  void compare() {
    const RunState& state = run_.state();
    if (!run_.is_over()) mistakes_.push_back("it did not end");
    if (!scenario_.status.empty() && scenario_.status != word_of(state.status)) mistakes_.push_back(fmt::format("it ended as '{}', expected was '{}'", word_of(state.status), scenario_.status));
    for (const auto& [name, value] : scenario_.variables) {
      const auto found = state.scopes.front().find(name);
      const std::string actual = found == state.scopes.front().end() ? "nothing of the kind" : found->second.value.value_or("no value");
      if (actual != value) mistakes_.push_back(fmt::format("{} is '{}', expected was '{}'", name, actual, value));
    }
    for (std::size_t i = 0; i < scenario_.answers.size(); ++i) {
      if (!used_[i]) mistakes_.push_back(fmt::format("nobody asked for the answer '{}' of '{}'", kAnswerWords[static_cast<std::size_t>(scenario_.answers[i].what)], scenario_.answers[i].step));
    }
    if (scenario_.story.empty()) return;
    std::vector<std::string> story;
    for (const StoryLine& line : state.story) story.push_back(story_text(state, line, kDreamBegin));
    for (std::size_t i = 0; i < std::max(story.size(), scenario_.story.size()); ++i) {
      const std::string actual = i < story.size() ? story[i] : "(it is over)", expected = i < scenario_.story.size() ? scenario_.story[i] : "(it is over)";
      if (actual == expected) continue;
      mistakes_.push_back(fmt::format("line {} of the story is\n    {}\n  expected was\n    {}", i + 1, actual, expected));
      break;
    }
  }

  const Scenario& scenario_;
  Run run_;
  std::vector<bool> used_;
  TimeUs now_ = kDreamBegin;
  std::multimap<TimeUs, RunInput> coming_;
  std::vector<std::string> mistakes_;
};

std::string sample_of(cacao::VariableType type) {
  switch (type) {
    case cacao::VariableType::kBool: return "true";
    case cacao::VariableType::kDictionary: return "{}";
    case cacao::VariableType::kFloat: return "1.5";
    case cacao::VariableType::kHash: case cacao::VariableType::kSha256: return std::string(64, 'a');
    case cacao::VariableType::kHexstring: return "00ff";
    case cacao::VariableType::kInteger: case cacao::VariableType::kLong: return "1";
    case cacao::VariableType::kIpv4: return "192.0.2.7";
    case cacao::VariableType::kIpv6: return "2001:db8::7";
    case cacao::VariableType::kMac: return "02:00:00:00:00:01";
    case cacao::VariableType::kMd5: return std::string(32, 'a');
    case cacao::VariableType::kString: return "sample";
    case cacao::VariableType::kUri: return "https://example.org/";
    case cacao::VariableType::kUuid: return "00000000-0000-4000-8000-000000000000";
  }
  return "sample";
}

}  // namespace

Simulation simulate(const std::vector<std::shared_ptr<const Book>>& books, const Scenario& scenario, std::span<const ActionSpec> table) { return Dream(scenario, table).go(books); }

std::map<std::string, std::string> sample_values(const Book& book) {
  std::map<std::string, std::string> values;
  for (const auto& [name, variable] : book.playbook.variables) {
    if (variable.external && !variable.value) values[name] = sample_of(variable.type);
  }
  return values;
}

std::string story_text(const RunState& run, const StoryLine& line, TimeUs begin) {
  const std::string where = line.step.empty() ? "" : step_name(run, line.step) + ": ";
  return fmt::format("+{:g} s  {}{}", static_cast<double>((line.time - begin) / 1'000) / 1'000, where, line.text);
}

std::set<std::string> ways_of(const cacao::Playbook& playbook) {
  std::set<std::string> ways;
  for (const auto& [id, step] : playbook.workflow) {
    const auto add = [&ways, &step = step](std::string_view way) { ways.insert(fmt::format("{}/{}", step.id, way)); };
    if (step.type == cacao::StepType::kIf || step.type == cacao::StepType::kWhile) add("true"), add("false");
    if (step.type == cacao::StepType::kSwitch) {
      add("default");
      for (const auto& [value, to] : step.cases) add(value);
    }
    if (!step.on_failure.empty()) add("on_failure");
  }
  if (!playbook.workflow_exception.empty()) ways.insert("/workflow_exception");
  return ways;
}

std::string way_text(const cacao::Playbook& playbook, const std::string& way) {
  const std::size_t slash = way.find('/');
  const std::string id = way.substr(0, slash), which = way.substr(slash + 1);
  if (id.empty()) return "the playbook fails (workflow_exception)";
  const auto found = playbook.workflow.find(id);
  const std::string name = found == playbook.workflow.end() || found->second.name.empty() ? id : found->second.name;
  if (which == "on_failure") return fmt::format("'{}' fails", name);
  if (found != playbook.workflow.end() && found->second.type == cacao::StepType::kSwitch) return fmt::format("'{}' is '{}'", name, which);
  return fmt::format("'{}' is {}", name, which);
}

}  // namespace tocsin::respond
