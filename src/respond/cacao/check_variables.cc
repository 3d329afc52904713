#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/canonical_json.h"
#include "base/ip_network.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/member_reader.h"

namespace tocsin::cacao {

namespace {

constexpr std::string_view kUse = ":value";

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }
bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

template <class Number>
bool is_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2 ? text[i] != ':' && text[i] != '-' : !is_hex(text.substr(i, 1))) return false;
  }
  return true;
}

bool is_address(std::string_view text, bool v4) {
  const std::optional<IpNetwork> network = read_network(text);  // 10.18.3: or a network
  return network && network->base.is_v4() == v4;
}

bool has_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() && std::ranges::all_of(text.substr(0, colon), [](char c) { return is_name_letter(c) || c == '+' || c == '.'; });
}

bool is_dictionary(std::string_view text) {
  const Result<std::string> sound = canonical_json(text);
  return sound && sound->starts_with('{');
}

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
    uses(step, under(step.pointer, "condition"), step.condition);
    uses(step, under(step.pointer, "switch"), step.switch_on);
    if (step.type == StepType::kSwitch && variables_in(step.switch_on).size() != 1) error(under(step.pointer, "switch"), "is no use of a variable (__name__:value)");
    for (const Command& command : step.commands) check(step, command);
    for (const std::string& id : step.targets) {
      if (const auto found = playbook_.targets.find(id); found != playbook_.targets.end()) check(step, found->second);
    }
    if (const auto found = playbook_.agents.find(step.agent); found != playbook_.agents.end()) check(step, found->second);
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

bool fits(VariableType type, std::string_view value) {
  switch (type) {
    case VariableType::kBool: return value == "true" || value == "false";
    case VariableType::kDictionary: return is_dictionary(value);
    case VariableType::kFloat: return is_number<double>(value);
    case VariableType::kHash:
    case VariableType::kHexstring: return is_hex(value);
    case VariableType::kInteger: return is_number<std::int32_t>(value);
    case VariableType::kLong: return is_number<std::int64_t>(value);
    case VariableType::kIpv4: return is_address(value, true);
    case VariableType::kIpv6: return is_address(value, false);
    case VariableType::kMac: return is_mac(value);
    case VariableType::kMd5: return value.size() == 32 && is_hex(value);
    case VariableType::kSha256: return value.size() == 64 && is_hex(value);
    case VariableType::kString: return true;
    case VariableType::kUri: return has_scheme(value);
    case VariableType::kUuid: return !type_of_id("uuid--" + std::string(value)).empty();
  }
  return false;
}

void check_variables(const Playbook& playbook, std::vector<Mistake>& mistakes) { VariableCheck(playbook, mistakes).check(); }

}  // namespace tocsin::cacao
