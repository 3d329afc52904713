#include "respond/engine/make_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "respond/cacao/check_playbook.h"

namespace tocsin::respond {

namespace {

namespace json = boost::json;

/// 6: those are people, or what people do.
constexpr std::array<std::string_view, 6> kPeople = {"individual", "group", "organization", "location", "sector", "security-category"};
/// Where an address is looked for, the first that is there.
constexpr std::array<std::string_view, 4> kAddresses = {"dname", "ipv4", "ipv6", "url"};

bool is_person(std::string_view type) { return std::ranges::find(kPeople, type) != kPeople.end(); }

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

class Maker {
 public:
  Maker(const cacao::Playbook& playbook, const cacao::Step& step, const cacao::Command& command, const cacao::AgentTarget* target, const VariableLookup& values, std::span<const ActionSpec> table)
      : playbook_(playbook), step_(step), command_(command), target_(target), agent_(playbook.agents.at(step.agent)), values_(values), table_(table) {}

  Result<Task> make() {
    if (agent_.type == "tocsin") return of_connector();
    if (is_person(agent_.type) || command_.type == "manual") return of_person();
    if (command_.type == "ssh" || command_.type == "bash") return of_shell(Splice::kPosix, "posix");
    if (command_.type == "powershell") return of_shell(Splice::kPowershell, "powershell");
    if (command_.type == "http-api") return of_http("http", "request");
    if (command_.type == "openc2-http") return of_http("openc2", "command");
    if (command_.type == "sigma" || command_.type == "elastic") return of_search();
    if (command_.type == "yara") return of_yara();
    return wrong(fmt::format("nothing here runs commands of type '{}'", command_.type));
  }

 private:
  Result<std::string> plain(std::string_view text) const { return splice(text, Splice::kPlain, values_); }
  Result<std::string> line(std::string_view text) const { return splice(text, Splice::kLine, values_); }

  Result<Task> of_person() const {
    // An agent that only says that it is a task for people leaves it to the target, if that is one.
    const cacao::AgentTarget& who = !is_person(agent_.type) && target_ != nullptr && is_person(target_->type) ? *target_ : agent_;
    Task task;
    task.person = who.name.empty() ? who.id : who.name;
    task.text = TRY(plain(command_.command.empty() ? command_.description : command_.command));
    if (target_ != nullptr && target_ != &who && !target_->name.empty()) task.text += fmt::format(" (on {})", target_->name);
    return task;
  }

  /// Our own: what is done stands in the agent's extension, with what in in_args.
  Result<Task> of_connector() const {
    const json::value* const extension = agent_.extensions.if_contains({kConnectorExtension.data(), kConnectorExtension.size()});
    const json::object* const object = extension == nullptr ? nullptr : extension->if_object();
    const auto text = [&](const char* name) -> std::string {
      const json::value* const value = object == nullptr ? nullptr : object->if_contains(name);
      return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
    };
    ActionCall call;
    call.connector = text("connector");
    call.action = text("action");
    if (call.connector.empty() || call.action.empty()) return wrong(fmt::format("the agent '{}' has no extension {} with 'connector' and 'action'", agent_.name, kConnectorExtension));
    for (const std::string& argument : step_.in_args) {
      const std::string_view name = name_of(argument);
      const cacao::Variable* const variable = values_(name);
      if (variable == nullptr || !variable->value) return wrong(fmt::format("{} has no value", name));
      call.arguments[std::string(name.substr(2, name.size() - 4))] = *variable->value;
    }
    TRY(authenticate(agent_, call));
    return finish(std::move(call));
  }

  Result<Task> of_shell(Splice how, const char* shell) const {
    const cacao::AgentTarget& at = target_ != nullptr && !target_->address.empty() ? *target_ : agent_;
    ActionCall call{.connector = "ssh", .action = "run"};
    TRY(host(at, call));
    TRY(authenticate(at, call));
    call.arguments["shell"] = shell;
    call.arguments["command"] = TRY(splice(command_.command.empty() ? command_.content : command_.command, how, values_));
    return finish(std::move(call));
  }

  Result<Task> of_yara() const {
    const cacao::AgentTarget& at = target_ != nullptr && !target_->address.empty() ? *target_ : agent_;
    ActionCall call{.connector = "ssh", .action = "yara"};
    TRY(host(at, call));
    TRY(authenticate(at, call));
    call.arguments["rules"] = command_.content;
    call.arguments["path"] = TRY(line(command_.command));
    return finish(std::move(call));
  }

  Result<Task> of_search() const {
    ActionCall call{.connector = "search", .action = command_.type};
    call.arguments["query"] = command_.content.empty() ? command_.command : command_.content;
    if (!cacao::variables_in(call.arguments["query"]).empty()) return wrong("a search takes no variables in its text");
    return finish(std::move(call));
  }

  Result<Task> of_http(const char* connector, const char* action) const {
    const cacao::AgentTarget* const at = target_ != nullptr ? target_ : &agent_;
    const std::size_t first = command_.command.find(' '), last = command_.command.rfind(' ');
    if (first == std::string::npos || last <= first) return wrong("the command is no start line of HTTP");
    ActionCall call{.connector = connector, .action = action};
    call.arguments["method"] = command_.command.substr(0, first);
    const std::string path = command_.command.substr(first + 1, last - first - 1);
    call.arguments["url"] = TRY(base(*at)) + TRY(splice(path, Splice::kUrl, values_));
    TRY(headers(call));
    TRY(body(call));
    TRY(authenticate(*at, call));
    return finish(std::move(call));
  }

  Result<std::string> address(const cacao::AgentTarget& at) const {
    for (const std::string_view kind : kAddresses) {
      const auto found = at.address.find(std::string(kind));
      if (found != at.address.end() && !found->second.empty()) return line(found->second.front());
    }
    return wrong(fmt::format("'{}' has no address", at.name.empty() ? at.id : at.name));
  }

  Status host(const cacao::AgentTarget& at, ActionCall& call) const {
    call.arguments["host"] = TRY(address(at));
    if (!at.port.empty()) call.arguments["port"] = TRY(line(at.port));
    return {};
  }

  Result<std::string> base(const cacao::AgentTarget& at) const {
    std::string url = TRY(address(at));
    while (url.ends_with('/')) url.pop_back();
    if (url.starts_with("https://") || url.starts_with("http://")) return url;
    if (url.find(':') != std::string::npos && !url.starts_with('[')) url = "[" + url + "]";
    return fmt::format("{}://{}{}{}", at.port == "80" ? "http" : "https", url, at.port.empty() ? "" : ":", TRY(line(at.port)));
  }

  Status headers(ActionCall& call) const {
    std::string lines;
    for (const auto& [name, all] : command_.headers) {
      for (const std::string& value : all) lines += fmt::format("{}: {}\n", name, TRY(line(value)));
    }
    if (!lines.empty()) call.arguments["headers"] = std::move(lines);
    return {};
  }

  std::string content_type() const {
    for (const auto& [name, all] : command_.headers) {
      if (lower(name) == "content-type" && !all.empty()) return lower(all.front());
    }
    return "application/json";
  }

  Status body(ActionCall& call) const {
    if (command_.content.empty()) return {};
    if (cacao::variables_in(command_.content).empty()) {
      call.arguments["body"] = command_.content;
      return {};
    }
    const std::string type = content_type();
    if (type.find("json") != std::string::npos) {
      call.arguments["body"] = TRY(splice_json(command_.content, values_));
    } else if (type.starts_with("application/x-www-form-urlencoded")) {
      call.arguments["body"] = TRY(splice(command_.content, Splice::kUrl, values_));
    } else if (type.find("xml") != std::string::npos) {
      call.arguments["body"] = TRY(splice(command_.content, Splice::kXml, values_));
    } else if (type.starts_with("text/plain")) {
      call.arguments["body"] = TRY(plain(command_.content));
    } else {
      return wrong(fmt::format("a body of type '{}' takes no variables: JSON, XML, a form and plain text do", type));
    }
    return {};
  }

  /// 6.5. The vault's key, or what stands there.
  Status authenticate(const cacao::AgentTarget& at, ActionCall& call) const {
    if (at.authentication_info.empty()) return {};
    const cacao::Authentication& one = playbook_.authentications.at(at.authentication_info);
    if (!one.user.empty()) call.arguments["user"] = TRY(line(one.user));
    if (one.kms) {
      call.credential = TRY(line(one.kms_key));
    } else if (!one.secret.empty()) {
      call.secret = TRY(line(one.secret));
    }
    return {};
  }

  Result<Task> finish(ActionCall call) const {
    Task task;
    task.spec = find_action(table_, call.connector, call.action);
    if (task.spec == nullptr) return wrong(fmt::format("no connector here does '{} {}'", call.connector, call.action));
    TRY(check_call(*task.spec, call));
    task.call = std::move(call);
    return task;
  }

  const cacao::Playbook& playbook_;
  const cacao::Step& step_;
  const cacao::Command& command_;
  const cacao::AgentTarget* const target_;
  const cacao::AgentTarget& agent_;
  const VariableLookup& values_;
  const std::span<const ActionSpec> table_;
};

}  // namespace

Result<Task> make_task(const cacao::Playbook& playbook, const cacao::Step& step, const cacao::Command& command, const cacao::AgentTarget* target, const VariableLookup& values, std::span<const ActionSpec> table) {
  return Maker(playbook, step, command, target, values, table).make();
}

}  // namespace tocsin::respond
