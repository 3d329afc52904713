// A playbook as OASIS CACAO Security Playbooks 2.0 (Committee Specification 01, 27 November 2023) has it: plain values, as they stand in the document, in types that a run can use. What reads one is read_playbook.h; whether it
// can be run is another question. Section numbers are those of the specification.
//
//   const Step& start = playbook.workflow.at(playbook.workflow_start);
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::cacao {

/// 10.18: what the text in `value` stands for.
enum class VariableType : std::uint8_t { kBool, kDictionary, kFloat, kHash, kHexstring, kInteger, kIpv4, kIpv6, kLong, kMac, kMd5, kSha256, kString, kUri, kUuid };
std::string_view type_name(VariableType type);
std::optional<VariableType> variable_type_named(std::string_view name);

/// "__name__", as it is declared; a use of it has ":value" behind it.
struct Variable {
  VariableType type = VariableType::kString;
  std::string description;
  std::optional<std::string> value;  // nothing: none yet
  bool constant = false;             // never another value
  bool external = false;             // whoever starts the playbook gives it
};
using Variables = std::map<std::string, Variable, std::less<>>;

/// 5: one thing that an agent does. Types that this program has no use for keep their name.
struct Command {
  std::string type;
  std::string description, version, activity;
  std::string command;                                      // decoded, where it was in Base64
  std::map<std::string, std::vector<std::string>> headers;  // http-api, openc2-http
  std::string content;                                      // the same; decoded
  std::string pointer;                                      // where it stands (RFC 6901)
};

/// 4: where the flow goes. Ids are those of the workflow's keys; "": nowhere.
enum class StepType : std::uint8_t { kStart, kEnd, kAction, kPlaybookAction, kParallel, kIf, kWhile, kSwitch };
std::string_view type_name(StepType type);

struct Step {
  StepType type = StepType::kAction;
  std::string id, name, description, owner;
  std::uint64_t delay_ms = 0;
  std::optional<std::uint64_t> timeout_ms;
  Variables variables;
  std::string on_completion, on_success, on_failure;

  std::vector<Command> commands;             // action
  std::string agent;                         // action
  std::vector<std::string> targets;          // action
  std::vector<std::string> in_args, out_args;  // action, playbook-action: names of variables
  std::string playbook_id, playbook_version;   // playbook-action
  std::vector<std::string> next_steps;       // parallel
  std::string condition;                     // if-condition, while-condition: a comparison expression of STIX patterns
  std::string on_true, on_false;             // the same
  std::string switch_on;                     // switch-condition: a use of a variable
  std::map<std::string, std::string, std::less<>> cases;  // value, step; "default" for all others

  boost::json::object extensions;
  std::string pointer;
};

/// 6: who does something, or to whom it is done. Which of the members count depends on the type.
struct AgentTarget {
  std::string type, id, name, description;
  std::map<std::string, std::vector<std::string>> address;  // "ipv4", "ipv6", "l2mac", "vlan", "url", "dname"
  std::string port, authentication_info, sector;
  std::vector<std::string> category, logical;
  boost::json::object contact, location, extensions;
  std::string pointer;
};

/// 6.5: a secret, or where it is. What is no `kms` and no use of a variable stands there for everybody to read.
struct Authentication {
  std::string type, id, name, description;
  std::string user, secret;      // user_id or username; password or token
  std::string oauth_header;
  bool kms = false;              // our vault has it
  std::string kms_key;
  std::string pointer;
};

/// 8. Of several the strictest holds.
enum class Tlp : std::uint8_t { kClear, kGreen, kAmber, kAmberStrict, kRed };
std::string_view tlp_name(Tlp tlp);
/// "TLP:AMBER"; nothing if it is none.
std::optional<Tlp> tlp_named(std::string_view name);
/// Whether what has that level may go to somebody who is told things up to `most`. The order is FIRST's (TLP 2.0), so AMBER+STRICT is above AMBER. Who lets something out asks, for each connector; a playbook without a level has none to
/// keep, and whoever runs it says what holds then.
constexpr bool may_leave(Tlp level, Tlp most) { return level <= most; }

struct Marking {
  std::string type, id;
  std::optional<Tlp> tlp;  // of marking-tlp
  std::string statement;   // of marking-statement
};

struct Playbook {
  std::string id, name, description, created_by;
  std::string created, modified, valid_from, valid_until;  // RFC 3339
  bool revoked = false;
  std::vector<std::string> types, activities, labels, derived_from, related_to, sectors;
  unsigned priority = 0, severity = 0, impact = 0;  // 0 to 100
  std::vector<std::string> markings;
  Variables variables;
  std::string workflow_start, workflow_exception;
  std::map<std::string, Step, std::less<>> workflow;
  std::map<std::string, AgentTarget, std::less<>> agents, targets;
  std::map<std::string, Authentication, std::less<>> authentications;
  std::map<std::string, Marking, std::less<>> marking_definitions;
  std::map<std::string, boost::json::object, std::less<>> extension_definitions;
  std::vector<boost::json::object> signatures;  // as they stand there

  /// The strictest of its markings; nothing if none is a TLP.
  std::optional<Tlp> tlp() const;
};

}  // namespace tocsin::cacao
