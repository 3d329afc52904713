// The table of the product's tools, and how a row becomes a call of its route.
#include "api/mcp_tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "api/answer.h"
#include "api/mcp_result.h"
#include "api/mcp_rpc.h"
#include "api/route.h"
#include "base/check.h"
#include "base/text.h"

namespace tocsin::api {

namespace json = boost::json;

namespace {

enum class Place : std::uint8_t { kPath, kQuery, kBody, kHere };

struct Parameter {
  enum class Kind : std::uint8_t { kText, kNumber, kTruth, kTexts };
  std::string_view name;
  Kind kind;
  Place place;
  std::string_view of_route;  // its name there
  bool required;
  std::size_t least, most;    // of a number; else `most` bytes, or texts
  std::size_t preset;         // of a number; 0: the route's
  std::string_view words;     // of which it is one, with a space between
  std::string_view description;
};
using Kind = Parameter::Kind;

constexpr std::string_view kLevels = "informational low medium high critical";
constexpr std::string_view kSinceText = "Only from then on: RFC 3339, or a span such as 24h or 7d.";

constexpr Parameter kLevel{"level", Kind::kText, Place::kQuery, "level", false, 0, kToolWordBytesMax, 0, kLevels, "Of this level or graver."};
constexpr Parameter kSince{"since", Kind::kText, Place::kQuery, "since", false, 0, kNameBytesMax, 0, "", kSinceText};
constexpr Parameter kLimit{"limit", Kind::kNumber, Place::kQuery, "limit", false, 1, kToolRowsMax, kToolRows, "", "How many at most."};
constexpr Parameter kId{"id", Kind::kText, Place::kPath, "", true, 0, kNameBytesMax, 0, "", "Its id, or the first six characters of it and more."};
constexpr Parameter kWhole{"id", Kind::kText, Place::kPath, "", true, 0, kNameBytesMax, 0, "", "Its whole id."};

constexpr Parameter kOfIncidents[] = {
    kLevel, kSince,
    {"status", Kind::kText, Place::kQuery, "status", false, 0, kToolWordBytesMax, 0, "open new assigned in_progress contained closed", "Where they stand; open: any but closed."},
    {"assignee", Kind::kText, Place::kQuery, "assignee", false, 0, kNameBytesMax, 0, "", "Who has them; empty: nobody."},
    kLimit};
constexpr Parameter kOfOne[] = {kId};
constexpr Parameter kOfWhole[] = {kWhole};
constexpr Parameter kOfAlerts[] = {kLevel, kSince, kLimit, {"cursor", Kind::kText, Place::kQuery, "cursor", false, 0, kToolWordBytesMax, 0, "", "`next` of the page before."}};
constexpr Parameter kOfSearch[] = {
    {"query", Kind::kText, Place::kBody, "query", true, 0, kToolQueryBytesMax, 0, "",
     R"(field:value, field:*part*, words, and, or, not, parentheses, such as image:*powershell.exe and not user:SYSTEM; then commands, such as | count by host. "Image":x, in quotes, is the event's own field. Names of people are stored as tokens.)"},
    {"since", Kind::kText, Place::kBody, "since", false, 0, kNameBytesMax, 0, "", kSinceText},
    {"until", Kind::kText, Place::kBody, "until", false, 0, kNameBytesMax, 0, "", "Only until then: RFC 3339, or a span."},
    {"count", Kind::kTruth, Place::kBody, "count", false, 0, 0, 0, "", "Only how many there are."},
    {"seconds", Kind::kNumber, Place::kBody, "seconds", false, 1, kToolSecondsMax, kToolSeconds, "", "How long it may take."},
    {"limit", Kind::kNumber, Place::kBody, "limit", false, 1, kToolEventsMax, kToolEvents, "", "How many events at most."}};
constexpr Parameter kOfRules[] = {
    {"title", Kind::kText, Place::kHere, "", false, 0, kToolWordBytesMax, 0, "", "Rules with this in their title or tags, such as mimikatz or attack.t1003."},
    {"level", Kind::kText, Place::kHere, "", false, 0, kToolWordBytesMax, 0, kLevels, "Of this level."},
    {"offset", Kind::kNumber, Place::kHere, "", false, 0, 1'000'000, 0, "", "How many of them to leave out at the front."},
    {"limit", Kind::kNumber, Place::kHere, "", false, 1, kToolRowsMax, kToolRows, "", "How many at most."}};
constexpr Parameter kOfVerdicts[] = {kLimit};
constexpr Parameter kOfComment[] = {kId, {"text", Kind::kText, Place::kBody, "text", true, 0, kToolTextBytesMax, 0, "", "What to say."}};
constexpr Parameter kOfTask[] = {kId, {"text", Kind::kText, Place::kBody, "text", true, 0, kToolTextBytesMax, 0, "", "What a person is to do."}};
constexpr Parameter kOfVerdict[] = {
    {"alerts", Kind::kTexts, Place::kBody, "alerts", true, 1, kToolAlertsMax, 0, "", "Whole ids of alerts."},
    {"verdict", Kind::kText, Place::kBody, "verdict", true, 0, kToolWordBytesMax, 0, "true_positive benign false_positive none", "What they are; none takes back what was said."},
    {"why", Kind::kText, Place::kBody, "text", true, 0, kToolTextBytesMax, 0, "", "The reason, for the people who read it."}};

using View = json::value (*)(const json::value& data, const json::object& arguments);
json::value view_rules(const json::value& data, const json::object& arguments);

struct Row {
  std::string_view name, title, description, method, path;
  std::span<const Parameter> parameters;
  std::string_view fixed = {};  // members of the body that are always so: "act":"comment"
  bool acts = false, talks = false;
  View view = nullptr;
};

constexpr Row kRows[] = {
    {"list_incidents", "Incidents", "Alerts that belong together, the gravest first, each with its story, its hosts and where it stands.", "GET", "/api/v1/incidents", kOfIncidents},
    {"get_incident", "One incident", "All of one incident: alerts, why they belong together, entities, timeline, processes, what people did and said, similar ones.", "GET", "/api/v1/incidents/{id}", kOfOne},
    {"list_alerts", "Alerts", "Matches of detection rules, the newest first; `next` is the cursor of the page behind.", "GET", "/api/v1/alerts", kOfAlerts},
    {"get_alert", "One alert", "One alert: the rule, what of the event matched, and its context.", "GET", "/api/v1/alerts/{id}", kOfWhole},
    {"get_alert_case", "The case of an alert", "Which incident an alert is in, and what was said of it.", "GET", "/api/v1/alerts/{id}/case", kOfWhole},
    {"explain_alert", "One alert with its records", "One alert with the stored records that it was made of, as they were protected.", "GET", "/api/v1/alerts/{id}/explain", kOfWhole},
    {"search_events", "Search events", "Searches what is stored. Ask narrowly, with `since`; `complete` says whether all was looked at.", "POST", "/api/v1/search", kOfSearch, {}, false, true},
    {"list_rules", "Rules", "Detection rules in force, by words of their titles and tags.", "GET", "/api/v1/rules", kOfRules, {}, false, false, view_rules},
    {"get_status", "Status", "How the service is: what was received, stored, refused and dropped, for each source.", "GET", "/api/v1/status", {}},
    {"list_verdicts", "Verdicts", "What people said alerts are, the last ones.", "GET", "/api/v1/verdicts", kOfVerdicts},
    {"comment_incident", "Comment", "Says something about an incident. It is kept as a model's words, and everybody sees it.", "POST", "/api/v1/incidents/{id}/acts", kOfComment, R"("act":"comment")", true},
    {"add_task", "Task", "Adds something that a person is to do to an incident.", "POST", "/api/v1/incidents/{id}/acts", kOfTask, R"("act":"task")", true},
    {"give_verdict", "Verdict", "Says what alerts are: an attack, expected activity, or a false alarm. It counts like a person's and is marked as a model's; a person can take it back.", "POST",
     "/api/v1/verdicts", kOfVerdict, {}, true},
};

template <class Function>
void for_words(std::string_view words, Function function) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    function(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

json::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

// -- the schema

json::object schema_of(const Parameter& parameter) {
  json::object schema;
  switch (parameter.kind) {
    case Kind::kText:
      schema["type"] = "string";
      if (parameter.required) schema["minLength"] = 1;
      schema["maxLength"] = parameter.most;
      break;
    case Kind::kNumber:
      schema["type"] = "integer";
      schema["minimum"] = parameter.least;
      schema["maximum"] = parameter.most;
      if (parameter.preset != 0) schema["default"] = parameter.preset;
      break;
    case Kind::kTruth: schema["type"] = "boolean"; break;
    case Kind::kTexts:
      schema["type"] = "array";
      schema["items"] = json::object{{"type", "string"}};
      schema["minItems"] = parameter.least;
      schema["maxItems"] = parameter.most;
      break;
  }
  if (!parameter.words.empty()) {
    json::array words;
    for_words(parameter.words, [&](std::string_view word) { words.push_back(view_of(word)); });
    schema["enum"] = std::move(words);
  }
  schema["description"] = view_of(parameter.description);
  return schema;
}

json::object schema_of(const Row& row) {
  json::object properties;
  json::array required;
  for (const Parameter& parameter : row.parameters) {
    properties[view_of(parameter.name)] = schema_of(parameter);
    if (parameter.required) required.push_back(view_of(parameter.name));
  }
  json::object schema = {{"type", "object"}};
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

// -- the arguments

Error wrong(const Parameter& parameter, const std::string& what) { return Error{Code::kInvalid, fmt::format("'{}' is {}", parameter.name, what)}; }

Status check(const Parameter& parameter, const json::value& value) {
  switch (parameter.kind) {
    case Kind::kText: {
      const json::string* const text = value.if_string();
      if (text == nullptr || text->size() > parameter.most || (parameter.required && text->empty())) return wrong(parameter, fmt::format("a text of {} to {} bytes", parameter.required ? 1 : 0, parameter.most));
      bool one = parameter.words.empty();
      for_words(parameter.words, [&](std::string_view word) { one = one || std::string_view(text->data(), text->size()) == word; });
      if (!one) return wrong(parameter, fmt::format("one of: {}", parameter.words));
      return {};
    }
    case Kind::kNumber: {
      const std::int64_t* const number = value.if_int64();
      if (number == nullptr || *number < static_cast<std::int64_t>(parameter.least) || *number > static_cast<std::int64_t>(parameter.most)) {
        return wrong(parameter, fmt::format("a whole number from {} to {}", parameter.least, parameter.most));
      }
      return {};
    }
    case Kind::kTruth:
      if (!value.is_bool()) return wrong(parameter, "true or false");
      return {};
    case Kind::kTexts: {
      const json::array* const items = value.if_array();
      const bool good = items != nullptr && items->size() >= parameter.least && items->size() <= parameter.most &&
                        std::ranges::all_of(*items, [](const json::value& item) { return item.is_string() && item.get_string().size() <= kNameBytesMax; });
      if (!good) return wrong(parameter, fmt::format("a list of {} to {} texts", parameter.least, parameter.most));
      return {};
    }
  }
  return {};
}

Status check(const Row& row, const json::object& arguments) {
  for (const auto& member : arguments) {
    const auto known = std::ranges::find(row.parameters, std::string_view(member.key().data(), member.key().size()), &Parameter::name);
    if (known == row.parameters.end()) return Error{Code::kInvalid, fmt::format("{} has no argument '{}'", row.name, terminal_safe(std::string_view(member.key())))};
    TRY(check(*known, member.value()));
  }
  for (const Parameter& parameter : row.parameters) {
    if (parameter.required && !arguments.contains(view_of(parameter.name))) return wrong(parameter, "missing");
  }
  return {};
}

/// Into its place in the call of the route.
void give(const Parameter& parameter, const json::value& value, Call& inner, json::object& body) {
  const auto text = [&] { return value.is_string() ? std::string(value.get_string()) : json::serialize(value); };
  switch (parameter.place) {
    case Place::kPath: inner.names.push_back(text()); break;
    case Place::kQuery: inner.parameters[std::string(parameter.of_route)] = text(); break;
    case Place::kBody: body[view_of(parameter.of_route)] = value.is_bool() ? json::value(value.get_bool() ? 1 : 0) : value; break;
    case Place::kHere: break;
  }
}

Call call_of_route(const Row& row, const Route& route, const McpCall& mcp) {
  Call inner;
  inner.request.head = mcp.call.request.head;
  inner.request.head.content_type = "application/json";
  inner.request.peer = mcp.call.request.peer;
  inner.request.received = mcp.call.request.received;
  inner.request.gone = mcp.call.request.gone;
  inner.route = &route;
  inner.who = mcp.call.who;
  json::object body;
  if (!row.fixed.empty()) body = json::parse("{" + std::string(row.fixed) + "}").as_object();
  for (const Parameter& parameter : row.parameters) {
    if (const json::value* const value = mcp.arguments.if_contains(view_of(parameter.name))) {
      give(parameter, *value, inner, body);
    } else if (parameter.preset != 0) {
      give(parameter, json::value(static_cast<std::int64_t>(parameter.preset)), inner, body);
    }
  }
  inner.request.body = json::serialize(body);
  return inner;
}

// -- the answer

std::int64_t number_or(const json::object& arguments, std::string_view name, std::int64_t preset) {
  const json::value* const found = arguments.if_contains(view_of(name));
  return found == nullptr || !found->is_int64() ? preset : found->get_int64();
}

bool has_text(const json::value& value, const std::string& part) {
  if (const json::string* const text = value.if_string()) return folded(std::string_view(text->data(), text->size())).find(part) != std::string::npos;
  const json::array* const items = value.if_array();
  return items != nullptr && std::ranges::any_of(*items, [&](const json::value& item) { return has_text(item, part); });
}

json::value view_rules(const json::value& data, const json::object& arguments) {
  const std::string part = folded(text_member(arguments, "title").value_or(""));
  const std::optional<std::string_view> level = text_member(arguments, "level");
  const std::int64_t offset = number_or(arguments, "offset", 0), limit = number_or(arguments, "limit", kToolRows);
  json::array some;
  std::int64_t fitting = 0;
  for (const json::value& rule : data.at("rules").as_array()) {
    const json::object& its = rule.as_object();
    if (level && text_member(its, "level") != level) continue;
    if (!part.empty() && !has_text(its.at("title"), part) && !has_text(its.at("tags"), part)) continue;
    if (fitting++ >= offset && static_cast<std::int64_t>(some.size()) < limit) some.push_back(rule);
  }
  json::object view;
  view["rules"] = std::move(some);
  view["fitting"] = fitting;
  view["in_force"] = data.at("in_force");
  return view;
}

/// Problems have it; what else would be refused has no words.
std::string_view detail_of(const json::value& body) {
  const json::object* const problem = body.if_object();
  return problem == nullptr ? "the service refuses this" : text_member(*problem, "detail").value_or("the service refuses this");
}

/// To those who read the client's log: that an answer is not whole.
void tell_incomplete(const json::value& data, McpTalk& talk) {
  const json::object* const object = data.if_object();
  const json::value* const complete = object == nullptr ? nullptr : object->if_contains("complete");
  if (complete == nullptr || !complete->is_bool()) return;
  if (complete->get_bool()) return talk.log("info", "the search looked at all that was asked for");
  talk.log("warning", "the search is not complete; see `cut` and `trouble`");
}

Result<json::object> run_row(const Row& row, const Route& route, const McpCall& mcp) {
  if (const Status good = check(row, mcp.arguments); !good) return tool_error(good.error().message);
  if (mcp.talk != nullptr) mcp.talk->log("info", fmt::format("{} begins", row.name));
  Call inner = call_of_route(row, route, mcp);
  const Result<HttpReply> reply = route.handle(inner, mcp.context);
  if (!reply && reply.error().code == Code::kIo) return reply.error();
  if (!reply) return tool_error(reply.error().message);
  json::parse_options options;
  options.max_depth = kToldDepthMax;
  boost::system::error_code error;
  const json::value data = json::parse(reply->body, error, {}, options);
  if (error) return Error{Code::kIo, fmt::format("what {} answers is no JSON: {}", row.path, error.message())};
  if (reply->status >= 300) return tool_error(detail_of(data));
  if (mcp.talk != nullptr) tell_incomplete(data, *mcp.talk);
  return tool_result(told(row.view == nullptr ? data : row.view(data, mcp.arguments)));
}

McpTool tool_of(const Row& row) {
  const auto route = std::ranges::find_if(routes(), [&](const Route& one) { return one.method == row.method && one.path == row.path; });
  TOCSIN_CHECK(route != routes().end());
  McpTool tool{std::string(row.name), std::string(row.title), std::string(row.description), schema_of(row), route->need, row.acts, row.talks, {}};
  tool.run = [&row, &its = *route](const McpCall& call) { return run_row(row, its, call); };
  return tool;
}

}  // namespace

const std::vector<McpTool>& product_tools() {
  static const std::vector<McpTool> tools = [] {
    std::vector<McpTool> all;
    std::ranges::transform(kRows, std::back_inserter(all), tool_of);
    return all;
  }();
  return tools;
}

}  // namespace tocsin::api
