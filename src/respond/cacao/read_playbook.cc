#include "respond/cacao/read_playbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/canonical_json.h"
#include "respond/cacao/member_reader.h"

namespace tocsin::cacao {

namespace json = boost::json;

namespace {

using enum VariableType;
constexpr std::pair<std::string_view, VariableType> kVariableTypes[] = {
    {"bool", kBool},      {"dictionary", kDictionary}, {"float", kFloat},       {"hash", kHash},         {"hexstring", kHexstring}, {"integer", kInteger}, {"ipv4-addr", kIpv4}, {"ipv6-addr", kIpv6},
    {"long", kLong},      {"mac-addr", kMac},          {"md5-hash", kMd5},      {"sha256-hash", kSha256}, {"string", kString},      {"uri", kUri},         {"uuid", kUuid}};

constexpr std::pair<std::string_view, StepType> kStepTypes[] = {
    {"start", StepType::kStart},       {"end", StepType::kEnd},      {"action", StepType::kAction},            {"playbook-action", StepType::kPlaybookAction},
    {"parallel", StepType::kParallel}, {"if-condition", StepType::kIf}, {"while-condition", StepType::kWhile}, {"switch-condition", StepType::kSwitch}};

constexpr std::pair<std::string_view, Tlp> kTlps[] = {
    {"TLP:CLEAR", Tlp::kClear}, {"TLP:GREEN", Tlp::kGreen}, {"TLP:AMBER", Tlp::kAmber}, {"TLP:AMBER+STRICT", Tlp::kAmberStrict}, {"TLP:RED", Tlp::kRed}};

/// Types whose command stands in `command` or in `command_b64`, and those for which it has to be Base64.
constexpr std::array<std::string_view, 5> kTextCommands = {"manual", "bash", "caldera-cmd", "powershell", "ssh"};
constexpr std::array<std::string_view, 5> kBase64Commands = {"elastic", "jupyter", "kestrel", "sigma", "yara"};

/// What some public playbooks have in place of a type of authentication.
constexpr std::string_view kAuthenticationBase = "authentication-info";

template <class Table>
auto found_in(const Table& table, std::string_view name) -> std::optional<std::decay_t<decltype(table[0].second)>> {
  const auto found = std::ranges::find(table, name, [](const auto& row) { return row.first; });
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  return std::ranges::find(table, value, [](const auto& row) { return row.second; })->first;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// __name__ (10.18.1): a letter or an underscore behind the first two, then letters, digits, '_' and '-'.
bool is_variable_name(std::string_view name) {
  if (name.size() < 5 || name.size() > kVariableNameMax || !name.starts_with("__") || !name.ends_with("__")) return false;
  const std::string_view inner = name.substr(2, name.size() - 4);
  return (is_letter(inner.front()) || inner.front() == '_') && std::ranges::all_of(inner, [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

void read_variables(MemberReader& reader, std::string_view name, Variables& variables) {
  reader.members(name, kDefinitionsMax, Need::kOptional, [&](std::string_view key, const json::value& value, const std::string& pointer) {
    if (!is_variable_name(key)) reader.notes().error(pointer, "is no name of a variable: __name__, of letters, digits, '_' and '-'");
    const json::object* const object = object_of(value, pointer, reader.notes());
    if (object == nullptr) return;
    MemberReader one(*object, pointer, reader.notes());
    Variable variable;
    const std::string type = one.text("type", Need::kRequired);
    if (const auto known = variable_type_named(type)) {
      variable.type = *known;
    } else if (!type.empty()) {
      reader.notes().error(under(pointer, "type"), "is no type of variables that this program knows");
    }
    variable.description = one.text("description");
    if (const json::value* const given = object->if_contains("value"); given != nullptr && !given->is_null()) variable.value = one.text("value");
    one.pass_over({"value"});
    variable.constant = one.flag("constant");
    variable.external = one.flag("external");
    one.end();
    variables.emplace(key, std::move(variable));
  });
}

Command read_command(const json::object& object, const std::string& pointer, Notes& notes) {
  MemberReader reader(object, pointer, notes);
  Command command;
  command.pointer = pointer;
  command.type = reader.text("type", Need::kRequired);
  command.description = reader.text("description");
  command.version = reader.text("version");
  command.activity = reader.text("playbook_activity");
  reader.pass_over({"external_references"});
  const auto is_in = [&](const auto& table) { return std::ranges::find(table, command.type) != table.end(); };
  if (is_in(kTextCommands)) {
    const bool plain = reader.has("command"), encoded = reader.has("command_b64");
    if (plain == encoded) notes.error(pointer, plain ? "has both 'command' and 'command_b64': one of them" : "has neither 'command' nor 'command_b64'");
    command.command = encoded ? reader.base64("command_b64") : reader.text("command");
    reader.pass_over({"command", "command_b64"});
  } else if (is_in(kBase64Commands)) {
    command.command = reader.base64("command_b64", Need::kRequired);
  } else if (command.type == "http-api" || command.type == "openc2-http") {
    command.command = reader.text("command", Need::kRequired);
    reader.members("headers", kDefinitionsMax, Need::kOptional, [&](std::string_view key, const json::value& value, const std::string& at) {
      std::vector<std::string>& values = command.headers[std::string(key)];
      const json::array* const list = value.if_array();
      if (list == nullptr || !std::ranges::all_of(*list, [](const json::value& one) { return one.is_string(); })) return notes.error(at, "is no list of texts");
      for (const json::value& one : *list) values.emplace_back(one.get_string());
    });
    if (reader.has("content") && reader.has("content_b64")) notes.error(pointer, "has both 'content' and 'content_b64': one of them");
    const Need need = command.type == "openc2-http" ? Need::kRequired : Need::kOptional;
    command.content = reader.has("content") ? reader.text("content") : reader.base64("content_b64", need);
    reader.pass_over({"content", "content_b64"});
  } else {
    command.command = reader.has("command_b64") ? reader.base64("command_b64") : reader.text("command");
    reader.pass_over({"command", "command_b64", "content", "content_b64", "headers"});
  }
  reader.end();
  return command;
}

void read_flow(MemberReader& reader, Step& step) {
  step.on_completion = reader.id("on_completion");
  step.on_success = reader.id("on_success");
  step.on_failure = reader.id("on_failure");
  const bool completes = reader.has("on_completion"), differs = reader.has("on_success") || reader.has("on_failure");
  if (step.type == StepType::kEnd) {
    if (completes || differs) reader.notes().error(reader.pointer(), "is an end, and nothing comes behind it");
  } else if (completes && differs) {
    reader.notes().error(reader.pointer(), "has 'on_completion' beside 'on_success' or 'on_failure': either the one or the others");
  } else if (step.type == StepType::kStart && differs) {
    reader.notes().error(reader.pointer(), "is a start, which goes on by 'on_completion' alone");
  }
}

void read_action(MemberReader& reader, Step& step) {
  reader.items("commands", kCommandsMax, Need::kRequired, [&](const json::value& value, const std::string& pointer) {
    if (const json::object* const object = object_of(value, pointer, reader.notes())) step.commands.push_back(read_command(*object, pointer, reader.notes()));
  });
  step.agent = reader.id("agent", Need::kRequired);
  step.targets = reader.ids("targets", kDefinitionsMax);
}

void read_arguments(MemberReader& reader, Step& step) {
  step.in_args = reader.texts("in_args", kDefinitionsMax);
  step.out_args = reader.texts("out_args", kDefinitionsMax);
}

void read_cases(MemberReader& reader, Step& step) {
  step.switch_on = reader.text("switch", Need::kRequired);
  reader.members("cases", kCasesMax, Need::kRequired, [&](std::string_view key, const json::value& value, const std::string& pointer) {
    const json::string* const text = value.if_string();
    if (text == nullptr || type_of_id({text->data(), text->size()}).empty()) return reader.notes().error(pointer, "is no identifier of a step");
    step.cases.emplace(key, std::string(*text));
  });
}

void read_kind(MemberReader& reader, Step& step) {
  switch (step.type) {
    case StepType::kStart: case StepType::kEnd: return;
    case StepType::kAction:
      read_action(reader, step);
      read_arguments(reader, step);
      return;
    case StepType::kPlaybookAction:
      step.playbook_id = reader.id("playbook_id", Need::kRequired);
      step.playbook_version = reader.time("playbook_version");
      read_arguments(reader, step);
      return;
    case StepType::kParallel:
      step.next_steps = reader.ids("next_steps", kBranchesMax, Need::kRequired);
      if (step.next_steps.size() == 1) reader.notes().error(under(reader.pointer(), "next_steps"), "has one branch: side by side are two or more");
      return;
    case StepType::kIf:
    case StepType::kWhile:
      step.condition = reader.text("condition", Need::kRequired);
      step.on_true = reader.id("on_true", Need::kRequired);
      if (step.type == StepType::kIf) step.on_false = reader.id("on_false");
      return;
    case StepType::kSwitch: read_cases(reader, step); return;
  }
}

void read_step(std::string_view key, const json::value& value, const std::string& pointer, Notes& notes, Playbook& playbook) {
  const json::object* const object = object_of(value, pointer, notes);
  if (object == nullptr) return;
  MemberReader reader(*object, pointer, notes);
  Step step;
  step.id = key;
  step.pointer = pointer;
  const std::string type = reader.text("type", Need::kRequired);
  const auto known = found_in(kStepTypes, type);
  if (!known) {
    if (!type.empty()) notes.error(under(pointer, "type"), "is no type of steps");
    return;
  }
  step.type = *known;
  if (type_of_id(key) != type) notes.error(pointer, fmt::format("is the step of an identifier that is none of '{}': {}--UUID", type, type));
  step.name = reader.text("name");
  step.description = reader.text("description");
  step.owner = reader.id("owner");
  step.delay_ms = reader.number("delay", kWaitMsMax, 0);
  if (reader.has("timeout")) step.timeout_ms = reader.number("timeout", kWaitMsMax, kWaitMsMax);
  read_variables(reader, "step_variables", step.variables);
  step.extensions = reader.object("step_extensions");
  reader.pass_over({"external_references", "timeout"});
  read_flow(reader, step);
  read_kind(reader, step);
  reader.end();
  playbook.workflow.emplace(key, std::move(step));
}

AgentTarget read_agent(std::string_view key, const json::object& object, const std::string& pointer, Notes& notes) {
  MemberReader reader(object, pointer, notes);
  AgentTarget one;
  one.id = key;
  one.pointer = pointer;
  one.type = reader.text("type", Need::kRequired);
  one.name = reader.text("name", Need::kRequired);
  one.description = reader.text("description");
  if (type_of_id(key) != one.type) notes.warn(pointer, fmt::format("has the type '{}', and an identifier of another", one.type));
  reader.members("address", kDefinitionsMax, Need::kOptional, [&](std::string_view kind, const json::value& value, const std::string& at) {
    const json::array* const list = value.if_array();
    if (list == nullptr) return notes.error(at, "is no list");
    for (const json::value& address : *list) {
      if (address.is_string()) {
        one.address[std::string(kind)].emplace_back(address.get_string());
      } else if (address.is_int64()) {  // of a VLAN
        one.address[std::string(kind)].push_back(std::to_string(address.get_int64()));
      } else {
        notes.error(at, "has an address that is no text");
      }
    }
  });
  one.port = reader.text("port");
  one.authentication_info = reader.id("authentication_info");
  one.sector = reader.text("sector");
  one.category = reader.texts("category", kDefinitionsMax);
  one.logical = reader.texts("logical", kDefinitionsMax);
  one.contact = reader.object("contact");
  one.location = reader.object("location");
  one.extensions = reader.object("agent_target_extensions");
  reader.end();
  return one;
}

Authentication read_authentication(std::string_view key, const json::object& object, const std::string& pointer, Notes& notes) {
  MemberReader reader(object, pointer, notes);
  Authentication one;
  one.id = key;
  one.pointer = pointer;
  one.type = reader.text("type", Need::kRequired);
  if (one.type == kAuthenticationBase) {
    notes.warn(under(pointer, "type"), "is the base of the types; taken for 'user-auth'");
    one.type = "user-auth";
  }
  if (one.type != "http-basic" && one.type != "oauth2" && one.type != "user-auth") notes.error(under(pointer, "type"), "is none of http-basic, oauth2, user-auth");
  one.name = reader.text("name");
  one.description = reader.text("description");
  if (one.type == "oauth2") {
    one.oauth_header = reader.text("oauth_header", Need::kRequired);
    one.secret = reader.text("token", Need::kRequired);
  } else {
    one.user = reader.text(one.type == "http-basic" ? "user_id" : "username");
    one.secret = reader.text("password");
  }
  one.kms = reader.flag("kms");
  one.kms_key = reader.text("kms_key_identifier");
  if (one.kms && one.kms_key.empty()) notes.error(pointer, "says that a vault has the secret, and not under which name: 'kms_key_identifier' is missing");
  reader.pass_over({"authentication_info_extensions"});
  reader.end();
  return one;
}

Marking read_marking(std::string_view key, const json::object& object, const std::string& pointer, Notes& notes) {
  MemberReader reader(object, pointer, notes);
  Marking one;
  one.id = key;
  one.type = reader.word("type", {"marking-statement", "marking-tlp", "marking-iep"}, Need::kRequired);
  if (one.type == "marking-tlp") {
    one.tlp = found_in(kTlps, reader.word("tlpv2_level", {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}, Need::kRequired));
    if (!one.tlp) one.tlp = Tlp::kRed;  // what cannot be read is kept close
  }
  if (one.type == "marking-statement") one.statement = reader.text("statement", Need::kRequired);
  return one;
}

template <class One, class Read>
void read_all(MemberReader& reader, std::string_view name, std::map<std::string, One, std::less<>>& all, Read read) {
  reader.members(name, kDefinitionsMax, Need::kOptional, [&](std::string_view key, const json::value& value, const std::string& pointer) {
    if (type_of_id(key).empty()) reader.notes().error(pointer, "is no identifier (type--UUID)");
    if (const json::object* const object = object_of(value, pointer, reader.notes())) all.emplace(key, read(key, *object, pointer, reader.notes()));
  });
}

void read_head(MemberReader& reader, Playbook& playbook) {
  (void)reader.word("type", {"playbook"}, Need::kRequired);
  (void)reader.word("spec_version", {"cacao-2.0"}, Need::kRequired);
  playbook.id = reader.id("id", Need::kRequired);
  playbook.name = reader.text("name", Need::kRequired);
  playbook.description = reader.text("description");
  playbook.types = reader.texts("playbook_types", kDefinitionsMax);
  playbook.activities = reader.texts("playbook_activities", kDefinitionsMax);
  playbook.created_by = reader.id("created_by", Need::kRequired);
  playbook.created = reader.time("created", Need::kRequired);
  playbook.modified = reader.time("modified", Need::kRequired);
  playbook.revoked = reader.flag("revoked");
  playbook.valid_from = reader.time("valid_from");
  playbook.valid_until = reader.time("valid_until");
  playbook.derived_from = reader.ids("derived_from", kDefinitionsMax);
  playbook.related_to = reader.ids("related_to", kDefinitionsMax);
  for (const auto& [name, number] : {std::pair{"priority", &playbook.priority}, {"severity", &playbook.severity}, {"impact", &playbook.impact}}) *number = static_cast<unsigned>(reader.number(name, 100, 0));
  playbook.sectors = reader.texts("industry_sectors", kDefinitionsMax);
  playbook.labels = reader.texts("labels", kDefinitionsMax);
  playbook.markings = reader.ids("markings", kDefinitionsMax);
  reader.pass_over({"playbook_processing_summary", "external_references", "playbook_extensions"});
}

void read_all_of(const json::object& object, Notes& notes, Playbook& playbook) {
  MemberReader reader(object, "", notes);
  read_head(reader, playbook);
  read_variables(reader, "playbook_variables", playbook.variables);
  playbook.workflow_start = reader.id("workflow_start", Need::kRequired);
  playbook.workflow_exception = reader.id("workflow_exception");
  reader.members("workflow", kStepsMax, Need::kRequired,
                 [&](std::string_view key, const json::value& value, const std::string& pointer) { read_step(key, value, pointer, notes, playbook); });
  read_all(reader, "agent_definitions", playbook.agents, read_agent);
  read_all(reader, "target_definitions", playbook.targets, read_agent);
  read_all(reader, "authentication_info_definitions", playbook.authentications, read_authentication);
  read_all(reader, "data_marking_definitions", playbook.marking_definitions, read_marking);
  read_all(reader, "extension_definitions", playbook.extension_definitions, [](std::string_view, const json::object& one, const std::string&, Notes&) { return one; });
  reader.items("signatures", kDefinitionsMax, Need::kOptional, [&](const json::value& value, const std::string& pointer) {
    if (const json::object* const one = object_of(value, pointer, notes)) playbook.signatures.push_back(*one);
  });
  reader.end();
}

}  // namespace

std::string_view type_name(VariableType type) { return name_in(kVariableTypes, type); }
std::string_view type_name(StepType type) { return name_in(kStepTypes, type); }
std::string_view tlp_name(Tlp tlp) { return name_in(kTlps, tlp); }
std::optional<Tlp> tlp_named(std::string_view name) { return found_in(kTlps, name); }
std::optional<VariableType> variable_type_named(std::string_view name) { return found_in(kVariableTypes, name); }

std::string_view type_of_id(std::string_view id) {
  constexpr std::size_t kUuid = 36;
  if (id.size() < kUuid + 5) return "";
  const std::string_view type = id.substr(0, id.size() - kUuid - 2), uuid = id.substr(id.size() - kUuid);
  if (id.substr(type.size(), 2) != "--" || !std::ranges::all_of(type, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; })) return "";
  if (type.front() < 'a' || type.back() == '-') return "";
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (uuid[i] >= '0' && uuid[i] <= '9') || (uuid[i] >= 'a' && uuid[i] <= 'f') || (uuid[i] >= 'A' && uuid[i] <= 'F');
    if (dash ? uuid[i] != '-' : !hex) return "";
  }
  return type;
}

std::optional<Tlp> Playbook::tlp() const {
  std::optional<Tlp> strictest;
  for (const std::string& marking : markings) {
    const auto found = marking_definitions.find(marking);
    if (found != marking_definitions.end() && found->second.tlp) strictest = std::max(strictest.value_or(Tlp::kClear), *found->second.tlp);
  }
  return strictest;
}

bool Reading::is_good() const {
  return std::ranges::none_of(mistakes, [](const Mistake& mistake) { return mistake.kind == Mistake::Kind::kError; });
}

Reading read_playbook(std::string_view text) {
  Reading reading;
  Notes notes;
  if (text.size() > kPlaybookBytesMax) {
    notes.error("", fmt::format("has {} bytes, {} are the most", text.size(), kPlaybookBytesMax));
  } else if (const Result<std::string> sound = canonical_json(text); !sound) {  // names that are there twice, too
    notes.error("", "cannot be read as JSON: " + sound.error().message);
  } else {
    json::parse_options options;
    options.max_depth = kCanonicalDepthMax;
    json::error_code error;
    const json::value document = json::parse(*sound, error, {}, options);
    if (error) notes.error("", "cannot be read as JSON: " + error.message());
    if (const json::object* const object = object_of(document, "", notes)) read_all_of(*object, notes, reading.playbook);
  }
  reading.mistakes = notes.take();
  return reading;
}

}  // namespace tocsin::cacao
