#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "respond/cacao/check_playbook.h"
#include "respond/cacao/condition.h"
#include "respond/cacao/member_reader.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace {

constexpr std::string_view kUse = ":value";

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/// Commands that a shell runs.
bool is_shell(std::string_view type) { return type == "bash" || type == "ssh" || type == "powershell"; }

class VariableCheck {
 public:
  VariableCheck(const Playbook& playbook, std::vector<Mistake>& mistakes) : playbook_(playbook), mistakes_(mistakes) {}

  void check() {
    declared("/playbook_variables", playbook_.variables);
    for (const auto& [id, step] : playbook_.workflow) check(step);
  }

 private:
  void error(std::string pointer, std::string message) { mistakes_.push_back({Mistake::Kind::kError, std::move(pointer), std::move(message)}); }

  void declared(const std::string& pointer, const Variables& variables) {
    for (const auto& [name, variable] : variables) {
      if (variable.value && variables_in(*variable.value).empty() && !fits(variable.type, *variable.value)) {
        error(under(under(pointer, name), "value"), fmt::format("is no value of type {}", type_name(variable.type)));
      }
      if (variable.constant && !variable.value && !variable.external) error(under(pointer, name), "is constant and has no value");
    }
  }

  const Variable* find(const Step& step, std::string_view name) const {
    for (const Variables* const scope : {&step.variables, &playbook_.variables}) {
      if (const auto found = scope->find(name); found != scope->end()) return &found->second;
    }
    return nullptr;
  }

  void uses(const Step& step, const std::string& pointer, std::string_view text) {
    for (const VariableUse& use : variables_in(text)) {
      if (find(step, use.name) == nullptr) error(pointer, fmt::format("uses {}, which is declared neither by the playbook nor by the step", use.name));
    }
  }

  void arguments(const Step& step, std::string_view member, const std::vector<std::string>& names, bool written) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string_view name = names[i];
      if (name.ends_with(kUse)) name.remove_suffix(kUse.size());
      const std::string pointer = under(under(step.pointer, member), std::to_string(i));
      const Variable* const variable = find(step, name);
      if (variable == nullptr) {
        error(pointer, fmt::format("names '{}', which is declared neither by the playbook nor by the step", names[i]));
      } else if (written && variable->constant) {
        error(pointer, fmt::format("would change '{}', which is constant", name));
      }
    }
  }

  void check(const Step& step) {
    const std::string own = under(step.pointer, "step_variables");
    declared(own, step.variables);
    for (const auto& [name, variable] : step.variables) {
      if (playbook_.variables.contains(name)) error(under(own, name), "is declared by the playbook, too: a variable is declared once");
    }
    arguments(step, "in_args", step.in_args, false);
    arguments(step, "out_args", step.out_args, true);
    if (step.type == StepType::kIf || step.type == StepType::kWhile) check_condition(step);
    if (step.type == StepType::kSwitch) check_switch(step);
    for (const Command& command : step.commands) check(step, command);
    for (const std::string& id : step.targets) {
      if (const auto found = playbook_.targets.find(id); found != playbook_.targets.end()) check(step, found->second);
    }
    if (const auto found = playbook_.agents.find(step.agent); found != playbook_.agents.end()) check(step, found->second);
  }

  void check_condition(const Step& step) {
    const std::string pointer = under(step.pointer, "condition");
    const Result<Condition> condition = Condition::parse(step.condition);
    if (!condition) return error(pointer, condition.error().message);
    for (std::string& wrong : condition->check([&](std::string_view name) { return find(step, name); })) error(pointer, std::move(wrong));
  }

  void check_switch(const Step& step) {
    const std::vector<VariableUse> used = variables_in(step.switch_on);
    uses(step, under(step.pointer, "switch"), step.switch_on);
    if (used.size() != 1 || used.front().size != step.switch_on.size()) return error(under(step.pointer, "switch"), "is no use of a variable (__name__:value)");
    const Variable* const variable = find(step, used.front().name);
    if (variable == nullptr) return;
    std::map<std::string, std::string_view> seen;  // by its one spelling
    for (const auto& [value, to] : step.cases) {
      const std::string pointer = under(under(step.pointer, "cases"), value);
      const std::optional<std::string> spelled = one_spelling(variable->type, value);
      if (value == "default") continue;
      if (!spelled) {
        error(pointer, fmt::format("is no value of type {}, which {} has", type_name(variable->type), used.front().name));
      } else if (const auto [first, is_new] = seen.emplace(*spelled, value); !is_new) {
        error(pointer, fmt::format("is the same value as the case '{}'", first->second));
      }
    }
  }

  void check(const Step& step, const Command& command) {
    uses(step, command.pointer, command.command);
    uses(step, command.pointer, command.content);
    for (const auto& [name, values] : command.headers) {
      for (const std::string& value : values) uses(step, under(under(command.pointer, "headers"), name), value);
    }
    const std::vector<VariableUse> used = variables_in(command.command);
    if (!is_shell(command.type) || used.size() != 1 || used.front().size != command.command.size()) return;
    const Variable* const variable = find(step, used.front().name);
    if (variable != nullptr && (!variable->constant || variable->external)) error(command.pointer, fmt::format("runs whatever {} is: a command that is a variable is run only if that is constant and stands in the playbook", used.front().name));
  }

  void check(const Step& step, const AgentTarget& one) {
    for (const auto& [kind, addresses] : one.address) {
      for (const std::string& address : addresses) uses(step, under(under(one.pointer, "address"), kind), address);
    }
    const auto found = playbook_.authentications.find(one.authentication_info);
    if (found == playbook_.authentications.end()) return;
    for (const std::string* const text : {&found->second.user, &found->second.secret, &found->second.kms_key}) uses(step, found->second.pointer, *text);
  }

  const Playbook& playbook_;
  std::vector<Mistake>& mistakes_;
};

}  // namespace

std::vector<VariableUse> variables_in(std::string_view text) {
  std::vector<VariableUse> uses;
  for (std::size_t at = 0; (at = text.find("__", at)) != std::string_view::npos;) {
    std::size_t end = at + 2;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    const std::string_view behind = text.substr(std::min(end + kUse.size(), text.size()));
    if (name.size() >= 5 && name.ends_with("__") && text.substr(end).starts_with(kUse) && (behind.empty() || behind.front() == '_' || !is_name_letter(behind.front()))) {
      uses.push_back({name, at, name.size() + kUse.size()});
      at = end + kUse.size();
    } else {
      at = end;
    }
  }
  return uses;
}

void check_variables(const Playbook& playbook, std::vector<Mistake>& mistakes) { VariableCheck(playbook, mistakes).check(); }

}  // namespace tocsin::cacao
