#include "respond/cacao/check_playbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "respond/cacao/member_reader.h"

namespace tocsin::cacao {

namespace {

/// 5: those that something here runs.
constexpr std::array<std::string_view, 9> kCommandTypes = {"manual", "http-api", "ssh", "bash", "powershell", "openc2-http", "sigma", "yara", "elastic"};
/// 6: those of the specification, and ours.
constexpr std::array<std::string_view, 11> kAgentTypes = {"group", "individual", "location", "organization", "sector", "http-api", "linux", "net-address", "security-category", "ssh", "tocsin"};
constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::string_view kOpenc2 = "openc2";

template <class Table>
bool is_in(const Table& table, std::string_view word) {
  return std::ranges::find(table, word) != table.end();
}

/// METHOD SP request-target SP HTTP-version (RFC 9112, 3); what is wrong with it, or "".
std::string wrong_with_start_line(std::string_view line) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return "is no start line of HTTP: METHOD /path HTTP/1.1";
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (!is_in(kMethods, method)) return fmt::format("has the method '{}', which is none of {}", method, fmt::join(kMethods, ", "));
  if (!target.starts_with('/') && (variables_in(target).empty() || variables_in(target).front().at != 0)) return fmt::format("asks for '{}', which is no path: it begins with '/'", target);
  if (target.find(' ') != std::string_view::npos) return "has a space in its path";
  if (version != "HTTP/1.1" && version != "HTTP/1.0" && version != "HTTP/2") return fmt::format("ends with '{}', which is no version of HTTP (HTTP/1.1)", version);
  return "";
}

class Check {
 public:
  Check(const Playbook& playbook, const CheckOptions& options) : playbook_(playbook), options_(options) {}

  std::vector<Mistake> all() {
    for (std::size_t i = 0; i < playbook_.markings.size(); ++i) {
      if (!playbook_.marking_definitions.contains(playbook_.markings[i])) error(under("/markings", std::to_string(i)), "is defined nowhere in 'data_marking_definitions'");
    }
    for (const auto& [id, step] : playbook_.workflow) {
      if (step.type == StepType::kAction) check(step);
      for (const auto& extension : step.extensions) {
        const std::string_view key(extension.key().data(), extension.key().size());
        if (!playbook_.extension_definitions.contains(key)) error(under(under(step.pointer, "step_extensions"), key), "is defined nowhere in 'extension_definitions'");
      }
    }
    for (const auto* const all : {&playbook_.agents, &playbook_.targets}) {
      for (const auto& [id, one] : *all) check(one);
    }
    for (const auto& [id, one] : playbook_.agents) {
      if (!is_in(kAgentTypes, one.type) && !options_.agent_types.contains(one.type)) error(one.pointer, fmt::format("is an agent of type '{}', which is unknown here: say which of our connectors it stands for", one.type));
    }
    for (const auto& [id, one] : playbook_.authentications) check(one);
    check_flow(playbook_, mistakes_);
    check_variables(playbook_, mistakes_);
    std::ranges::stable_sort(mistakes_, {}, &Mistake::pointer);
    if (mistakes_.size() > kMistakesMax) {
      const std::size_t more = mistakes_.size() - kMistakesMax;
      mistakes_.resize(kMistakesMax);
      error("", fmt::format("and {} mistakes more", more));
    }
    return std::move(mistakes_);
  }

 private:
  void error(std::string pointer, std::string message) { mistakes_.push_back({Mistake::Kind::kError, std::move(pointer), std::move(message)}); }

  void check(const Step& step) {
    if (!playbook_.agents.contains(step.agent)) error(under(step.pointer, "agent"), "is defined nowhere in 'agent_definitions'");
    for (std::size_t i = 0; i < step.targets.size(); ++i) {
      if (!playbook_.targets.contains(step.targets[i])) error(under(under(step.pointer, "targets"), std::to_string(i)), "is defined nowhere in 'target_definitions'");
    }
    for (const Command& command : step.commands) check(command);
  }

  void check(const Command& command) {
    if (!is_in(kCommandTypes, command.type)) {
      return error(under(command.pointer, "type"), fmt::format("nothing here runs commands of type '{}'{}", command.type, command.type == kOpenc2 ? " (CACAO 2.0 calls it 'openc2-http')" : ""));
    }
    if (command.type != "http-api" && command.type != "openc2-http") return;
    if (const std::string wrong = wrong_with_start_line(command.command); !wrong.empty()) error(under(command.pointer, "command"), wrong);
    if (command.type == "openc2-http" && !command.command.starts_with("POST ")) error(under(command.pointer, "command"), "an OpenC2 command is sent by POST");
  }

  void check(const AgentTarget& one) {
    if (!one.authentication_info.empty() && !playbook_.authentications.contains(one.authentication_info)) {
      error(under(one.pointer, "authentication_info"), "is defined nowhere in 'authentication_info_definitions'");
    }
  }

  void check(const Authentication& one) {
    const std::vector<VariableUse> uses = variables_in(one.secret);
    if (one.secret.empty() || options_.allow_inline_secrets || (uses.size() == 1 && uses.front().size == one.secret.size())) return;
    error(one.pointer, "has a secret that everybody can read who reads the playbook: put it into the vault ('kms': true, 'kms_key_identifier') or a variable, or allow it with --allow-inline-secrets");
  }

  const Playbook& playbook_;
  const CheckOptions& options_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::vector<Mistake> check_playbook(const Playbook& playbook, const CheckOptions& options) { return Check(playbook, options).all(); }

}  // namespace tocsin::cacao
